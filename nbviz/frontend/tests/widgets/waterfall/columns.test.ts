import { describe, expect, it } from "vitest";
import { placeColumns } from "../../../src/widgets/waterfall/columns.ts";

describe("placeColumns", () => {
  it("makes a logit as wide in every column and leaves room for labels", () => {
    const columns = placeColumns([[0, 0]], [[4, -1]], [[20, 20]], 254);
    // 254 px - 14 between the columns - 2 x 20 of labels are left for 5 logits.
    expect(columns.perUnit).toBeCloseTo(40);
    expect(columns.zero[0]).toBeCloseTo(0);
    expect(columns.zero[1]).toBeCloseTo(254);
    expect(columns.right[0]).toBeCloseTo(4 * 40 + 20);
    expect(columns.left[1]).toBeCloseTo(254 - 40 - 20);
  });

  it("has room for the headings where the bars need less", () => {
    const columns = placeColumns([[0, 0]], [[10, 0.1]], [[20, 20]], 300, [60, 60]);
    expect(columns.right[1]! - columns.left[1]!).toBeGreaterThanOrEqual(60 - 1e-6);
    expect(columns.perUnit).toBeCloseTo((300 - 14 - 60 - 20) / 10);
  });

  it("has a place for nothing at all", () => {
    const columns = placeColumns([[0], [0]], [[0], [0]], [[20], [20]], 100);
    expect(columns.zero).toEqual([0]);
    expect(columns.perUnit).toBeGreaterThan(0);
  });
});
