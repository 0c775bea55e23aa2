/** How far the drawing is scrolled, where it is wider than the widget. */

import { max, min } from "../../style/math.ts";

/** px between what is brought into sight and the side. */
const AIR = 24;
const FOCUS_AIR = 60;

export class Scrolling {
  readonly #element: HTMLElement;
  readonly #still: MediaQueryList;

  /** `still`: whether motion is unwanted. */
  constructor(element: HTMLElement, still: MediaQueryList) {
    this.#element = element;
    this.#still = still;
  }

  /** Fades the sides at which a drawing of this width goes on. */
  mark(width: number): void {
    const { scrollLeft, clientWidth, dataset } = this.#element;
    dataset.before = String(scrollLeft > 1);
    dataset.after = String(scrollLeft + clientWidth < width - 1);
  }

  /** Brings a stretch of the drawing into sight, its beginning where it is too wide. */
  bring(left: number, width: number): void {
    const element = this.#element;
    const most = left - AIR;
    const least = left + width + AIR - element.clientWidth;
    const to = min(most, max(element.scrollLeft, least));
    if (to !== element.scrollLeft) element.scrollTo({ left: to, behavior: this.#still.matches ? "auto" : "smooth" });
  }

  /** Brings what has keyboard focus into sight, at once. */
  reveal(x: number): void {
    const element = this.#element;
    const { scrollLeft, clientWidth } = element;
    if (x - FOCUS_AIR < scrollLeft) element.scrollLeft = x - FOCUS_AIR;
    else if (x + FOCUS_AIR > scrollLeft + clientWidth) element.scrollLeft = x + FOCUS_AIR - clientWidth;
  }
}
