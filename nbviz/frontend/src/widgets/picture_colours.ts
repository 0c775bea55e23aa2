/** Colours of pictures, and of what is laid over them. */

import { type Colour, mix } from "../style/colour.ts";
import { abs, min } from "../style/math.ts";
import type { Theme } from "../style/theme.ts";

/** A picture under a map is this faint: a stronger grey turns the ramp's orange into tan. */
const FAINT = 0.18;

type Levels = ArrayLike<number>;

/** Brightness of a pixel, 0 to 1; `levels`: 0 to 255, one or three for each pixel. */
export function brightness(levels: Levels, bands: number, at: number): number {
  if (bands === 1) return levels[at]! / 255;
  return (levels[3 * at]! + levels[3 * at + 1]! + levels[3 * at + 2]!) / 765;
}

/** Grey goes from the ground to the ink, as in all our pictures of inputs. */
export function pixelColour(theme: Theme, levels: Levels, bands: number, at: number): Colour {
  if (bands === 1) return mix(theme.background, theme.ink1, levels[at]! / 255);
  return [levels[3 * at]!, levels[3 * at + 1]!, levels[3 * at + 2]!];
}

/** A faint pixel under a map. */
export function groundColour(theme: Theme, bright: number): Colour {
  return mix(theme.background, theme.ink1, FAINT * bright);
}

/** Signed ratio, -1 to 1, over a faint pixel. */
export function evidenceColour(theme: Theme, bright: number, ratio: number): Colour {
  return mix(groundColour(theme, bright), ratio < 0 ? theme.negative : theme.positive, min(1, abs(ratio)));
}
