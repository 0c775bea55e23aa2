/** Title, caption and controls. */

import { icon, listen, make, setEnabled } from "../html.ts";
import { Menu } from "../menu.ts";
import { grouped } from "../numbers.ts";
import { canBeColoured, type Kernels, type Look, type Sort, type View } from "./kernels.ts";
import { captionOf, totalWords } from "./words.ts";

export interface Choices {
  setLayer(layer: string): void;
  setView(view: View): void;
  setOwn(own: boolean): void;
  setSort(sort: Sort): void;
  setFirst(channel: number): void;
}

const NEEDS_KERNEL = "needs a running kernel";

export interface HeaderState {
  readonly kernels: Kernels;
  readonly look: Look;
  readonly own: boolean;
  readonly sort: Sort;
  readonly layers: readonly string[];
  readonly kernel: boolean;
}

export class Header {
  readonly element = make("div", { part: "kernel-header" });
  readonly #title = make("div", { part: "kernel-title", dir: "auto" });
  readonly #caption = make("div", { part: "kernel-caption" });
  readonly #layer: Menu;
  readonly #view: Menu;
  readonly #sort: Menu;
  readonly #scales: readonly HTMLButtonElement[];
  readonly #pager = make("div", { part: "kernel-pager" });
  readonly #pages = make("span");
  readonly #turns: readonly HTMLButtonElement[];
  #state: HeaderState | null = null;

  constructor(choices: Choices, signal: AbortSignal) {
    this.#layer = new Menu("Layer", (layer) => choices.setLayer(layer), signal);
    this.#view = new Menu("Tiles show", (view) => choices.setView(view as View), signal);
    this.#sort = new Menu("Order of the filters", (sort) => choices.setSort(sort as Sort), signal);
    this.#scales = ["per layer", "per tile"].map((words) => make("button", { type: "button" }, words));
    for (const [index, button] of this.#scales.entries())
      listen(button, signal, "click", () => choices.setOwn(index === 1));
    const turn = (name: "previous" | "next", label: string) =>
      make("button", { type: "button", "aria-label": label, title: label }, icon(name));
    this.#turns = [turn("previous", "earlier input channels"), turn("next", "later input channels")];
    for (const [index, button] of this.#turns.entries()) {
      listen(button, signal, "click", () => {
        const wire = this.#state?.kernels.wire;
        if (!wire || button.getAttribute("aria-disabled") === "true") return;
        choices.setFirst(wire.first_channel + (index ? 1 : -1) * wire.sent_channels);
      });
    }
    this.#pager.append(this.#turns[0]!, this.#pages, this.#turns[1]!);
    const scale = make("div", { part: "tile-switch", role: "group", "aria-label": "Scale" }, ...this.#scales);
    this.element.append(
      make("div", { part: "kernel-heading" }, this.#title, this.#caption),
      this.#layer.element,
      make("div", { part: "kernel-controls" }, this.#view.element, this.#sort.element, scale, this.#pager),
    );
  }

  update(state: HeaderState): void {
    this.#state = state;
    const { kernels, look, own, sort, layers, kernel } = state;
    const { wire } = kernels;
    this.#title.textContent = `Kernels of ${wire.layer}`;
    this.#caption.textContent = `${totalWords(wire)} · ${captionOf(wire, look, sort)}`;
    const offered = kernel ? layers : [wire.layer];
    this.#layer.update(
      "",
      offered.map((value) => ({ value, label: value })),
      wire.layer,
    );
    this.#layer.element.hidden = offered.length < 2;
    const views = [
      ...(canBeColoured(wire) ? [{ value: "rgb", label: "in colour" }] : []),
      { value: "channels", label: wire.channels > 1 ? "each input" : "numbers" },
      { value: "norm", label: "norm over inputs" },
    ];
    this.#view.update("", views, look);
    this.#view.element.hidden = wire.channels === 1;
    const sorts = [
      { value: "index", label: "by index" },
      { value: "norm", label: "by norm" },
      ...(kernels.similarity || kernel ? [{ value: "similarity", label: "by similarity" }] : []),
      ...(kernels.importance ? [{ value: "importance", label: "by importance" }] : []),
    ];
    this.#sort.update("", sorts, sorts.some(({ value }) => value === sort) ? sort : "index");
    for (const [index, button] of this.#scales.entries()) {
      const title = index ? "the largest number of each tile has the whole colour" : "one scale for all tiles";
      button.setAttribute("aria-pressed", String(own === (index === 1)));
      button.title = title;
    }
    this.#pager.hidden = look !== "channels" || wire.sent_channels === wire.channels;
    const last = wire.first_channel + wire.sent_channels;
    this.#pages.textContent = `inputs ${grouped(wire.first_channel)} to ${grouped(last - 1)} of ${grouped(wire.channels)}`;
    for (const [index, button] of this.#turns.entries()) {
      const more = index ? last < wire.channels : wire.first_channel > 0;
      setEnabled(button, more && kernel, button.getAttribute("aria-label")!, more ? NEEDS_KERNEL : "no more");
    }
  }
}
