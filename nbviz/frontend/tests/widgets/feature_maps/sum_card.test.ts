import { describe, expect, it } from "vitest";
import { tableSizes } from "../../../src/widgets/feature_maps/sum_card.ts";

describe("the tables", () => {
  it("stand side by side with their sum where there is room", () => {
    expect(tableSizes(3, 3, 968)).toEqual({ cell: 44, height: 24, isBare: false, isStacked: false });
    expect(tableSizes(3, 3, 568).cell).toBe(36);
  });

  it("take two lines before their numbers become unreadable", () => {
    expect(tableSizes(3, 3, 348)).toMatchObject({ cell: 44, isBare: false });
  });

  it("are colours only where the numbers of a large kernel do not fit", () => {
    const { cell, isBare } = tableSizes(7, 7, 568);
    expect(isBare).toBe(true);
    expect(3 * 7 * (cell + 1) + 40 + 176).toBeLessThanOrEqual(568);
    expect(tableSizes(11, 11, 348)).toMatchObject({ isBare: true });
    expect(3 * 11 * (tableSizes(11, 11, 348).cell + 1) + 40).toBeLessThanOrEqual(348);
  });

  it("stand one above the other for a sequence", () => {
    expect(tableSizes(1, 5, 600)).toMatchObject({ isStacked: true, cell: 44 });
    expect(tableSizes(1, 1, 600)).toMatchObject({ isStacked: false });
  });
});
