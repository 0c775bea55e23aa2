/** The anywidget module of TimeCursor, which has no view: it sets traits of other models in the browser. */

import "../charts.css";
import "./training_charts.css";
import type { WidgetModel } from "../widget_model.ts";
import { Cursor } from "./cursor.ts";
import type { Traits } from "./models.ts";

function initialize({ model }: { model: WidgetModel<Traits> }): () => void {
  const stop = new AbortController();
  new Cursor(model, stop.signal);
  return () => stop.abort();
}

function render(): void {}

export default { initialize, render };
