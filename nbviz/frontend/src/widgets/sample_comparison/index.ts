/** The anywidget module of SampleComparison. */

import "../../style/view.css";
import "./sample_comparison.css";
import { hosted } from "../hosted_view.ts";
import { ComparisonView } from "./view.ts";

export default { render: hosted(ComparisonView) };
