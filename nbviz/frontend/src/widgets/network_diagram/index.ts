/** The anywidget module of NetworkDiagram. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "./frame.css";
import "./toolbar.css";
import "./status.css";
import "./card.css";
import "./timeline.css";
import type { Traits } from "./selection.ts";
import { NetworkView } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new NetworkView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
