import { describe, expect, it } from "vitest";
import { changesOf, columnsOf, MOST_FEATURES, readNumbers, stackOf } from "../../../src/widgets/waterfall/stack.ts";
import type { WaterfallWire } from "../../../src/wire.ts";

/** Contributions by feature and class, and the numbers as they travel. */
function given(values: number[][], start: number[], end: number[], rest = start.map(() => 0), more = 0) {
  const classes = start.length;
  const wire = {
    features: values.map((_, feature) => `f${feature}`),
    classes: start.map((_, index) => index),
    columns: start.map((_, index) => index),
    more,
  } as WaterfallWire;
  const numbers = Float32Array.from([start, end, rest, ...values].flat());
  return { wire, bytes: new DataView(numbers.buffer), all: Array.from({ length: classes }, (_, place) => place) };
}

function stacked(...from: Parameters<typeof given>) {
  const { wire, bytes, all } = given(...from);
  return stackOf(wire, readNumbers(wire, bytes)!, all);
}

// Two classes, three features: 1 + 2 - 0.5 + 0.25 = 2.75 and -1 - 1 + 3 + 0 = 1.
const VALUES = [
  [2, -1],
  [-0.5, 3],
  [0.25, 0],
];

describe("stackOf", () => {
  it("begins each bar where the one before ended", () => {
    const stack = stacked(VALUES, [1, -1], [2.75, 1]);
    // |-0.5| + |3| = 3.5 comes before 2 + 1 = 3
    expect(stack.features).toEqual([1, 0, 2]);
    expect(stack.low).toEqual([
      [0, 0],
      [1, -1],
      [0.5, 2],
      [2.5, 1],
      [0, 0],
    ]);
    expect(stack.high).toEqual([
      [1, -1],
      [0.5, 2],
      [2.5, 1],
      [2.75, 1],
      [2.75, 1],
    ]);
  });

  it("ends the last bar at the output even where the stack does not", () => {
    const stack = stacked(VALUES, [1, -1], [3.25, 1]);
    expect(stack.high.at(-1)).toEqual([3.25, 1]);
    expect(stack.high.at(-2)).toEqual([2.75, 1]);
  });

  it("sums small features and those that were not sent, and still adds up", () => {
    const values = Array.from({ length: 10 }, (_, feature) => [feature + 1]);
    const stack = stacked(values, [0], [60], [5], 90);
    expect(stack.features).toEqual([9, 8, 7, 6, 5, 4, 3]);
    expect(stack.summed).toBe(93);
    expect(stack.change.at(-2)).toEqual([11]); // 1 + 2 + 3 + 5
    expect(stack.high.at(-2)).toEqual([60]);
  });

  it("gives a single small feature a row rather than a sum of one", () => {
    const stack = stacked(
      Array.from({ length: MOST_FEATURES + 1 }, () => [1]),
      [0],
      [8],
    );
    expect(stack.features).toHaveLength(MOST_FEATURES + 1);
    expect(stack.summed).toBe(0);
  });

  it("keeps a row for the selected feature, however small", () => {
    const values = Array.from({ length: 12 }, (_, feature) => [12 - feature]);
    const { wire, bytes, all } = given(values, [0], [78]);
    const stack = stackOf(wire, readNumbers(wire, bytes)!, all, 11);
    expect(stack.features).toEqual([0, 1, 2, 3, 4, 5, 11]);
    expect(stack.change.at(-2)).toEqual([6 + 5 + 4 + 3 + 2]);
    expect(stack.high.at(-2)).toEqual([78]);
  });

  it("prints NaN but does not stack it", () => {
    const stack = stacked([[Number.NaN], [2]], [1], [3]);
    expect(stack.features).toEqual([1, 0]);
    expect(stack.high.flat()).toEqual([1, 3, 3, 3]);
    expect(stack.change[2]).toEqual([Number.NaN]);
  });

  it("tells the same rows of any other class", () => {
    const values = Array.from({ length: 10 }, (_, feature) => [feature + 1, -feature]);
    const { wire, bytes } = given(values, [0, 0], [55, -45]);
    const numbers = readNumbers(wire, bytes)!;
    const stack = stackOf(wire, numbers, [0]);
    expect(changesOf(wire, numbers, stack, 1)).toEqual([-9, -8, -7, -6, -5, -4, -3, -3]); // 0 + 1 + 2
  });
});

describe("columnsOf", () => {
  const wire = { classes: [2, 5, 7, 8], columns: [5, 8, 2] } as WaterfallWire;

  it("are those that the sample asks for", () => {
    expect(columnsOf(wire, null)).toEqual([1, 3, 0]);
    expect(columnsOf(wire, 8)).toEqual([1, 3, 0]);
  });

  it("have the selected class in the last one's place, where it was sent", () => {
    expect(columnsOf(wire, 7)).toEqual([1, 3, 2]);
    expect(columnsOf(wire, 999)).toEqual([1, 3, 0]);
  });
});

describe("readNumbers", () => {
  it("waits where names and numbers are those of two samples", () => {
    const { wire } = given(VALUES, [1, -1], [2.75, 1]);
    expect(readNumbers(wire, new DataView(new ArrayBuffer(4)))).toBeNull();
  });
});
