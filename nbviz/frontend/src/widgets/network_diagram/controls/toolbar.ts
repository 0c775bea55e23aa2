/** The row of controls above the drawing. */

import { grouped } from "../../../style/numbers.ts";
import type { ChangeWire, EdgeMeaning } from "../../../wire.ts";
import { icon, iconButton, isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../../html.ts";

const MEANINGS: [EdgeMeaning, string][] = [
  ["weight", "Weight"],
  ["weight_activation", "Weight × activation"],
  ["contribution", "Contribution"],
];

export interface ToolbarState {
  meaning: EdgeMeaning;
  /** Whether there are activations to multiply with. */
  activations: boolean;
  /** Whether what the edges contribute to a class is known or can be worked out. */
  contributions: boolean;
  classes: readonly string[];
  toClass: number | null;
  samples: number;
  /** The samples that can be shown without a kernel. */
  available: readonly number[] | null;
  sample: number | null;
  sampleName: string | null;
  /** Whether each feature map is on a scale of its own; null where there are none. */
  perMap: boolean | null;
  kernel: boolean;
  /** What is drawn the difference of: there is one meaning then, and it is named. */
  change: ChangeWire | null;
}

export interface ToolbarActions {
  setMeaning(meaning: EdgeMeaning): void;
  /** Asks about a class; null: the likeliest. */
  setClass(ofClass: number | null): void;
  setSample(sample: number | null): void;
  setPerMap(perMap: boolean): void;
  download(): void;
}

function allows({ activations, contributions }: ToolbarState, meaning: EdgeMeaning): boolean {
  return meaning === "weight" || (meaning === "weight_activation" ? activations : contributions);
}

/** How many samples can be shown. */
function reachable({ kernel, samples, available }: ToolbarState): number {
  return kernel ? samples : (available?.length ?? 0);
}

/** A choice of several buttons, by click or by arrow keys. */
function listenToRadios(buttons: HTMLButtonElement[], signal: AbortSignal, choose: (index: number) => void): void {
  for (const [index, button] of buttons.entries()) {
    listen(button, signal, "click", () => choose(index));
    listen(button, signal, "keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const to = (index + step + buttons.length) % buttons.length;
      buttons[to]!.focus();
      choose(to);
    });
  }
}

/** "Weight change: epoch 40 minus epoch 35, ▬ lower ▬ higher". */
function changeWords({ before, after }: ChangeWire): (Node | string)[] {
  const key = (part: string) => make("i", { part: `change-key change-${part}` });
  return [
    make("b", {}, "Weight change"),
    make("bdi", { title: `${after} minus ${before}` }, `${after} minus ${before}`),
    make("span", {}, key("down"), "lower"),
    make("span", {}, key("up"), "higher"),
  ];
}

export class Toolbar {
  readonly element = make("div", { part: "toolbar", role: "toolbar", "aria-label": "Diagram" });
  readonly #segments: HTMLButtonElement[];
  readonly #scales: HTMLButtonElement[];
  readonly #scaleBox = make("span", { part: "scale-box" });
  readonly #menu = make("select", { part: "button menu", "aria-label": "Edges show" });
  readonly #classes = make("select", { part: "class-menu", "aria-label": "Contribution to the class" });
  readonly #classBox = make("span", { part: "class-box" }, "to ", this.#classes, icon("next"));
  readonly #stepper = make("div", { part: "stepper" });
  readonly #change = make("span", { part: "change" });
  readonly #meanings: HTMLElement[];
  readonly #previous = iconButton("previous", "previous sample");
  readonly #next = iconButton("next", "next sample");
  readonly #label = make("span", { part: "sample" });
  readonly #clear = iconButton("clear", "back to the mean");
  #state: ToolbarState | null = null;

