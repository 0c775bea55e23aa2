/** The anywidget module of Confusion. */

import "../../style/view.css";
import "./confusion.css";
import { hosted } from "../hosted_view.ts";
import { ConfusionView } from "./view.ts";

export default { render: hosted(ConfusionView) };
