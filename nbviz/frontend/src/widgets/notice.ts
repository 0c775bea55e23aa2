/** A line that says what is wrong and what to do; some have a button for it. */

import { icon, listen, make } from "./html.ts";

export class Notice {
  readonly element: HTMLElement;
  readonly #words = make("span", { part: "notice-words" });
  readonly #again = make("button", { type: "button", part: "notice-again" }, "Try again");

  constructor(again: () => void, signal: AbortSignal) {
    this.element = make("div", { part: "notice", role: "status" }, icon("warning"), this.#words, this.#again);
    this.element.hidden = true;
    listen(this.#again, signal, "click", again);
  }

  /** Null for nothing to say. `again`: whether trying again may help. */
  update(words: string | null, again: boolean): void {
    this.element.hidden = words === null;
    this.#again.hidden = !again;
    if (words !== null && this.#words.textContent !== words) this.#words.textContent = words;
  }
}
