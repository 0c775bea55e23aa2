/** The anywidget module of TimeCursor, which has no view: it sets traits of other models in the browser. */

import type { AnyModel } from "@anywidget/types";
import "../charts.css";
import "./training_charts.css";
import { Cursor } from "./cursor.ts";
import type { Traits } from "./models.ts";

type Own = AnyModel<Traits & Record<string, unknown>>;

function initialize({ model }: { model: Own }): () => void {
  const stop = new AbortController();
  new Cursor(model, stop.signal);
  return () => stop.abort();
}

function render(): void {}

export default { initialize, render };
