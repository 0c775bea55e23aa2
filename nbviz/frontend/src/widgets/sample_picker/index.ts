/** The anywidget module of SamplePicker. */

import "./sample_picker.css";
import "../../explorer/explorer.css";
import "../charts.css";
import { hosted } from "../hosted_view.ts";
import { PickerView } from "./view.ts";

export default { render: hosted(PickerView) };
