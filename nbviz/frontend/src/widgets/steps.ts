/** Finding recorded moments by their steps, in which they are in order. */

/** The latest moment at or before a step; the first where there is none. */
export function indexAt(moments: readonly { step: number }[], step: number): number {
  let low = 0;
  let high = moments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (moments[middle]!.step <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The moment nearest to a step. */
export function nearestTo(moments: readonly { step: number }[], step: number): number {
  const at = indexAt(moments, step);
  const next = moments[at + 1];
  return next && next.step - step < step - moments[at]!.step ? at + 1 : at;
}
