/** Findings about the model's health, as pills; pointing at one shows the units concerned. */

import type { BadgeWire } from "../wire.ts";
import { icon, make } from "./html.ts";

export class Badges {
  readonly element = make("div", { class: "nbviz-badges", role: "list", "aria-label": "Health" });
  private written = "";

  constructor(
    private readonly point: (badge: BadgeWire | null) => void,
    private readonly signal: AbortSignal,
  ) {
    this.element.hidden = true;
  }

  update(badges: readonly BadgeWire[]): void {
    const key = JSON.stringify(badges);
    if (key === this.written) return;
    this.written = key;
    this.element.hidden = badges.length === 0;
    this.element.replaceChildren(
      ...badges.map((badge) => {
        const text = make("span", { dir: "auto" }, badge.text);
        const pill = make("span", { class: "nbviz-badge", role: "listitem", tabindex: "0", title: badge.meaning }, icon("warning"), text);
        const { signal } = this;
        for (const on of ["pointerenter", "focus"]) pill.addEventListener(on, () => this.point(badge), { signal });
        for (const off of ["pointerleave", "blur"]) pill.addEventListener(off, () => this.point(null), { signal });
        return pill;
      }),
    );
  }
}
