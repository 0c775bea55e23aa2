import { describe, expect, it } from "vitest";
import { placesOf, readSort, sortRows } from "../../../src/widgets/importance_matrix/order.ts";
import { tableOf, wireOf } from "./table_of.ts";

const table = tableOf(wireOf(["unit 10", "unit 2", "Unit 1", "unit 3"], ["x", "y"]), {
  share: [0.1, 0.4, 0.5, 0.2, Number.NaN, 0.2, 0.1, 0.1],
  mean: [0.25, 0.35, 0.2, 0.35],
});

describe("sortRows", () => {
  it("puts the strongest of a class first, equal ones as given, unknown ones last", () => {
    expect([...sortRows(table, { column: 0 })]).toEqual([1, 0, 3, 2]);
    expect([...sortRows(table, { column: 1 })]).toEqual([0, 1, 2, 3]);
  });

  it("goes by the mean over classes", () => {
    expect([...sortRows(table, "mean")]).toEqual([1, 3, 0, 2]);
  });

  it("goes by all strength among what is not above the noise floor", () => {
    const strength = [1, 2, 3, 1, 9, 1, 2, 9];
    const shares = { share: [0, 0, 0, 0, 1, 0, 0, 1], mean: [0, 0, 0.5, 0.5], strength };
    const above = { ...tableOf(wireOf(["a", "b", "c", "d"], ["x", "y"]), shares), isAbove: true };
    // Of x 1, 3, 9 and 2 of 15, of y 2, 1, 2 and 9 of 14: sums 0.21, 0.27, 0.74 and 0.78.
    expect([...sortRows(above, "mean")]).toEqual([3, 2, 1, 0]);
    expect([...sortRows(above, { column: 1 })]).toEqual([3, 0, 1, 2]);
  });

  it("reads numbers in names as numbers", () => {
    expect([...sortRows(table, "name")]).toEqual([2, 1, 3, 0]);
  });

  it("keeps the order given", () => {
    expect([...sortRows(table, "given")]).toEqual([0, 1, 2, 3]);
  });
});

describe("readSort", () => {
  it("falls back to the mean for a class that a table has not", () => {
    expect(readSort("class:1", 2)).toEqual({ column: 1 });
    expect(readSort("class:2", 2)).toBe("mean");
    expect(readSort("class:x", 2)).toBe("mean");
  });
});

describe("placesOf", () => {
  it("turns an order round", () => {
    expect([...placesOf(Uint32Array.of(2, 0, 1))]).toEqual([1, 2, 0]);
  });
});
