/** The anywidget module of ImportanceMatrix. */

import "../../style/view.css";
import "./grid.css";
import "../importance.css";
import "./floor.css";
import "./legend.css";
import { hosted } from "../hosted_view.ts";
import { MatrixView } from "./view.ts";

export default { render: hosted(MatrixView) };
