/** The anywidget module of ImportanceMatrix. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "./grid.css";
import "./header.css";
import "./legend.css";
import { MatrixView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new MatrixView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
