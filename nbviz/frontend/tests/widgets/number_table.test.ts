import { describe, expect, it } from "vitest";
import { decimalsFor, numberWords } from "../../src/widgets/number_table.ts";

describe("numbers in a table", () => {
  it("have decimals by the scale of the layer", () => {
    expect([0.97, 0.29, 0.05, 0.012, 5, 50, 500].map(decimalsFor)).toEqual([2, 2, 3, 3, 2, 2, 0]);
  });

  it("are said alike, with a sign where that matters", () => {
    expect([0.5, -0.25, 0].map((value) => numberWords(value, 0.97, true))).toEqual(["+0.50", "−0.25", "0.00"]);
    expect(numberWords(0.5, 0.97, false)).toBe("0.50");
  });
});
