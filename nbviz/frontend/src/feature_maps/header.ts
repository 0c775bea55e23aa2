/** Title, caption and controls. */

import { icon, isEnabled, listen, make, setEnabled } from "../html.ts";
import { Menu } from "../menu.ts";
import { grouped } from "../numbers.ts";
import type { Maps, Sort, Stage } from "./maps.ts";
import { captionOf, warningOf } from "./words.ts";

export interface Choices {
  setLayer(layer: string): void;
  setStage(stage: Stage): void;
  setOwn(own: boolean): void;
  setSort(sort: Sort): void;
  setSample(sample: number | null): void;
}

const NEEDS_KERNEL = "needs a running kernel";

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

function pair(words: readonly [string, string], choose: (second: boolean) => void, signal: AbortSignal) {
  const buttons = words.map((text) => make("button", { type: "button" }, text));
  for (const [index, button] of buttons.entries())
    listen(button, signal, "click", () => isEnabled(button) && choose(index === 1));
  return buttons;
}

export class Header {
  readonly element = make("div", { part: "maps-header" });
  readonly #title = make("div", { part: "maps-title", dir: "auto" });
  readonly #caption = make("div", { part: "maps-caption", dir: "auto" });
  readonly #warning = make("div", { part: "maps-warning", dir: "auto" });
  readonly #layer: Menu;
  readonly #sort: Menu;
  readonly #stages: readonly HTMLButtonElement[];
  readonly #scales: readonly HTMLButtonElement[];
  readonly #sample = make("div", { part: "maps-sample" });
  readonly #turns: readonly HTMLButtonElement[];
  readonly #which = make("span");
  readonly #mean = make("button", { type: "button" }, "mean");
  #state: HeaderState | null = null;
  #last = 0;

  constructor(choices: Choices, signal: AbortSignal) {
    this.#layer = new Menu("Layer", (layer) => choices.setLayer(layer), signal);
    this.#sort = new Menu("Order of the maps", (sort) => choices.setSort(sort as Sort), signal);
    this.#stages = pair(["before", "after"], (after) => choices.setStage(after ? "after" : "before"), signal);
    this.#scales = pair(["per layer", "per map"], choices.setOwn, signal);
    const turn = (name: "previous" | "next", label: string) =>
      make("button", { type: "button", part: "maps-turn", "aria-label": label, title: label }, icon(name));
    this.#turns = [turn("previous", "previous sample"), turn("next", "next sample")];
    for (const [index, button] of this.#turns.entries()) {
      listen(button, signal, "click", () => {
        const sample = this.#state?.sample;
        if (isEnabled(button) && sample != null) choices.setSample(sample + (index ? 1 : -1));
      });
    }
    listen(this.#mean, signal, "click", () => {
      if (isEnabled(this.#mean)) choices.setSample(this.#state?.sample === null ? this.#last : null);
    });
    this.#sample.append(this.#turns[0]!, this.#which, this.#turns[1]!, this.#mean);
    const group = (label: string, buttons: readonly HTMLElement[]) =>
      make("div", { part: "tile-switch", role: "group", "aria-label": label }, ...buttons);
    const controls = [
      group("Activation", this.#stages),
      group("Scale", this.#scales),
      this.#sort.element,
      this.#sample,
    ];
    this.element.append(
      make("div", { part: "maps-heading" }, this.#title, this.#caption),
      this.#layer.element,
      make("div", { part: "maps-controls" }, ...controls),
      this.#warning,
    );
  }

  update(state: HeaderState): void {
    this.#state = state;
    const { maps, stage, own, sort, layers, sample, place, kernel } = state;
    const { wire } = maps;
    if (sample !== null) this.#last = sample;
    this.#title.textContent = `Maps of ${wire.layer}`;
    this.#caption.textContent = captionOf(maps, stage, sort, place);
    const warning = warningOf(maps);
    this.#warning.hidden = warning === "";
    this.#warning.textContent = warning;
    const offered = kernel ? layers : [wire.layer];
    this.#layer.update(
      "",
      offered.map((value) => ({ value, label: value })),
      wire.layer,
    );
    this.#layer.element.hidden = offered.length < 2;
    for (const [index, button] of this.#stages.entries()) {
      button.setAttribute("aria-pressed", String((stage === "after") === (index === 1)));
      const step = wire.activation ?? "activation";
      const reason = `${wire.layer} has no activation of its own`;
      setEnabled(button, maps.before !== null, index ? `what ${step} returns` : `what enters ${step}`, reason);
    }
    for (const [index, button] of this.#scales.entries()) {
      button.setAttribute("aria-pressed", String(own === (index === 1)));
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
