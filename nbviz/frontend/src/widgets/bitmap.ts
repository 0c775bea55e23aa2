/** A picture with one pixel for each colour, to be drawn at any size. */

import type { Colour } from "../style/colour.ts";
import { make } from "./html.ts";

/** `colourOf`: colour and opacity. Null where there is nothing to draw on. */
export function bitmap(
  rows: number,
  columns: number,
  colourOf: (at: number) => readonly [Colour, number],
): HTMLCanvasElement | null {
  const canvas = make("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    const [colour, opacity] = colourOf(at);
    for (let band = 0; band < 3; band++) image.data[4 * at + band] = colour[band]!;
    image.data[4 * at + 3] = 255 * opacity;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
