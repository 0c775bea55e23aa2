/** Title, caption and controls. */

import { grouped } from "../../style/numbers.ts";
import { isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../html.ts";
import { Menu } from "../menu.ts";
import { Switch, TileHeading, turnButtons } from "../tiles/tile_header.ts";
import type { Maps, Sort, Stage } from "./maps.ts";
import { captionOf, warningOf } from "./words.ts";

export interface Choices {
  setLayer(layer: string): void;
  setStage(stage: Stage): void;
  setOwn(own: boolean): void;
  setSort(sort: Sort): void;
  setSample(sample: number | null): void;
}

export interface HeaderState {
  readonly maps: Maps;
  readonly stage: Stage;
  readonly own: boolean;
  readonly sort: Sort;
  readonly layers: readonly string[];
  /** What was asked for; the maps may still be those of another sample. */
  readonly sample: number | null;
  /** Place of the class shown among those sent. */
  readonly place: number;
  readonly kernel: boolean;
}

export class Header {
  readonly element = make("div", { part: "maps-header tile-header" });
  readonly #heading: TileHeading;
  readonly #warning = make("div", { part: "maps-warning", dir: "auto" });
  readonly #sort: Menu;
  readonly #stage: Switch;
  readonly #scale: Switch;
  readonly #sample = make("div", { part: "maps-sample" });
  readonly #turns: readonly HTMLButtonElement[];
  readonly #which = make("span");
  readonly #mean = make("button", { type: "button" }, "mean");
  #state: HeaderState | null = null;
  #last = 0;

  constructor(choices: Choices, signal: AbortSignal) {
    this.#heading = new TileHeading("maps", choices.setLayer, signal);
    this.#sort = new Menu("Order of the maps", (sort) => choices.setSort(sort as Sort), signal);
    const setStage = (isAfter: boolean) => choices.setStage(isAfter ? "after" : "before");
    this.#stage = new Switch("Activation", ["before", "after"], setStage, signal);
    this.#scale = new Switch("Scale", ["per layer", "per map"], choices.setOwn, signal);
    const turn = (step: number) => {
      const sample = this.#state?.sample;
      if (sample != null) choices.setSample(sample + step);
    };
    this.#turns = turnButtons(["previous sample", "next sample"], turn, signal);
    listen(this.#mean, signal, "click", () => {
      if (isEnabled(this.#mean)) choices.setSample(this.#state?.sample === null ? this.#last : null);
    });
    this.#sample.append(this.#turns[0]!, this.#which, this.#turns[1]!, this.#mean);
    const controls = [this.#stage.element, this.#scale.element, this.#sort.element, this.#sample];
    this.element.append(...this.#heading.parts, make("div", { part: "tile-controls" }, ...controls), this.#warning);
  }

  update(state: HeaderState): void {
    this.#state = state;
    const { maps, stage, own, sort, layers, sample, place, kernel } = state;
    const { wire } = maps;
    if (sample !== null) this.#last = sample;
    const title = `Maps of ${wire.layer}`;
    this.#heading.update(title, captionOf(maps, stage, sort, place), kernel ? layers : [wire.layer], wire.layer);
    const warning = warningOf(maps);
    this.#warning.hidden = warning === "";
    this.#warning.textContent = warning;
    this.#stage.update(stage === "after");
    for (const [index, button] of this.#stage.buttons.entries()) {
      const step = wire.activation ?? "activation";
      const reason = `${wire.layer} has no activation of its own`;
      setEnabled(button, maps.before !== null, index ? `what ${step} returns` : `what enters ${step}`, reason);
    }
    this.#scale.update(own);
    for (const [index, button] of this.#scale.buttons.entries()) {
      button.title = index ? "the largest number of each map has the whole colour" : "one scale for all maps";
    }
    const sorts = [
      { value: "index", label: "by index" },
      { value: "activation", label: "by mean" },
      ...(maps.importance ? [{ value: "importance", label: "by importance" }] : []),
    ];
    this.#sort.update("", sorts, sorts.some(({ value }) => value === sort) ? sort : "index");
    this.#sample.hidden = wire.samples < 2;
    this.#which.textContent = sample === null ? "all samples" : `${grouped(sample)} of ${grouped(wire.samples)}`;
    for (const [index, button] of this.#turns.entries()) {
      const there = sample !== null && (index ? sample < wire.samples - 1 : sample > 0);
      const reason = there ? NEEDS_KERNEL : sample === null ? "the mean over samples is shown" : "no more";
      setEnabled(button, there && kernel, button.getAttribute("aria-label")!, reason);
    }
    this.#mean.setAttribute("aria-pressed", String(sample === null));
    setEnabled(this.#mean, kernel, "mean over the samples", NEEDS_KERNEL);
  }
}
