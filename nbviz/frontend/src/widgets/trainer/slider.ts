/** A slider with its name; what it is dragged to is told as fast as it can be used, the last place always. */

import { listen, make, setEnabled } from "../html.ts";

const EVERY = 60;

export class Slider {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  #waiting: ReturnType<typeof setTimeout> | null = null;
  #told = 0;
  #held = false;

  constructor(
    name: string,
    most: number,
    show: (place: number) => void,
    tell: (place: number) => void,
    signal: AbortSignal,
  ) {
    this.input = make("input", {
      type: "range",
      part: "slider",
      min: "0",
      max: String(most),
      step: "any",
      "aria-label": name,
    });
    this.element = make("label", { part: "control" }, make("span", { part: "label" }, name), this.input);
    const input = this.input;
    listen(input, signal, "input", () => {
      const place = Math.round(input.valueAsNumber);
      this.#fill();
      show(place);
      if (this.#waiting !== null) clearTimeout(this.#waiting);
      const due = Math.max(0, this.#told + EVERY - performance.now());
      this.#waiting = setTimeout(() => {
        this.#waiting = null;
        this.#told = performance.now();
        tell(place);
      }, due);
    });
    listen(input, signal, "pointerdown", (event) => {
      // Not enabled: the reason is told by the tooltip, and the knob stays.
      if (input.getAttribute("aria-disabled") === "true") event.preventDefault();
      else this.#held = true;
    });
    listen(input, signal, "keydown", (event) => {
      if (input.getAttribute("aria-disabled") === "true" && event.key !== "Tab") event.preventDefault();
    });
    for (const end of ["pointerup", "pointercancel", "blur"] as const) {
      listen(input, signal, end, () => {
        this.#held = false;
      });
    }
    signal.addEventListener("abort", () => this.#waiting !== null && clearTimeout(this.#waiting));
  }

  /** Takes the place that holds now, unless the user is about to choose another. */
  update(place: number, words: string, enabled: boolean, title: string, reason: string): boolean {
    setEnabled(this.input, enabled, title, reason);
    this.element.title = enabled ? title : reason;
    if (this.#held || this.#waiting !== null) return false;
    this.input.value = String(place);
    this.input.setAttribute("aria-valuetext", words);
    this.#fill();
    return true;
  }

  #fill(): void {
    this.input.style.setProperty("--filled", String(this.input.valueAsNumber / Number(this.input.max)));
  }
}
