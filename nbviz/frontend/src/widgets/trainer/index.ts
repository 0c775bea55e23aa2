/** The anywidget module of Trainer. */

import "../../style/view.css";
import "./bar.css";
import "./health.css";
import "./preview.css";
import { hosted } from "../hosted_view.ts";
import { TrainerView } from "./view.ts";

export default { render: hosted(TrainerView) };
