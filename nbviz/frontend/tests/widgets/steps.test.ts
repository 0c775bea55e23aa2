import { describe, expect, it } from "vitest";
import { indexAt, nearestTo } from "../../src/widgets/steps.ts";

describe("finding a moment", () => {
  const moments = [0, 6, 12, 60].map((step) => ({ step }));

  it("takes the latest at or before a step, the first where there is none", () => {
    expect([-1, 0, 5, 6, 59, 60, 99].map((step) => indexAt(moments, step))).toEqual([0, 0, 0, 1, 2, 3, 3]);
  });

  it("takes the nearest one under a pointer", () => {
    expect([0, 2, 4, 30, 40, 99].map((step) => nearestTo(moments, step))).toEqual([0, 0, 1, 2, 3, 3]);
  });
});
