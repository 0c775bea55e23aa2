/** The anywidget module of SamplePicker. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "./sample_picker.css";
import "../../explorer/explorer.css";
import "../../explorer/tabs.css";
import "../../explorer/weights_tab.css";
import "../../explorer/layers_tab.css";
import "../charts.css";
import "../sample_charts/sample_charts.css";
import { PickerView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new PickerView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
