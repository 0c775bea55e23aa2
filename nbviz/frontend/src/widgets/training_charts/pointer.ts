/** The mouse on figures whose width is time. They belong to other widgets, so that it is told by their class. */

import { max, min } from "../../style/math.ts";

const GROUND = ".plotarea_background";
/** How far beside the plot still counts, px. */
const MARGIN = 6;

interface Actions {
  /** The mouse is at a share of the width; null: on no figure. */
  point(share: number | null): void;
  /** The moment at a share of the width was asked for; null: live. */
  go(share: number | null): void;
}

export class PointerOnTime {
  readonly #places: () => string[];
  readonly #actions: Actions;
  #held: Element | null = null;
  #on = false;

  constructor(places: () => string[], actions: Actions, signal: AbortSignal) {
    this.#places = places;
    this.#actions = actions;
    const options = { signal, passive: true };
    document.addEventListener("pointermove", (event) => this.#move(event), options);
    document.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    document.addEventListener("pointerup", () => this.#release(), options);
    document.addEventListener("pointercancel", () => this.#release(), options);
    document.addEventListener("dblclick", (event) => this.#figure(event) && this.#actions.go(null), options);
    document.documentElement.addEventListener("pointerleave", () => this.#leave(), options);
  }

  #figure(event: Event): Element | null {
    const target = event.target instanceof Element ? event.target : null;
    // Most moves are elsewhere: one look upwards settles those.
    const figure = target?.closest(".bqplot-figure, .bqplot");
    return figure && this.#places().some((place) => figure.closest(`.${place}`)) ? figure : null;
  }

  /** Share of the plot's width; null above, below or beside it. */
  #share(figure: Element, event: PointerEvent, anywhere = false): number | null {
    const ground = figure.querySelector(GROUND)?.getBoundingClientRect();
    if (!ground?.width) return null;
    const inside = (at: number, low: number, high: number) => at >= low - MARGIN && at <= high + MARGIN;
    const within = inside(event.clientX, ground.left, ground.right) && inside(event.clientY, ground.top, ground.bottom);
    return within || anywhere ? min(1, max(0, (event.clientX - ground.left) / ground.width)) : null;
  }

  #move(event: PointerEvent): void {
    if (this.#held) {
      this.#actions.go(this.#share(this.#held, event, true));
      return;
    }
    const figure = this.#figure(event);
    const share = figure && this.#share(figure, event);
    if (share === null) this.#leave();
    else {
      this.#on = true;
      this.#actions.point(share);
    }
  }

  #down(event: PointerEvent): void {
    const figure = event.button === 0 && event.isPrimary ? this.#figure(event) : null;
    const share = figure && this.#share(figure, event);
    if (share === null || !figure) return;
    // Otherwise dragging would select the labels.
    event.preventDefault();
    this.#held = figure;
    this.#leave();
    this.#actions.go(share);
  }

  #release(): void {
    this.#held = null;
  }

  #leave(): void {
    if (this.#on) this.#actions.point(null);
    this.#on = false;
  }
}
