/** The style sheets of the explorer, which ExplorerSheet puts into the page; there is nothing to run. */

import "./explorer.css";
import "./sample_tab.css";
import "./tabs.css";
import "./tab_heights.css";
import "./weights_tab.css";
import "./layers_tab.css";
import "./images.css";
import "../widgets/charts.css";
import "../widgets/sample_charts/sample_charts.css";
