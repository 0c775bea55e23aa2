/** Title, caption and controls. */

import { grouped } from "../../style/numbers.ts";
import { make, NEEDS_KERNEL, setEnabled } from "../html.ts";
import { Menu } from "../menu.ts";
import { Switch, TileHeading, turnButtons } from "../tiles/tile_header.ts";
import { canBeColoured, type Kernels, type Look, type Sort, type View } from "./kernels.ts";
import { captionOf, totalWords } from "./words.ts";

export interface Choices {
  setLayer(layer: string): void;
  setView(view: View): void;
  setOwn(own: boolean): void;
  setSort(sort: Sort): void;
  setFirst(channel: number): void;
}

export interface HeaderState {
  readonly kernels: Kernels;
  readonly look: Look;
  readonly own: boolean;
  readonly sort: Sort;
  /** Those that can be turned to. */
  readonly layers: readonly string[];
  readonly kernel: boolean;
}

export class Header {
  readonly element = make("div", { part: "kernel-header tile-header" });
  readonly #heading: TileHeading;
  readonly #view: Menu;
  readonly #sort: Menu;
  readonly #scale: Switch;
  readonly #pager = make("div", { part: "kernel-pager" });
  readonly #pages = make("span");
  readonly #turns: readonly HTMLButtonElement[];
  #state: HeaderState | null = null;

  constructor(choices: Choices, signal: AbortSignal) {
    this.#heading = new TileHeading("kernel", choices.setLayer, signal);
    this.#view = new Menu("Tiles show", (view) => choices.setView(view as View), signal);
    this.#sort = new Menu("Order of the filters", (sort) => choices.setSort(sort as Sort), signal);
    this.#scale = new Switch("Scale", ["per layer", "per tile"], choices.setOwn, signal);
    const turn = (step: number) => {
      const wire = this.#state?.kernels.wire;
      if (wire) choices.setFirst(wire.first_channel + step * wire.sent_channels);
    };
    this.#turns = turnButtons(["earlier input channels", "later input channels"], turn, signal);
    this.#pager.append(this.#turns[0]!, this.#pages, this.#turns[1]!);
    const controls = [this.#view.element, this.#sort.element, this.#scale.element, this.#pager];
    this.element.append(...this.#heading.parts, make("div", { part: "tile-controls" }, ...controls));
  }

  update(state: HeaderState): void {
    this.#state = state;
    const { kernels, look, own, sort, layers, kernel } = state;
    const { wire } = kernels;
    const caption = `${totalWords(wire)} · ${captionOf(wire, look, sort)}`;
    this.#heading.update(`Kernels of ${wire.layer}`, caption, layers, wire.layer);
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
    this.#scale.update(own);
    for (const [index, button] of this.#scale.buttons.entries())
      button.title = index ? "the largest number of each tile has the whole colour" : "one scale for all tiles";
    this.#pager.hidden = look !== "channels" || wire.sent_channels === wire.channels;
    const last = wire.first_channel + wire.sent_channels;
    this.#pages.textContent = `inputs ${grouped(wire.first_channel)} to ${grouped(last - 1)} of ${grouped(wire.channels)}`;
    for (const [index, button] of this.#turns.entries()) {
      const more = index ? last < wire.channels : wire.first_channel > 0;
      setEnabled(button, more && kernel, button.getAttribute("aria-label")!, more ? NEEDS_KERNEL : "no more");
    }
  }
}
