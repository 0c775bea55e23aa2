import { expect, test } from "vitest";
import { inOrder, pointWords, rowsOf } from "../../../src/widgets/predicted_values/points.ts";
import type { PredictedValuesWire } from "../../../src/wire.ts";

const axis = { low: 0, high: 1, ticks: [], labels: [] };
const output = (name: string) => ({ name, captions: [], values: axis, errors: axis });
const wire: PredictedValuesWire = { count: 3, names: null, other_count: 1, outputs: [output("a"), output("b")] };
const numbers = [
  ...[5, Number.NaN, 2, 4, 1, 3], // a: predicted, true
  ...[7, 8, 9, 9, 8, 7], // b
  ...[10, 11, 20, 21], // the other row
];
const bytes = (values: number[]) => new DataView(new Float32Array(values).buffer);

test("numbers are found output by output", () => {
  const { own, others } = rowsOf(wire, bytes(numbers), 1)!;
  expect([...own.predicted]).toEqual([7, 8, 9]);
  expect([...own.truth]).toEqual([9, 8, 7]);
  expect([...others.predicted, ...others.truth]).toEqual([20, 21]);
});

test("between two messages there are no rows", () => {
  expect(rowsOf(wire, bytes(numbers.slice(1)), 0)).toBeNull();
});

test("keys go by the true value, past rows without a prediction", () => {
  expect(inOrder(rowsOf(wire, bytes(numbers), 0)!.own)).toEqual([2, 0]);
});

test("a row is told with its error", () => {
  const { own } = rowsOf(wire, bytes(numbers), 0)!;
  expect(pointWords(wire, own, 0)).toBe("sample 0: true 4.00, predicted 5.00, error +1.00");
  expect(pointWords({ ...wire, names: ["x", "y", "z"] }, own, 1)).toBe("y: true 1.00, no finite prediction");
});
