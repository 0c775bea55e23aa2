/** The anywidget module of NetworkDiagram. */

import "./network_diagram.css";
import { hosted } from "../hosted_view.ts";
import { NetworkView } from "./view.ts";

export default { render: hosted(NetworkView) };
