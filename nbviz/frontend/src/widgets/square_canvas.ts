/** A picture or a map as squares, with lines around some of them: what is dark in the mean picture, a region. */

import { type Colour, css } from "../style/colour.ts";
import { floor, max, min } from "../style/math.ts";
import type { Theme } from "../style/theme.ts";
import { listen, make } from "./html.ts";
import { Surface } from "./surface.ts";

export interface Squares {
  readonly rows: number;
  readonly columns: number;
  /** Region of each square. */
  readonly labels: Int32Array;
}

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

/** Sides of squares that lie between one that is inside and one that is not: [x, y, x, y] in squares. */
export function outline(
  { rows, columns }: Squares,
  inside: (at: number) => boolean,
): [number, number, number, number][] {
  const isIn = (row: number, column: number) =>
    row >= 0 && column >= 0 && row < rows && column < columns && inside(row * columns + column);
  const lines: [number, number, number, number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isIn(row, column)) continue;
      if (!isIn(row - 1, column)) lines.push([column, row, column + 1, row]);
      if (!isIn(row + 1, column)) lines.push([column, row + 1, column + 1, row + 1]);
      if (!isIn(row, column - 1)) lines.push([column, row, column, row + 1]);
      if (!isIn(row, column + 1)) lines.push([column + 1, row, column + 1, row + 1]);
    }
  }
  return lines;
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
    const picture = bitmap(scene);
    if (!context || !picture) return;
    context.imageSmoothingEnabled = width < scene.columns;
    context.drawImage(picture, 0, 0, width, height);
    const [across, down] = [width / squares.columns, height / squares.rows];
    const stroke = (inside: (at: number) => boolean, colour: Colour, thick: number, opacity = 1) => {
      context.beginPath();
      for (const [x1, y1, x2, y2] of outline(squares, inside)) {
        // Half a line inside of the picture, where the edge would cut it.
        const within = (value: number, end: number) => max(thick / 2, min(end - thick / 2, value));
        context.moveTo(within(x1 * across, width), within(y1 * down, height));
        context.lineTo(within(x2 * across, width), within(y2 * down, height));
      }
      context.strokeStyle = css(colour, opacity);
      context.lineWidth = thick;
      context.lineCap = "square";
      context.stroke();
    };
    if (scene.inside) stroke(scene.inside, theme.ink3, 1, 0.75);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
    for (const [region, colour] of [
      [scene.hovered, theme.outline],
      [scene.selected, theme.accent],
    ] as const) {
      if (region === null || (region === scene.hovered && region === scene.selected && colour === theme.outline))
        continue;
      const inside = (at: number) => squares.labels[at] === region;
      stroke(inside, theme.background, 4, 0.8);
      stroke(inside, colour, 2);
    }
  }

  #at({ offsetX, offsetY }: PointerEvent | MouseEvent): number | null {
    if (!this.#scene) return null;
    const { squares, side, height: given } = this.#scene;
    const [width, height] = sizeOf(squares, side, given);
    const row = max(0, min(squares.rows - 1, floor((offsetY / height) * squares.rows)));
    const column = max(0, min(squares.columns - 1, floor((offsetX / width) * squares.columns)));
    return row * squares.columns + column;
  }
}

function bitmap({ rows, columns, colourOf }: SquareScene): HTMLCanvasElement | null {
  const canvas = make("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    const colour = colourOf(at);
    for (let band = 0; band < 3; band++) image.data[4 * at + band] = colour[band]!;
    image.data[4 * at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
