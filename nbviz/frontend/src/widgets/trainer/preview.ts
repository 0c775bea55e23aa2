/** What an update by one row would change, before it is made. */

import { max } from "../../style/math.ts";
import type { PreviewWire } from "../../wire.ts";
import { make } from "../html.ts";
import { type Actions, press } from "./bar.ts";
import { changeWords, previewTitle, weightWords } from "./words.ts";

export class PreviewPanel {
  readonly element = make("section", { part: "preview", "aria-label": "What one row would change" });
  readonly #title = make("span", { part: "preview-title", role: "status" });
  readonly #layers = make("div", { part: "preview-layers", role: "table" });
  readonly #returned: () => void;

  constructor(actions: Actions, returned: () => void, signal: AbortSignal) {
    this.#returned = returned;
    const apply = make("button", { type: "button", part: "button" }, "Apply");
    const discard = make("button", { type: "button", part: "button" }, "Discard");
    apply.title = "make this update";
    discard.title = "leave the weights as they are";
    press(apply, signal, () => actions.send("step", "sample"));
    press(discard, signal, () => actions.send("discard"));
    const head = make(
      "div",
      { part: "preview-head" },
      this.#title,
      make("span", { part: "preview-note" }, "not applied yet"),
      make("span", { part: "spring" }),
      discard,
      apply,
    );
    this.element.append(head, this.#layers);
    this.element.hidden = true;
  }

  update(preview: PreviewWire | null, enabled: boolean): void {
    const held = this.element.contains((this.element.getRootNode() as Document).activeElement);
    this.element.hidden = preview === null || !enabled;
    if (preview === null) {
      if (held) this.#returned();
      return;
    }
    this.#title.textContent = previewTitle(preview);
    const most = max(...preview.layers.map(({ share }) => share ?? 0), 0);
    this.#layers.replaceChildren(
      ...preview.layers.map((layer) => {
        const bar = make("i");
        bar.style.width = `${most > 0 ? (100 * (layer.share ?? 0)) / most : 0}%`;
        return make(
          "div",
          { part: "preview-layer", role: "row" },
          make("span", { part: "preview-name", role: "rowheader", dir: "auto", title: layer.layer }, layer.layer),
          make("span", { part: "preview-bar", "aria-hidden": "true" }, bar),
          make("span", { part: "preview-change", role: "cell" }, changeWords(layer)),
          make(
            "span",
            { part: "preview-largest", role: "cell", title: `changes most: ${layer.largest}` },
            make("span", { dir: "auto" }, layer.largest),
            make("b", {}, weightWords(layer.before, layer.after)),
          ),
        );
      }),
    );
  }
}