  constructor(actions: ToolbarActions, signal: AbortSignal) {
    const segment = (text: string) => make("button", { type: "button", role: "radio", part: "segment" }, text);
    this.#segments = MEANINGS.map(([, text]) => segment(text));
    this.#scales = ["per layer", "per map"].map(segment);
    for (const [meaning, text] of MEANINGS) this.#menu.append(make("option", { value: meaning }, text));
    const choose = (meaning: EdgeMeaning) => {
      const state = this.#state;
      if (!state || !allows(state, meaning)) this.update(state!);
      else if (meaning === "contribution") actions.setClass(state.toClass);
      else actions.setMeaning(meaning);
    };
    listen(this.#classes, signal, "change", () => actions.setClass(this.#classes.selectedIndex));
    listenToRadios(this.#segments, signal, (index) => choose(MEANINGS[index]![0]));
    listenToRadios(this.#scales, signal, (index) => actions.setPerMap(index === 1));
    listen(this.#menu, signal, "change", () => choose(this.#menu.value as EdgeMeaning));
    const step = (by: number) => {
      const state = this.#state;
      const count = state ? reachable(state) : 0;
      if (!state || count === 0) return;
      const { available, sample } = state;
      const at = sample === null ? -1 : state.kernel ? sample : (available?.indexOf(sample) ?? -1);
      const to = ((at < 0 && by < 0 ? 0 : at) + by + count) % count;
      actions.setSample(state.kernel ? to : available![to]!);
    };
    listen(this.#previous, signal, "click", () => step(-1));
    listen(this.#next, signal, "click", () => step(1));
    listen(this.#clear, signal, "click", () => isEnabled(this.#clear) && actions.setSample(null));
    const download = iconButton("download", "download as PNG");
    listen(download, signal, "click", () => actions.download());
    this.#menu.append();
    const edges = make("span", { part: "label" }, "Edges");
    const segmented = make(
      "div",
      { part: "segmented", role: "radiogroup", "aria-label": "Edges show" },
      ...this.#segments,
    );
    const scales = { part: "segmented", role: "radiogroup", "aria-label": "Scale of the feature maps" };
    this.#scaleBox.append(make("span", { part: "label" }, "Map scale"), make("div", scales, ...this.#scales));
    this.#scales[0]!.title = "One scale for all maps of a layer";
    this.#scales[1]!.title = "Each map on a scale of its own";
    const menu = make("span", { part: "menu-box" }, this.#menu, icon("next"));
    this.#meanings = [edges, segmented, menu];
    this.#stepper.append(
      make("span", { part: "label" }, "Sample"),
      this.#previous,
      make("span", { part: "sample-box" }, this.#label, this.#clear),
      this.#next,
    );
    const spring = make("span", { part: "spring" });
    this.element.append(
      this.#change,
      edges,
      segmented,
      menu,
      this.#classBox,
      this.#scaleBox,
      spring,
      this.#stepper,
      download,
    );
  }

  update(state: ToolbarState): void {
    this.#state = state;
    const { meaning, activations, samples, sample, sampleName, perMap, kernel, classes, toClass } = state;
    // A path is a contribution too: that of one feature.
    const asked = meaning === "path" ? "contribution" : meaning;
    const shown = allows(state, asked) ? asked : "weight";
    for (const [index, segment] of this.#segments.entries()) {
      const [value, text] = MEANINGS[index]!;
      segment.setAttribute("aria-checked", String(value === shown));
      segment.tabIndex = value === shown ? 0 : -1;
      const enabled = allows(state, value);
      const reason = activations ? NEEDS_KERNEL : "needs activations: pass x=";
      setEnabled(segment, enabled, `edges show ${text.toLowerCase()}`, reason);
      this.#menu.options[index]!.disabled = !enabled;
    }
    this.#menu.value = shown;
    for (const part of this.#meanings) part.hidden = state.change !== null;
    this.#change.hidden = state.change === null;
    if (state.change) this.#change.replaceChildren(...changeWords(state.change));
    this.#scaleBox.hidden = perMap === null;
    for (const [index, scale] of this.#scales.entries()) {
      const chosen = (index === 1) === (perMap ?? false);
      scale.setAttribute("aria-checked", String(chosen));
      scale.tabIndex = chosen ? 0 : -1;
      scale.title = index === 1 ? "each map on a scale of its own" : "one scale for all maps of a layer";
    }
    this.#classBox.hidden = shown !== "contribution" || classes.length < 2;
    const listed = classes.join("\n");
    if (this.#classes.dataset.listed !== listed) {
      this.#classes.dataset.listed = listed;
      this.#classes.replaceChildren(...classes.map((name) => make("option", {}, name)));
    }
    this.#classes.selectedIndex = toClass ?? -1;
    const steps = reachable(state) > 0;
    this.#stepper.hidden = samples === 0;
    this.#label.replaceChildren();
    if (sample !== null) this.#label.append(make("b", {}, grouped(sample)), ` of ${grouped(samples)}`);
    else if (sampleName && !/^mean [^:]*$/.test(sampleName)) this.#label.append(make("b", { dir: "auto" }, sampleName));
    else this.#label.append(make("b", {}, "mean"), ` of ${grouped(samples)}`);
    this.#label.title = sampleName ?? "";
    this.#clear.hidden = sample === null;
    setEnabled(this.#previous, steps, "previous sample", NEEDS_KERNEL);
    setEnabled(this.#next, steps, "next sample", NEEDS_KERNEL);
    setEnabled(this.#clear, kernel, `back to the mean of ${grouped(samples)} rows`, NEEDS_KERNEL);
  }
}
