/** The anywidget module of FeatureMaps. */

import type { AnyModel } from "@anywidget/types";
import "../../style/view.css";
import "../tiles/tiles.css";
import "./feature_maps.css";
import { MapsView, type Traits } from "./view.ts";

function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const stop = new AbortController();
  new MapsView(model as AnyModel<Traits & Record<string, unknown>>, el, stop.signal);
  return () => stop.abort();
}

export default { render };
