/** The anywidget module of SamplePicker. */

import "../../style/view.css";
import "./sample_picker.css";
import { hosted } from "../hosted_view.ts";
import { PickerView } from "./view.ts";

export default { render: hosted(PickerView) };
