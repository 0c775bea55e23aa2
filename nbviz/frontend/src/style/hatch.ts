/** The mark of what is no number. */

import { css } from "./colour.ts";
import type { Theme } from "./theme.ts";

/** Marks a cell whose number is none. */
export function hatch(
  context: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.fillStyle = css(width < 5 ? theme.warning : theme.warningTint);
  context.fillRect(x, y, width, height);
  if (width < 5) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let offset = -height; offset < width; offset += 4) {
    context.moveTo(x + offset, y + height);
    context.lineTo(x + offset + height, y);
  }
  context.strokeStyle = css(theme.warning);
  context.lineWidth = 1.5;
  context.stroke();
  context.restore();
}
