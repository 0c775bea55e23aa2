/** The row of controls above the drawing. */

import { grouped } from "../numbers.ts";
import type { EdgeMeaning } from "../wire.ts";
import { icon, iconButton, isEnabled, make, setEnabled } from "./html.ts";

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
  readonly element = make("div", { class: "nbviz-toolbar", role: "toolbar", "aria-label": "Diagram" });
  private readonly segments: HTMLButtonElement[];
  private readonly menu = make("select", { class: "nbviz-button nbviz-menu", "aria-label": "Edges show" });
  private readonly stepper = make("div", { class: "nbviz-stepper" });
  private readonly previous = iconButton("previous", "previous sample");
  private readonly next = iconButton("next", "next sample");
  private readonly label = make("span", { class: "nbviz-sample" });
  private readonly clear = iconButton("clear", "back to the mean");
  private state: ToolbarState | null = null;

  constructor(actions: ToolbarActions, signal: AbortSignal) {
    this.segments = MEANINGS.map(([, text]) =>
      make("button", { type: "button", role: "radio", class: "nbviz-segment" }, text),
    );
    for (const [meaning, text] of MEANINGS) this.menu.append(make("option", { value: meaning }, text));
    const choose = (meaning: EdgeMeaning) => {
      if (meaning === "weight" || this.state?.activations) actions.setMeaning(meaning);
      else this.update(this.state!);
    };
    for (const [index, segment] of this.segments.entries()) {
      segment.addEventListener("click", () => choose(MEANINGS[index]![0]), { signal });
      segment.addEventListener(
        "keydown",
        (event) => {
          const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
          if (!step) return;
          event.preventDefault();
          const to = (index + step + MEANINGS.length) % MEANINGS.length;
          this.segments[to]!.focus();
          choose(MEANINGS[to]![0]);
        },
        { signal },
      );
    }
    this.menu.addEventListener("change", () => choose(this.menu.value as EdgeMeaning), { signal });
    const step = (by: number) => {
      const { state } = this;
      if (!state?.kernel || state.samples === 0) return;
      const from = state.sample ?? (by > 0 ? -1 : 0);
      actions.setSample((from + by + state.samples) % state.samples);
    };
    this.previous.addEventListener("click", () => step(-1), { signal });
    this.next.addEventListener("click", () => step(1), { signal });
    this.clear.addEventListener("click", () => isEnabled(this.clear) && actions.setSample(null), { signal });
    const download = iconButton("download", "download as PNG");
    download.addEventListener("click", () => actions.download(), { signal });
    this.menu.append();
    const edges = make("span", { class: "nbviz-label" }, "Edges");
    const segmented = make("div", { class: "nbviz-segmented", role: "radiogroup", "aria-label": "Edges show" }, ...this.segments);
    const menu = make("span", { class: "nbviz-menu-box" }, this.menu, icon("next"));
    this.stepper.append(
      make("span", { class: "nbviz-label" }, "Sample"),
      this.previous,
      make("span", { class: "nbviz-sample-box" }, this.label, this.clear),
      this.next,
    );
    this.element.append(edges, segmented, menu, make("span", { class: "nbviz-spring" }), this.stepper, download);
  }

  update(state: ToolbarState): void {
    this.state = state;
    const { meaning, activations, samples, sample, sampleName, kernel } = state;
    for (const [index, segment] of this.segments.entries()) {
      const [value, text] = MEANINGS[index]!;
      const checked = value === (activations ? meaning : "weight");
      segment.setAttribute("aria-checked", String(checked));
      segment.tabIndex = checked ? 0 : -1;
      const enabled = value === "weight" || activations;
      setEnabled(segment, enabled, `edges show ${text.toLowerCase()}`, "needs activations: pass x=");
      this.menu.options[index]!.disabled = !enabled;
    }
    this.menu.value = activations ? meaning : "weight";
    this.stepper.hidden = samples === 0;
    this.label.replaceChildren();
    if (sample !== null) this.label.append(make("b", {}, grouped(sample)), ` of ${grouped(samples)}`);
    else if (sampleName && !sampleName.startsWith("mean ")) this.label.append(make("b", { dir: "auto" }, sampleName));
    else this.label.append(make("b", {}, "mean"), ` of ${grouped(samples)}`);
    this.label.title = sampleName ?? "";
    this.clear.hidden = sample === null;
    setEnabled(this.previous, kernel, "previous sample", NEEDS_KERNEL);
    setEnabled(this.next, kernel, "next sample", NEEDS_KERNEL);
    setEnabled(this.clear, kernel, `back to the mean of ${grouped(samples)} rows`, NEEDS_KERNEL);
  }
}
