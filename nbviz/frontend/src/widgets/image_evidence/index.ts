/** The anywidget module of ImageEvidence. */

import "../../style/view.css";
import "../squares.css";
import "./image_evidence.css";
import { hosted } from "../hosted_view.ts";
import { EvidenceView } from "./view.ts";

export default { render: hosted(EvidenceView) };
