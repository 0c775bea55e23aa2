/** The second row: what is known of the model's health, and the way back from an earlier moment. */

import type { TrainerWire } from "../../wire.ts";
import { icon, make, NEEDS_KERNEL, setEnabled } from "../html.ts";
import { type Actions, press } from "./bar.ts";
import { viewingWords } from "./words.ts";

/** Findings shown; the others are counted. */
const MOST = 4;

export class HealthRow {
  readonly element: HTMLElement;
  readonly #label = make("span", { part: "label" }, "Health");
  readonly #pills = make("div", { part: "pills", role: "list", "aria-label": "Health" });
  readonly #viewing = make("div", { part: "viewing" });
  readonly #words = make("span", { part: "viewing-words" });
  readonly #goOn = make("button", { type: "button", part: "button" }, "Go on from here");
  readonly #back = make("button", { type: "button", part: "button" }, "Back to live");
  #written = "";
  #shown: number | null = null;

  constructor(actions: Actions, backToLive: () => void, signal: AbortSignal) {
    press(this.#goOn, signal, () => actions.send("rewind", this.#shown));
    press(this.#back, signal, backToLive);
    this.#back.title = "show the present state";
    this.#viewing.append(this.#words, this.#goOn, this.#back);
    this.element = make(
      "div",
      { part: "health" },
      make("span", { part: "label" }, "Health"),
      this.#pills,
      this.#viewing,
    );
  }

  update(state: TrainerWire, shown: number | null, kernel: boolean): void {
    this.#shown = shown;
    this.element.hidden = !state.recorded && shown === null && state.note === null;
    this.#label.hidden = this.#pills.hidden = !state.recorded;
    const written = JSON.stringify([state.health, state.checked, state.updates > 0]);
    if (written !== this.#written) {
      this.#written = written;
      const pill = (part: string, name: "warning" | "check", text: string, title: string) =>
        make(
          "span",
          { part, role: "listitem", tabindex: "0", title: title || text },
          icon(name),
          make("span", { dir: "auto" }, text),
        );
      const room = state.health.length === MOST + 1 ? MOST + 1 : MOST;
      const [first, others] = [state.health.slice(0, room), state.health.slice(room)];
      this.#pills.replaceChildren(
        ...first.map(({ text, meaning }) => pill("pill finding", "warning", text, meaning)),
        ...(others.length === 0
          ? []
          : [pill("pill finding", "warning", `${others.length} more`, others.map(({ text }) => text).join("\n"))]),
        ...state.checked.map((text) => pill("pill checked", "check", text, "looked at in the last recorded moment")),
      );
      if (this.#pills.childElementCount === 0) {
        this.#pills.append(make("span", { part: "unknown" }, "not looked at before the first update"));
      }
    }
    this.#viewing.hidden = shown === null && state.note === null;
    this.#goOn.hidden = this.#back.hidden = shown === null;
    if (shown === null) {
      this.#words.textContent = state.note ?? "";
      return;
    }
    this.#words.textContent = viewingWords(shown, state);
    const enabled = kernel && !state.closed && state.recorded;
    const off = state.closed ? (state.note ?? "closed") : state.recorded ? NEEDS_KERNEL : "needs a recording";
    setEnabled(this.#goOn, enabled, "put the model back to this moment and go on from it", off);
  }
}
