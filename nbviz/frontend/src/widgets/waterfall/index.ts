/** The anywidget module of Waterfall. */

import "../../style/view.css";
import "./waterfall.css";
import { hosted } from "../hosted_view.ts";
import { WaterfallView } from "./view.ts";

export default { render: hosted(WaterfallView) };
