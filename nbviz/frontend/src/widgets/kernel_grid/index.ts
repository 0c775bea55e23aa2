/** The anywidget module of KernelGrid. */

import "../../style/view.css";
import "../tiles/tiles.css";
import "./kernel_grid.css";
import { hosted } from "../hosted_view.ts";
import { KernelView } from "./view.ts";

export default { render: hosted(KernelView) };
