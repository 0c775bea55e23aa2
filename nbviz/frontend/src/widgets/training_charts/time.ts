/** Where a moment stands, and what a curve says there. Pure. */

import { abs, max, min, round } from "../../style/math.ts";
import { short } from "../../style/numbers.ts";

/** Index of the latest step at or before, of the first if there is none; -1 without steps. */
export function atOrBefore(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return steps.length ? max(0, low - 1) : -1;
}

/** The step nearest to an epoch; null without steps. */
export function nearestStep(steps: readonly number[], epoch: number, perEpoch: number): number | null {
  if (!steps.length) return null;
  const wanted = epoch * perEpoch;
  const below = steps[atOrBefore(steps, wanted)]!;
  const above = steps[min(steps.length - 1, steps.indexOf(below) + 1)]!;
  return abs(above - wanted) < abs(below - wanted) ? above : below;
}

/** "44"; within an epoch "43.5". */
export function epochWords(epoch: number): string {
  return abs(epoch - round(epoch)) < 1e-6 ? `${round(epoch)}` : epoch.toFixed(1);
}

/** The value last known at an epoch, of the first point if there is none yet. */
export function valueAt(x: ArrayLike<number>, y: ArrayLike<number>, epoch: number): number {
  let index = atOrBefore(x, epoch + 1e-9);
  // What is repeated only closes the line.
  while (index > 0 && x[index - 1] === x[index]) index -= 1;
  return index < 0 ? Number.NaN : y[index]!;
}

/** The height of the line as it is drawn at an epoch; NaN where there is no line. */
export function heightAt(x: ArrayLike<number>, y: ArrayLike<number>, epoch: number): number {
  const last = x.length - 1;
  if (last < 0 || epoch < x[0]! - 1e-9 || epoch > x[last]! + 1e-9) return Number.NaN;
  const below = min(atOrBefore(x, epoch + 1e-9), last);
  const above = min(below + 1, last);
  const width = x[above]! - x[below]!;
  const share = width > 0 ? (epoch - x[below]!) / width : 0;
  return share === 0 ? y[below]! : y[below]! + (y[above]! - y[below]!) * share;
}

/** A value as Python's `value_words` writes it. */
export function valueWords(value: number, form: "number" | "percent"): string {
  if (Number.isFinite(value) && form === "percent") return `${value.toFixed(1)} %`;
  const size = abs(value);
  return size >= 0.001 && size < 10 ? value.toFixed(3).replace("-", "\u2212") : short(value);
}
