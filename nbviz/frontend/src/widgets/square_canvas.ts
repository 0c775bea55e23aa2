/** A picture or a map as squares, with lines around some of them: what is dark in the mean picture, a region. */

import { type Colour, css } from "../style/colour.ts";
import { floor, max } from "../style/math.ts";
import type { Theme } from "../style/theme.ts";
import { bitmap } from "./bitmap.ts";
import { listen, make } from "./html.ts";
import { ringMarked, type Squares, squareUnder, strokeAround } from "./squares.ts";
import { Surface } from "./surface.ts";

export interface SquareScene {
  readonly squares: Squares;
  /** What is drawn: as many colours as the squares have, or another number, as of a picture. */
  readonly rows: number;
  readonly columns: number;
  readonly colourOf: (at: number) => Colour;
  /** Squares to draw a thin line around; null for none. */
  readonly inside: ((at: number) => boolean) | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  /** px, at most. */
  readonly side: number;
  /** px, where squares are none: `side` is their width then. */
  readonly height?: number;
  readonly theme: Theme;
}

export interface SquareActions {
  /** Region and square under the pointer; null when it leaves. */
  point(region: number | null, at: number): void;
  press(region: number): void;
}

/** Sizes in px: whole pixels for each square where there is room. */
export function sizeOf({ rows, columns }: Squares, side: number, height?: number): [number, number] {
  if (height !== undefined) return [side, height];
  const by = side / max(rows, columns);
  const whole = by >= 1 ? floor(by) : by;
  return [max(4, columns * whole), max(4, rows * whole)];
}

export class SquareCanvas {
  readonly element: HTMLElement;
  readonly #surface = new Surface();
  #scene: SquareScene | null = null;

  constructor(actions: SquareActions | null, signal: AbortSignal) {
    const { canvas } = this.#surface;
    this.element = make("div", { part: "squares" }, canvas);
    if (!actions) return;
    this.element.dataset.live = "true";
    listen(canvas, signal, "pointermove", (event) => {
      const at = this.#at(event);
      if (at !== null) actions.point(this.#scene!.squares.labels[at]!, at);
    });
    listen(canvas, signal, "pointerleave", () => actions.point(null, 0));
    listen(canvas, signal, "click", (event) => {
      const at = this.#at(event);
      if (at !== null) actions.press(this.#scene!.squares.labels[at]!);
    });
  }

  update(scene: SquareScene): void {
    this.#scene = scene;
    const { squares, theme } = scene;
    const [width, height] = sizeOf(squares, scene.side, scene.height);
    this.#surface.resize(width, height);
    const context = this.#surface.begin();
    const picture = bitmap(scene.rows, scene.columns, (at) => [scene.colourOf(at), 1]);
    if (!context || !picture) return;
    context.imageSmoothingEnabled = width < scene.columns;
    context.drawImage(picture, 0, 0, width, height);
    const pen = { colour: theme.ink3, thick: 1, opacity: 0.75 };
    if (scene.inside) strokeAround(context, squares, [width, height], scene.inside, pen);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
    const { hovered, selected } = scene;
    ringMarked(context, squares, [width, height], { hovered, selected, square: null }, theme);
  }

  #at({ offsetX, offsetY }: PointerEvent | MouseEvent): number | null {
    if (!this.#scene) return null;
    const { squares, side, height } = this.#scene;
    return squareUnder(squares, sizeOf(squares, side, height), offsetX, offsetY);
  }
}
