/** The anywidget module of PredictedValues. */

import "../../style/view.css";
import "./predicted_values.css";
import { hosted } from "../hosted_view.ts";
import { PredictedView } from "./view.ts";

export default { render: hosted(PredictedView) };
