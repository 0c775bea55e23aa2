/** The anywidget module of ImportanceMatrix. */

import "./importance_matrix.css";
import { hosted } from "../hosted_view.ts";
import { MatrixView } from "./view.ts";

export default { render: hosted(MatrixView) };
