/** A line of words at the pointer, within the part that it belongs to. */

import { max, min } from "../style/math.ts";
import { make } from "./html.ts";

const AWAY = 10; // px from what it is about

export class HoverCard {
  readonly element: HTMLElement;

  /** `isTold`: whether a screen reader says the words, which nothing else has. */
  constructor(isTold: boolean) {
    this.element = make("div", { part: "hover-card", ...(isTold ? { role: "status" } : { "aria-hidden": "true" }) });
    this.element.hidden = true;
  }

  /** `x`, `top`, `bottom`: of what it is about, in px of the parent, which is `room` px wide. */
  show(words: string, { x, top, bottom }: { x: number; top: number; bottom: number }, room: number): void {
    const { element } = this;
    element.textContent = words;
    element.hidden = false;
    const { offsetWidth, offsetHeight } = element;
    element.style.left = `${max(0, min(room - offsetWidth, x - offsetWidth / 2))}px`;
    const above = top - AWAY - offsetHeight;
    element.style.top = `${above >= 0 ? above : bottom + AWAY}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
