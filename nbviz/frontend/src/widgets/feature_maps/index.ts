/** The anywidget module of FeatureMaps. */

import "../../style/view.css";
import "../tiles/tiles.css";
import "./feature_maps.css";
import { hosted } from "../hosted_view.ts";
import { MapsView } from "./view.ts";

export default { render: hosted(MapsView) };
