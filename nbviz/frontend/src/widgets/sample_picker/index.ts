/** The anywidget module of SamplePicker. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "./sample_picker.css";
import { PickerView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new PickerView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
