/** How an edge is stroked for its value. The high exponents keep a 16 x 16 gap from becoming a mat. */

import { abs, max, min } from "../style/math.ts";
import { UNKNOWN } from "../style/numbers.ts";
export interface Stroke {
  /** Signed share of the full colour, -1 to 1; NaN for a number that is not finite. */
  ratio: number;
  width: number;
  opacity: number;
}

export const REST_STROKE: Stroke = { ratio: 0, width: 0.75, opacity: 0.12 };
export const LINK_STROKE: Stroke = { ratio: 0, width: 1, opacity: 0.5 };
export const BROKEN_STROKE: Stroke = { ratio: UNKNOWN, width: 1, opacity: 0.9 };

function signedRatio(value: number, scale: number): number {
  if (value === 0 || !(scale > 0)) return 0;
  return max(-1, min(1, value / scale));
}

/** Between circles. */
export function lineStroke(value: number, scale: number): Stroke {
  if (!Number.isFinite(value)) return BROKEN_STROKE;
  const ratio = signedRatio(value, scale);
  const t = abs(ratio);
  return { ratio, width: 0.4 + 2.9 * t ** 1.4, opacity: 0.07 + 0.83 * t ** 2.4 };
}

/** Between channels: norms are never near 0, so only much steeper exponents tell a large one from the others. */
export function normStroke(value: number, scale: number): Stroke {
  if (!Number.isFinite(value)) return BROKEN_STROKE;
  const ratio = signedRatio(value, scale);
  const t = abs(ratio);
  return { ratio, width: 0.4 + 2.9 * t ** 2.8, opacity: 0.07 + 0.83 * t ** 4.8 };
}

/** Between faces, which have room. */
export function ribbonStroke(value: number, scale: number): Stroke {
  if (!Number.isFinite(value)) return BROKEN_STROKE;
  const ratio = signedRatio(value, scale);
  const t = abs(ratio);
  return { ratio, width: 0.8 + 5 * t, opacity: 0.28 + 0.68 * t ** 1.3 };
}

/** On a path: width and opacity by the share in the gap's largest flow. */
export function pathStroke(value: number, scale: number): Stroke {
  if (!Number.isFinite(value)) return BROKEN_STROKE;
  const ratio = signedRatio(value, scale);
  const r = abs(ratio);
  return { ratio, width: 0.8 + 4.4 * r, opacity: 0.42 + 0.53 * r };
}

/** On a scale that rest nodes reach far beyond: as wide as it is there, as strong as it is among the units. */
export function besideRest(
  stroke: (value: number, scale: number) => Stroke,
  value: number,
  scale: number,
  most: number,
): Stroke {
  return most > 0 && most < scale
    ? { ...stroke(value, most), width: stroke(value, scale).width }
    : stroke(value, scale);
}

/** Beside a path. */
const GHOST_STROKE: Stroke = { ratio: 0, width: 0.75, opacity: 0.06 };

export type Emphasis = "none" | "lit" | "full" | "dimmed" | "faded" | "ghost";

/** Hover and selection: lit edges are never hairs, the others stay as a hint. */
export function emphasise(stroke: Stroke, emphasis: Emphasis): Stroke {
  if (emphasis === "none") return stroke;
  if (emphasis === "ghost") return GHOST_STROKE;
  if (emphasis === "full") return { ...stroke, width: max(1.6, stroke.width), opacity: 1 };
  if (emphasis === "lit") {
    return { ...stroke, width: max(1.2, stroke.width), opacity: max(0.5, stroke.opacity) };
  }
  return { ...stroke, opacity: emphasis === "dimmed" ? min(0.05, stroke.opacity) : stroke.opacity * 0.45 };
}
