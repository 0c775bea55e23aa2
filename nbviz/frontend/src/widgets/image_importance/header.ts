/** Title, captions, menus; while something is computed, how far it is. */

import { max, min } from "../../style/math.ts";
import type { ImageMapsWire, LayerChoiceWire } from "../../wire.ts";
import { make } from "../html.ts";
import { Menu } from "../menu.ts";

export interface HeaderState {
  /** Null while there are no maps. */
  wire: ImageMapsWire | null;
  /** Whether a recorded moment is shown elsewhere: the maps are those of now. */
  looksBack: boolean;
  layer: string;
  layers: readonly LayerChoiceWire[];
  method: string | null;
  methods: readonly string[];
  /** What is being computed; "" for nothing. */
  busy: string;
  progress: number;
}

const NOW = "now: not recorded over time";

export class Header {
  readonly element: HTMLElement;
  readonly #name = make("span");
  readonly #when = make("span", { part: "matrix-when" });
  readonly #captions = make("div", { part: "matrix-captions panel-caption" });
  readonly #busy = make("div", { part: "matrix-busy panel-caption", role: "status" });
  readonly #bar = make("i");
  readonly #layer: Menu;
  readonly #method: Menu;

  constructor(actions: { setLayer(layer: string): void; setMethod(method: string): void }, signal: AbortSignal) {
    this.#layer = new Menu("what is shown", actions.setLayer, signal);
    this.#method = new Menu("method", actions.setMethod, signal);
    const title = make("div", { part: "matrix-title panel-title" }, this.#name, this.#when);
    this.element = make(
      "div",
      { part: "matrix-header" },
      make("div", { part: "matrix-words" }, title, this.#captions, this.#busy),
      make("div", { part: "matrix-menus" }, this.#layer.element, this.#method.element),
      make("div", { part: "matrix-progress" }, this.#bar),
    );
  }

  update({ wire, looksBack, layer, layers, method, methods, busy, progress }: HeaderState): void {
    this.#name.textContent = `Importance by ${wire?.column_kind ?? "class"}`;
    this.#when.textContent = looksBack ? NOW : "";
    this.#captions.replaceChildren(...(wire?.captions ?? []).map((line) => make("div", { dir: "auto" }, line)));
    this.#layer.element.hidden = layers.length < 2;
    this.#layer.update(
      "Rows: ",
      layers.map(({ key, label }) => ({ value: key, label })),
      layer,
    );
    this.#method.element.hidden = methods.length === 0;
    this.#method.update(
      "",
      methods.map((name) => ({ value: name, label: name.replaceAll("_", " ") })),
      method ?? "",
    );
    this.element.dataset.busy = String(busy !== "");
    this.#busy.textContent = busy;
    // As long as nothing is known of it the bar is whole and faint: a short one would look stuck.
    this.#bar.style.width = progress > 0 ? `${100 * max(0.02, min(1, progress))}%` : "100%";
    this.#bar.dataset.known = String(progress > 0);
  }
}
