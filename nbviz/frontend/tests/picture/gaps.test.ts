import { describe, expect, it } from "vitest";
import { fillSpan } from "../../src/picture/gaps.ts";

describe("fillSpan", () => {
  it("shares the room by the fractions", () => {
    const [first, second] = fillSpan(300, [0.5, 0.5], [100, 100]);
    expect(first).toBeCloseTo(150, 6);
    expect(second).toBeCloseTo(150, 6);
  });

  it("lets no gap fall below its least", () => {
    const [first, second] = fillSpan(300, [0.5, 0.5], [100, 180]);
    expect(first).toBeCloseTo(120, 6);
    expect(second).toBe(180);
  });

  it("grows to 240 px, then leaves margins", () => {
    expect(fillSpan(2000, [0.5, 0.5], [100, 100])).toEqual([240, 240]);
  });
});
