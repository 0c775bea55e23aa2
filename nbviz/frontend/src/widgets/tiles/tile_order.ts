/** The order of tiles by a number. */

import { isUnknown, UNKNOWN } from "../../style/numbers.ts";

/** Indices, the largest weight first; what has none is last, what is the same stays in place. */
export function largestFirst(count: number, weightOf: (index: number) => number | undefined): Int32Array {
  const weights = Float64Array.from({ length: count }, (_, index) => {
    const weight = weightOf(index) ?? UNKNOWN;
    return isUnknown(weight) ? -Infinity : weight;
  });
  const order = Int32Array.from(weights, (_, index) => index);
  return order.sort((a, b) => (weights[a]! === weights[b]! ? a - b : weights[b]! > weights[a]! ? 1 : -1));
}

/** Index -> its place in an order. */
export function placesOf(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  for (const [place, index] of order.entries()) places[index] = place;
  return places;
}
