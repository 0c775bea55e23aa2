/** The anywidget module of NetworkDiagram. */

import "../../style/view.css";
import "./frame.css";
import "./toolbar.css";
import "./status.css";
import "./card.css";
import "./timeline.css";
import { hosted } from "../hosted_view.ts";
import { NetworkView } from "./view.ts";

export default { render: hosted(NetworkView) };
