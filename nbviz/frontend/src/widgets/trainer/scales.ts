/** Places on the two sliders. */

import { max, min, round } from "../../style/math.ts";

const { log10 } = Math;

/** Learning rates on offer: 1e-6 to 10, six in each decade. */
export const RATES: readonly number[] = [
  ...[-6, -5, -4, -3, -2, -1, 0].flatMap((power) => [1, 1.5, 2, 3, 5, 7].map((digit) => Number(`${digit}e${power}`))),
  10,
];

/** Updates a second at most; null: as many as possible. */
export const SPEEDS: readonly (number | null)[] = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, null];

/** The place of a value among ascending ones, on a log scale between them. */
function placeAmong(values: readonly number[], value: number): number {
  if (!(value > 0)) return 0;
  const above = values.findIndex((other) => other >= value);
  if (above < 0) return values.length - 1;
  if (above === 0) return 0;
  const [low, high] = [values[above - 1]!, values[above]!];
  return above - 1 + log10(value / low) / log10(high / low);
}

export function ratePlace(rate: number | null): number {
  return placeAmong(RATES, rate ?? 0);
}

export function rateAt(place: number): number {
  return RATES[min(RATES.length - 1, max(0, round(place)))]!;
}

export function speedPlace(speed: number | null): number {
  return speed === null ? SPEEDS.length - 1 : placeAmong(SPEEDS.slice(0, -1) as number[], speed);
}

export function speedAt(place: number): number | null {
  return SPEEDS[min(SPEEDS.length - 1, max(0, round(place)))]!;
}
