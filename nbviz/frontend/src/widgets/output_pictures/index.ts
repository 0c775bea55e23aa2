/** The anywidget module of OutputPictures. */

import "../../style/view.css";
import "../squares.css";
import "./output_pictures.css";
import { hosted } from "../hosted_view.ts";
import { OutputPicturesView } from "./view.ts";

export default { render: hosted(OutputPicturesView) };
