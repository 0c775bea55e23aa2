/** The anywidget module of ExplorerSheet, which has no view: it brings the style sheets of the explorer. */

import "./explorer.css";
import "./tabs.css";
import "./weights_tab.css";
import "./layers_tab.css";
import "../widgets/charts.css";
import "../widgets/sample_charts/sample_charts.css";

export default { initialize(): void {}, render(): void {} };
