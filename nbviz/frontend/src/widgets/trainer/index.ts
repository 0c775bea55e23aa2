/** The anywidget module of Trainer. */

import "./trainer.css";
import { hosted } from "../hosted_view.ts";
import { TrainerView } from "./view.ts";

export default { render: hosted(TrainerView) };
