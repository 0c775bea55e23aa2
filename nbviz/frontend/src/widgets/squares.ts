/** A picture, or a sequence, as rows and columns of squares in regions: which is where, and lines around some. */

import { type Colour, css } from "../style/colour.ts";
import { floor, max, min } from "../style/math.ts";
import type { Theme } from "../style/theme.ts";

interface Grid {
  readonly rows: number;
  readonly columns: number;
}

export interface Squares extends Grid {
  /** Region of each square. */
  readonly labels: Int32Array;
}

/** px of all squares together. */
export type Size = readonly [width: number, height: number];

/** The square at a point; beyond the edge the nearest one. */
export function squareUnder({ rows, columns }: Grid, [width, height]: Size, x: number, y: number): number {
  const row = max(0, min(rows - 1, floor((y / height) * rows)));
  const column = max(0, min(columns - 1, floor((x / width) * columns)));
  return row * columns + column;
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

export interface Pen {
  readonly colour: Colour;
  /** px. */
  readonly thick: number;
  readonly opacity: number;
}

/** A line around the squares that are inside. */
export function strokeAround(
  context: CanvasRenderingContext2D,
  squares: Squares,
  [width, height]: Size,
  inside: (at: number) => boolean,
  { colour, thick, opacity }: Pen,
): void {
  const [across, down] = [width / squares.columns, height / squares.rows];
  // Half a line inside of the picture, where the edge would cut it.
  const within = (value: number, end: number) => max(thick / 2, min(end - thick / 2, value));
  context.beginPath();
  for (const [x1, y1, x2, y2] of outline(squares, inside)) {
    context.moveTo(within(x1 * across, width), within(y1 * down, height));
    context.lineTo(within(x2 * across, width), within(y2 * down, height));
  }
  context.strokeStyle = css(colour, opacity);
  context.lineWidth = thick;
  context.lineCap = "square";
  context.stroke();
}

/** A line that is seen on any colour. */
function ringAround(
  context: CanvasRenderingContext2D,
  squares: Squares,
  size: Size,
  inside: (at: number) => boolean,
  [ground, colour]: readonly [Colour, Colour],
): void {
  strokeAround(context, squares, size, inside, { colour: ground, thick: 4, opacity: 0.8 });
  strokeAround(context, squares, size, inside, { colour, thick: 2, opacity: 1 });
}

export interface Marked {
  /** Regions. */
  readonly hovered: number | null;
  readonly selected: number | null;
  /** A square that is selected for itself. */
  readonly square: number | null;
}

/** Lines around what is pointed at, and what is selected. */
export function ringMarked(
  context: CanvasRenderingContext2D,
  squares: Squares,
  size: Size,
  { hovered, selected, square }: Marked,
  theme: Theme,
): void {
  const region = (wanted: number) => (at: number) => squares.labels[at] === wanted;
  const ring = (inside: (at: number) => boolean, colour: Colour) =>
    ringAround(context, squares, size, inside, [theme.background, colour]);
  if (hovered !== null && hovered !== selected) ring(region(hovered), theme.outline);
  if (selected !== null) ring(region(selected), theme.accent);
  if (square !== null) ring((at) => at === square, theme.accent);
}
