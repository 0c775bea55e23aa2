/** The anywidget module of CellRows. */

import "../../style/view.css";
import "./cell_rows.css";
import { hosted } from "../hosted_view.ts";
import { CellRowsView } from "./view.ts";

export default { render: hosted(CellRowsView) };
