import { describe, expect, it } from "vitest";
import { Counts } from "../../../src/widgets/confusion/counts.ts";

function counts(classes: number, ...cells: [number, number, number][]): Counts {
  return new Counts(classes, new DataView(Int32Array.from(cells.flat()).buffer));
}

describe("Counts", () => {
  // Of class 0: 3 right, 1 read as 2. Of class 2: 2 read as 0, none right. Class 1 does not occur.
  const some = counts(3, [0, 0, 3], [0, 2, 1], [2, 0, 2]);

  it("counts rows, those that are right, and each cell", () => {
    expect([some.rows, some.right, some.at([2, 0]), some.at([1, 1])]).toEqual([6, 3, 2, 0]);
    expect(some.occurring).toEqual([0, 2]);
  });

  it("tells recall by true class and precision by read class", () => {
    expect([some.recall(0), some.recall(2)]).toEqual([3 / 4, 0]);
    expect([some.precision(0), some.precision(2)]).toEqual([3 / 5, 0]);
    expect([some.recall(1), some.precision(1)]).toEqual([Number.NaN, Number.NaN]);
  });

  it("lists what is misread, the most frequent first", () => {
    expect(some.confused.map(({ cell, count }) => [...cell, count])).toEqual([
      [2, 0, 2],
      [0, 2, 1],
    ]);
  });

  it("shades by the share of the true class's rows, and one row shows", () => {
    const shaded = counts(3, [0, 0, 99], [0, 1, 1], [2, 0, 5], [2, 2, 5]);
    const level = (truth: number, read: number, faintest?: number) => shaded.level([truth, read], faintest);
    expect([level(0, 0), level(0, 1), level(0, 2), level(1, 1), level(2, 0), level(2, 2)]).toEqual([5, 1, 0, 0, 3, 3]);
    expect(level(0, 1, 3)).toBe(3);
  });

  it("puts the classes first that are misread most, whether as true or as read ones", () => {
    const ordered = counts(9, [1, 1, 9], [4, 7, 5], [7, 7, 1], [8, 1, 1]);
    expect(ordered.byErrors()).toEqual([4, 7, 1, 8]);
  });

  it("has no rows, and no confusions", () => {
    const none = counts(2);
    expect([none.rows, none.occurring, none.confused, none.byErrors()]).toEqual([0, [], [], []]);
  });
});
