/** The row of controls above the drawing. */

import { icon, iconButton, isEnabled, listen, make, setEnabled } from "../html.ts";
import { grouped } from "../numbers.ts";
import type { EdgeMeaning } from "../wire.ts";

export const NEEDS_KERNEL = "needs a running kernel";

const MEANINGS: [EdgeMeaning, string][] = [
  ["weight", "Weight"],
  ["weight_activation", "Weight × activation"],
];

export interface ToolbarState {
  meaning: EdgeMeaning;
  /** Whether there are activations to multiply with. */
  activations: boolean;
  samples: number;
  sample: number | null;
  sampleName: string | null;
  kernel: boolean;
}

export interface ToolbarActions {
  setMeaning(meaning: EdgeMeaning): void;
  setSample(sample: number | null): void;
  download(): void;
}

export class Toolbar {
  readonly element = make("div", { part: "toolbar", role: "toolbar", "aria-label": "Diagram" });
  readonly #segments: HTMLButtonElement[];
  readonly #menu = make("select", { part: "button menu", "aria-label": "Edges show" });
  readonly #stepper = make("div", { part: "stepper" });
  readonly #previous = iconButton("previous", "previous sample");
  readonly #next = iconButton("next", "next sample");
  readonly #label = make("span", { part: "sample" });
  readonly #clear = iconButton("clear", "back to the mean");
  #state: ToolbarState | null = null;

  constructor(actions: ToolbarActions, signal: AbortSignal) {
    this.#segments = MEANINGS.map(([, text]) =>
      make("button", { type: "button", role: "radio", part: "segment" }, text),
    );
    for (const [meaning, text] of MEANINGS) this.#menu.append(make("option", { value: meaning }, text));
    const choose = (meaning: EdgeMeaning) => {
      if (meaning === "weight" || this.#state?.activations) actions.setMeaning(meaning);
      else this.update(this.#state!);
    };
    for (const [index, segment] of this.#segments.entries()) {
      listen(segment, signal, "click", () => choose(MEANINGS[index]![0]));
      listen(segment, signal, "keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const to = (index + step + MEANINGS.length) % MEANINGS.length;
        this.#segments[to]!.focus();
        choose(MEANINGS[to]![0]);
      });
    }
    listen(this.#menu, signal, "change", () => choose(this.#menu.value as EdgeMeaning));
    const step = (by: number) => {
      const state = this.#state;
      if (!state?.kernel || state.samples === 0) return;
      const from = state.sample ?? (by > 0 ? -1 : 0);
      actions.setSample((from + by + state.samples) % state.samples);
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
    const menu = make("span", { part: "menu-box" }, this.#menu, icon("next"));
    this.#stepper.append(
      make("span", { part: "label" }, "Sample"),
      this.#previous,
      make("span", { part: "sample-box" }, this.#label, this.#clear),
      this.#next,
    );
    this.element.append(edges, segmented, menu, make("span", { part: "spring" }), this.#stepper, download);
  }

  update(state: ToolbarState): void {
    this.#state = state;
    const { meaning, activations, samples, sample, sampleName, kernel } = state;
    for (const [index, segment] of this.#segments.entries()) {
      const [value, text] = MEANINGS[index]!;
      const checked = value === (activations ? meaning : "weight");
      segment.setAttribute("aria-checked", String(checked));
      segment.tabIndex = checked ? 0 : -1;
      const enabled = value === "weight" || activations;
      setEnabled(segment, enabled, `edges show ${text.toLowerCase()}`, "needs activations: pass x=");
      this.#menu.options[index]!.disabled = !enabled;
    }
    this.#menu.value = activations ? meaning : "weight";
    this.#stepper.hidden = samples === 0;
    this.#label.replaceChildren();
    if (sample !== null) this.#label.append(make("b", {}, grouped(sample)), ` of ${grouped(samples)}`);
    else if (sampleName && !sampleName.startsWith("mean ")) this.#label.append(make("b", { dir: "auto" }, sampleName));
    else this.#label.append(make("b", {}, "mean"), ` of ${grouped(samples)}`);
    this.#label.title = sampleName ?? "";
    this.#clear.hidden = sample === null;
    setEnabled(this.#previous, kernel, "previous sample", NEEDS_KERNEL);
    setEnabled(this.#next, kernel, "next sample", NEEDS_KERNEL);
    setEnabled(this.#clear, kernel, `back to the mean of ${grouped(samples)} rows`, NEEDS_KERNEL);
  }
}
