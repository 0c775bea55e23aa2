/** How classes share the width of a waterfall: a logit is as wide in each, and every label has its room. */

import { abs, max, min } from "../../style/math.ts";

export const GAP = 14; // px between columns

export interface Columns {
  /** px for one logit, the same in every column. */
  readonly perUnit: number;
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Of each column's zero line. */
  readonly zero: readonly number[];
}

type Rows = readonly (readonly number[])[];

/**
 * Shares a width. `low`, `high`: where bars begin and end, by row and class; `room`: px of the label beyond `high`;
 * `least`: px of each column at least, for its heading.
 */
export function placeColumns(low: Rows, high: Rows, room: Rows, width: number, least: readonly number[] = []): Columns {
  const classes = low[0]!.length;
  const extents = (perUnit: number): [number, number][] =>
    Array.from({ length: classes }, (_, column) => {
      let [left, right] = [0, 0];
      for (const [row, line] of low.entries()) {
        const [from, to, label] = [line[column]!, high[row]![column]!, room[row]![column]!];
        left = min(left, min(from, to) * perUnit - (to >= from ? 0 : label));
        right = max(right, max(from, to) * perUnit + (to >= from ? label : 0));
      }
      return [left, max(right, left + (least[column] ?? 0))];
    });
  const needed = (perUnit: number) =>
    extents(perUnit).reduce((sum, [left, right]) => sum + right - left, GAP * (classes - 1));
  const most = max(0, ...low.flat().map(abs), ...high.flat().map(abs));
  let [fits, tooWide] = [0, most > 0 ? width / most : 1];
  for (let step = 0; step < 50; step++) {
    const middle = (fits + tooWide) / 2;
    if (needed(middle) <= width) fits = middle;
    else tooWide = middle;
  }
  // What is left over parts the columns evenly.
  const spare = max(0, width - needed(fits)) / classes;
  const found = { perUnit: fits, left: [] as number[], right: [] as number[], zero: [] as number[] };
  let edge = 0;
  for (const [left, right] of extents(fits)) {
    found.left.push(edge);
    found.zero.push(edge - left);
    edge += right - left + spare;
    found.right.push(edge);
    edge += GAP;
  }
  return found;
}
