/** The row of controls. */

import { grouped, plural } from "../../style/numbers.ts";
import type { StepSize, TrainerWire } from "../../wire.ts";
import { icon, isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../html.ts";
import { RATES, rateAt, ratePlace, SPEEDS, speedAt, speedPlace } from "./scales.ts";
import { Slider } from "./slider.ts";
import { limitWords, positionWords, rateWords, readRate, speedWords, statusWord } from "./words.ts";

const STEPS: readonly [StepSize, string][] = [
  ["batch", "one update, by the next batch"],
  ["epoch", "train to the end of this epoch"],
  ["sample", "show what an update by the next row alone would change; then make it"],
];

export interface Actions {
  send(type: string, value?: unknown): void;
}

function button(part: string, ...children: (Node | string)[]): HTMLButtonElement {
  return make("button", { type: "button", part: `button ${part}` }, ...children);
}

/** Listens to presses while the control is not off. */
export function press(control: HTMLButtonElement, signal: AbortSignal, done: () => void): void {
  listen(control, signal, "click", () => isEnabled(control) && done());
}

export class ControlBar {
  readonly element: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #playIcons = { Train: icon("play"), Pause: icon("pause") };
  readonly #playWord = make("span");
  readonly #step = button("step", icon("step"), "Step");
  readonly #size = make("select", { part: "step-size", "aria-label": "Size of a step" });
  readonly #reset = button("reset", icon("reset"), "Reset");
  readonly #rate: Slider;
  readonly #rateField = make("input", {
    type: "text",
    part: "rate",
    inputmode: "decimal",
    "aria-label": "Learning rate, as a number",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #speed: Slider;
  readonly #limit = make("span", { part: "limit" });
  readonly #batch = make("select", { part: "batch-size", "aria-label": "Batch size" });
  readonly #optimizer = make("span", { part: "value" });
  readonly #status = make("div", { part: "state" });
  readonly #dot = make("i", { part: "dot", "aria-hidden": "true" });
  readonly #word = make("span", { part: "state-word", role: "status" });
  readonly #position = make("span", { part: "position" });
  #state: TrainerWire | null = null;

  constructor(actions: Actions, signal: AbortSignal) {
    this.#play = button("play", this.#playIcons.Train, this.#playWord);
    press(this.#play, signal, () => actions.send(this.#state?.status === "training" ? "pause" : "play"));
    for (const [size, meaning] of STEPS) this.#size.append(make("option", { value: size, title: meaning }, size));
    press(this.#step, signal, () => actions.send("step", this.#size.value));
    listen(this.#size, signal, "change", () => this.#name());
    press(this.#reset, signal, () => actions.send("reset"));
    this.#rate = new Slider(
      "Learning rate",
      RATES.length - 1,
      (place) => {
        this.#rateField.value = rateWords(rateAt(place));
        this.#rate.input.setAttribute("aria-valuetext", this.#rateField.value);
      },
      (place) => actions.send("learning_rate", rateAt(place)),
      signal,
    );
    listen(this.#rateField, signal, "change", () => {
      const rate = readRate(this.#rateField.value);
      if (rate !== null && !this.#rateField.readOnly) actions.send("learning_rate", rate);
      else this.#rateField.value = rateWords(this.#state?.learning_rate ?? null);
    });
    listen(this.#rateField, signal, "keydown", (event) => {
      if (event.key === "Enter") this.#rateField.blur();
      if (event.key === "Escape") {
        this.#rateField.value = rateWords(this.#state?.learning_rate ?? null);
        this.#rateField.blur();
      }
    });
    this.#rate.element.append(this.#rateField);
    this.#speed = new Slider(
      "Speed",
      SPEEDS.length - 1,
      (place) => {
        this.#limit.textContent = limitWords(speedAt(place));
        this.#speed.input.setAttribute("aria-valuetext", this.#limit.textContent);
      },
      (place) => actions.send("speed", speedAt(place)),
      signal,
    );
    this.#speed.element.append(this.#limit);
    listen(this.#batch, signal, "change", () => {
      if (isEnabled(this.#batch)) actions.send("batch_size", Number(this.#batch.value));
    });
    this.#status.append(this.#dot, this.#word, this.#position);
    const split = make(
      "div",
      { part: "split", role: "group", "aria-label": "Step" },
      this.#step,
      make("span", { part: "menu-box" }, this.#size, icon("next")),
    );
    const batch = make(
      "label",
      { part: "control" },
      make("span", { part: "label" }, "Batch"),
      make("span", { part: "menu-box framed" }, this.#batch, icon("next")),
    );
    const optimizer = make(
      "span",
      { part: "control optimizer" },
      make("span", { part: "label optimizer-label" }, "Optimizer"),
      this.#optimizer,
    );
    this.element = make(
      "div",
      { part: "controls", role: "toolbar", "aria-label": "Training" },
      make("div", { part: "buttons" }, this.#play, split, this.#reset),
      this.#rate.element,
      this.#speed.element,
      batch,
      optimizer,
      this.#status,
    );
  }

  /** `forsaken`: the kernel that there was answers no more. */
  update(state: TrainerWire, kernel: boolean, forsaken: boolean): void {
    this.#state = state;
    const off = state.closed ? (state.note ?? "closed") : NEEDS_KERNEL;
    const enabled = kernel && !state.closed;
    const moving = state.status === "training" && enabled;
    const verb = moving ? "Pause" : "Train";
    if (this.#playWord.textContent !== verb) {
      this.#playWord.textContent = verb;
      this.#play.firstElementChild!.replaceWith(this.#playIcons[verb]);
    }
    const meaning = moving ? "pause after this batch" : state.updates > 0 ? "go on training" : "train the model";
    setEnabled(this.#play, enabled, meaning, off);
    this.#name();
    setEnabled(this.#step, enabled, this.#step.title, off);
    setEnabled(this.#size, enabled, "how far a step goes", off);
    this.#size.disabled = !enabled;
    setEnabled(this.#reset, enabled, "back to the first weights, exactly", off);
    const rate = rateWords(state.learning_rate);
    const settable = enabled && state.fixed_rate === null;
    const why = enabled ? (state.fixed_rate ?? "") : off;
    if (this.#rate.update(ratePlace(state.learning_rate), rate, settable, "learning rate of the next update", why)) {
      if (this.#rateField !== (this.#rateField.getRootNode() as Document).activeElement) this.#rateField.value = rate;
    }
    this.#rateField.readOnly = !settable;
    const limit = limitWords(state.speed);
    const measured = state.updates_per_second;
    if (this.#speed.update(speedPlace(state.speed), limit, enabled, "updates a second at most", off)) {
      const unlimited = moving && measured !== null && state.speed === null;
      this.#limit.textContent = unlimited ? speedWords(measured, state.steps_per_epoch) : limit;
    }
    this.#fillBatch(state, enabled, off);
    this.#optimizer.textContent = state.optimizer;
    this.#optimizer.title = `optimizer ${state.optimizer}`;
    this.#status.dataset.status = kernel || state.status !== "training" ? state.status : "paused";
    const still = kernel || state.status !== "training" ? statusWord(state) : "saved";
    this.#word.textContent = forsaken ? "no kernel" : still;
    this.#position.textContent = this.#status.title = positionWords(state);
  }

  /** Where the keyboard is after what it was on has gone. */
  focus(): void {
    this.#step.focus();
  }

  #name(): void {
    const meaning = STEPS.find(([size]) => size === this.#size.value)![1];
    if (isEnabled(this.#step)) this.#step.title = meaning;
    this.#step.setAttribute("aria-label", `Step one ${this.#size.value}`);
  }

  #fillBatch(state: TrainerWire, enabled: boolean, off: string): void {
    const listed = state.batch_sizes.join();
    if (this.#batch.dataset.listed !== listed) {
      this.#batch.dataset.listed = listed;
      this.#batch.replaceChildren(
        ...state.batch_sizes.map((size) => make("option", { value: String(size) }, grouped(size))),
      );
    }
    this.#batch.value = String(state.batch_size);
    const free = enabled && state.updates === 0;
    setEnabled(this.#batch, free, plural(state.batch_size, "row"), enabled ? "Reset to change the batch size" : off);
    this.#batch.disabled = !free;
  }
}
