/** Small pictures of all rows in one image, of which each square shows its part. */

import { ceil, floor } from "../../style/math.ts";
import type { Theme } from "../../style/theme.ts";
import { make } from "../html.ts";
import { pixelColour } from "../picture_colours.ts";

export interface Thumbnails {
  /** Of the image, for a style sheet. */
  readonly url: string;
  /** Pictures in a row of it, and rows. */
  readonly across: number;
  readonly down: number;
  /** Height of a picture over its width. */
  readonly aspect: number;
}

/** Rows, columns and bands (1 or 3) of a picture. */
export type PictureShape = readonly number[];

/** Null where there are none, or not all have come. */
export function thumbnailsOf(
  bytes: DataView | undefined,
  shape: PictureShape | undefined,
  count: number,
  theme: Theme,
): Thumbnails | null {
  const [rows, columns, bands] = shape ?? [];
  if (!bytes || !rows || !columns || !bands || count === 0 || bytes.byteLength !== count * rows * columns * bands)
    return null;
  const levels = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const across = ceil(Math.sqrt(count));
  const down = ceil(count / across);
  const canvas = make("canvas");
  canvas.width = across * columns;
  canvas.height = down * rows;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let sample = 0; sample < count; sample++) {
    const [top, left] = [floor(sample / across) * rows, (sample % across) * columns];
    for (let at = 0; at < rows * columns; at++) {
      const colour = pixelColour(theme, levels, bands, sample * rows * columns + at);
      const place = 4 * ((top + floor(at / columns)) * canvas.width + left + (at % columns));
      for (let band = 0; band < 3; band++) image.data[place + band] = colour[band]!;
      image.data[place + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return { url: canvas.toDataURL(), across, down, aspect: rows / columns };
}
