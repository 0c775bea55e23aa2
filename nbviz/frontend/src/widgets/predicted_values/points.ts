/** The rows as points: what is true of each, what was predicted, and how that is said. */

import { isKnown, short, signed } from "../../style/numbers.ts";
import type { PredictedValuesWire } from "../../wire.ts";

export interface Points {
  readonly truth: Float32Array;
  readonly predicted: Float32Array;
}

export interface Rows {
  /** Of these a click selects one. */
  own: Points;
  /** Those shown for comparison. */
  others: Points;
}

/** Null where the bytes are not those of the chart, as between two messages. */
export function rowsOf(wire: PredictedValuesWire, bytes: DataView, output: number): Rows | null {
  const { count, other_count: more, outputs } = wire;
  if (bytes.byteLength !== 8 * (count + more) * outputs.length) return null;
  const numbers = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
  const part = (start: number, rows: number): Points => ({
    predicted: numbers.subarray(start, start + rows),
    truth: numbers.subarray(start + rows, start + 2 * rows),
  });
  return {
    own: part(2 * count * output, count),
    others: part(2 * count * outputs.length + 2 * more * output, more),
  };
}

export function errorOf({ truth, predicted }: Points, row: number): number {
  return predicted[row]! - truth[row]!;
}

/** "sample 12: true 151, predicted 160, error +9.00". */
export function pointWords(wire: PredictedValuesWire, points: Points, row: number): string {
  const name = wire.names?.[row] ?? `sample ${row}`;
  const [truth, predicted] = [points.truth[row]!, points.predicted[row]!];
  if (!isKnown(predicted)) return `${name}: true ${short(truth)}, no finite prediction`;
  return `${name}: true ${short(truth)}, predicted ${short(predicted)}, error ${signed(errorOf(points, row))}`;
}

/** Rows from left to right: by the true value, then by the predicted one. */
export function inOrder({ truth, predicted }: Points): number[] {
  const rows = [...truth.keys()].filter((row) => isKnown(predicted[row]!));
  return rows.sort((a, b) => truth[a]! - truth[b]! || predicted[a]! - predicted[b]! || a - b);
}
