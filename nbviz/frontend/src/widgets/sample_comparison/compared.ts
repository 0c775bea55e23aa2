/** What stands beside what: the columns that are compared, the rows that matter most for any of them, one scale. */

import { abs, max, min } from "../../style/math.ts";
import { isKnown } from "../../style/numbers.ts";
import type { ComparedColumnWire, ComparisonWire } from "../../wire.ts";

/** Features with a row of their own, as many as in the waterfall; the others are summed. */
export const MOST_FEATURES = 7;
/** The row of a column that is the mean of several. */
export const MEAN = -1;

/** One column, of one class. */
export interface ComparedColumn {
  readonly wire: ComparedColumnWire;
  readonly start: number;
  readonly end: number;
  readonly p: number;
  /** Sum of the features that were not sent one by one. */
  readonly rest: number;
  /** By the place of a feature in what was sent. */
  readonly values: readonly number[];
}

export interface ComparedRows {
  /** Places of the features that have a row, the largest first. */
  readonly features: readonly number[];
  /** How many others there are. */
  readonly summed: number;
  /** What these add, a number for each column. */
  readonly rest: readonly number[];
  /** Of all bars, 0 included. */
  readonly low: number;
  readonly high: number;
}

/**
 * The place among those sent of the class that is told: the selected one, else that of the first column; -1 where it
 * is not there.
 */
export function placeOf(table: ComparisonWire, samples: readonly number[], selected: number | null): number {
  if (selected !== null && selected < table.all_classes) return table.classes.indexOf(selected);
  const first = table.columns.find(({ sample }) => sample === samples[0]) ?? table.columns[0];
  return first ? table.classes.indexOf(first.likely) : -1;
}

/** The columns of some samples, means before them; null while the bytes are those of another table. */
export function columnsOf(
  table: ComparisonWire,
  bytes: DataView,
  samples: readonly number[],
  place: number,
): ComparedColumn[] | null {
  const [columns, features, classes] = [table.columns.length, table.features.length, table.classes.length];
  if (bytes.byteLength !== 4 * columns * (features + 4) * classes || place < 0) return null;
  const at = (column: number, row: number) =>
    bytes.getFloat32(4 * ((column * (features + 4) + row) * classes + place), true);
  const means = table.columns.flatMap(({ sample }, column) => (sample === MEAN ? [column] : []));
  const chosen = samples.flatMap((wanted) => {
    const column = table.columns.findIndex(({ sample }) => sample === wanted);
    return column < 0 ? [] : [column];
  });
  return [...means, ...chosen].map((column) => ({
    wire: table.columns[column]!,
    start: at(column, 0),
    end: at(column, 1),
    p: at(column, 2),
    rest: at(column, 3),
    values: table.features.map((_, feature) => at(column, 4 + feature)),
  }));
}

/** Samples that are compared and not at hand. */
export function lackingOf(table: ComparisonWire, samples: readonly number[]): number[] {
  return samples.filter((wanted) => table.columns.every(({ sample }) => sample !== wanted));
}

/** Ranks the features by what they are to any of the columns. `kept`: one that has a row however small it is. */
export function rowsOf(
  table: ComparisonWire,
  columns: readonly ComparedColumn[],
  kept: number | null = null,
): ComparedRows {
  const size = (feature: number) => max(0, ...columns.map(({ values }) => abs(known(values[feature]!))));
  const sizes = table.features.map((_, feature) => size(feature));
  const order = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const all = order.length + table.more;
  const features = all <= MOST_FEATURES + 1 ? order : order.slice(0, MOST_FEATURES);
  if (kept !== null && !features.includes(kept)) features[features.length - 1] = kept;
  const others = order.filter((feature) => !features.includes(feature));
  const rest = columns.map((column) => others.reduce((sum, feature) => sum + column.values[feature]!, column.rest));
  const bars = [...columns.flatMap(({ values }) => features.map((feature) => values[feature]!)), ...rest].map(known);
  return {
    features,
    summed: others.length + table.more,
    rest,
    low: min(0, ...bars),
    high: max(0, ...bars),
  };
}

/** By how much start and contributions fail to make up the output, the worst column. */
export function gapOf(columns: readonly ComparedColumn[]): number {
  return max(
    0,
    ...columns.map(({ start, end, rest, values }) =>
      abs(known(start) + known(rest) + values.reduce((sum, value) => sum + known(value), 0) - known(end)),
    ),
  );
}

/** NaN is printed, but has no bar. */
export function known(value: number): number {
  return isKnown(value) && Number.isFinite(value) ? value : 0;
}
