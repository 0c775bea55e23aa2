/** Findings about the model's health, as pills; pointing at one shows the units concerned. */

import type { BadgeWire } from "../../../wire.ts";
import { icon, listen, make } from "../../html.ts";

export class Badges {
  readonly #point: (badge: BadgeWire | null) => void;
  readonly #signal: AbortSignal;
  readonly element = make("div", { part: "badges", role: "list", "aria-label": "Health" });
  #written = "";

  constructor(point: (badge: BadgeWire | null) => void, signal: AbortSignal) {
    this.#point = point;
    this.#signal = signal;
    this.element.hidden = true;
  }

  update(badges: readonly BadgeWire[]): void {
    const key = JSON.stringify(badges);
    if (key === this.#written) return;
    this.#written = key;
    this.element.hidden = badges.length === 0;
    this.element.replaceChildren(
      ...badges.map((badge) => {
        const text = make("span", { dir: "auto" }, badge.text);
        const pill = make(
          "span",
          { part: "badge", role: "listitem", tabindex: "0", title: badge.meaning },
          icon("warning"),
          text,
        );
        for (const on of ["pointerenter", "focus"] as const) listen(pill, this.#signal, on, () => this.#point(badge));
        for (const off of ["pointerleave", "blur"] as const) listen(pill, this.#signal, off, () => this.#point(null));
        return pill;
      }),
    );
  }
}
