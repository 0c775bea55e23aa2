/** The frame around the patch of the input that a number is made of. */

import { css } from "../../style/colour.ts";
import { max } from "../../style/math.ts";
import type { Theme } from "../../style/theme.ts";
import type { Surface } from "../surface.ts";
import type { Box } from "./sliding.ts";

/** px around a picture on which a frame that reaches over its edge can still be seen. */
export const FRAME_MARGIN = 8;

/** Draws on a surface that is larger than the picture by the margin. `across` and `down`: px of one number. */
export function drawFrame(surface: Surface, theme: Theme, box: Box | null, across: number, down: number): void {
  const context = surface.begin();
  if (!context || !box) return;
  const [width, height] = [max(4, box.columns * across), max(4, box.rows * down)];
  const [x, y] = [FRAME_MARGIN + box.left * across, FRAME_MARGIN + box.top * down];
  for (const [colour, line] of [[theme.background, 4] as const, [theme.accent, 2] as const]) {
    context.strokeStyle = css(colour);
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}
