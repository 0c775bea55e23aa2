/** The anywidget module of Trainer. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "./bar.css";
import "./health.css";
import "./preview.css";
import { TrainerView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new TrainerView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
