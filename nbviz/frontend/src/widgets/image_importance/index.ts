/** The anywidget module of ImageImportance. */

import "../../style/view.css";
import "../importance.css";
import "../squares.css";
import "./image_importance.css";
import { hosted } from "../hosted_view.ts";
import { MapsView } from "./view.ts";

export default { render: hosted(MapsView) };
