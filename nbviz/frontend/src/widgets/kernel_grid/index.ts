/** The anywidget module of KernelGrid. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "../tiles/tiles.css";
import "./kernel_grid.css";
import { KernelView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new KernelView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
