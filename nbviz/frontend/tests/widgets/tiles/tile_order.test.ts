import { describe, expect, it } from "vitest";
import { largestFirst, placesOf } from "../../../src/widgets/tiles/tile_order.ts";

describe("the order of tiles", () => {
  it("has the largest first, and what is no number last", () => {
    const weights = [1, Number.NaN, 3, undefined, -2];
    expect([...largestFirst(5, (index) => weights[index])]).toEqual([2, 0, 4, 1, 3]);
  });

  it("leaves in place what weighs the same", () => {
    expect([...largestFirst(4, (index) => (index === 2 ? 1 : 0))]).toEqual([2, 0, 1, 3]);
    expect([...largestFirst(3, () => Infinity)]).toEqual([0, 1, 2]);
  });

  it("tells the place of each", () => {
    expect([...placesOf(Int32Array.of(2, 0, 1))]).toEqual([1, 2, 0]);
  });
});
