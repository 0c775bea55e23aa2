import { describe, expect, it } from "vitest";
import { besideRest, emphasise, lineStroke, normStroke, pathStroke, ribbonStroke } from "../../src/picture/strokes.ts";

describe("lineStroke", () => {
  it("goes from a hair to a bold line", () => {
    expect(lineStroke(0, 0.25)).toEqual({ ratio: 0, width: 0.4, opacity: 0.07 });
    const bold = lineStroke(-0.25, 0.25);
    expect([bold.ratio, bold.width]).toEqual([-1, 3.3]);
    expect(bold.opacity).toBeCloseTo(0.9, 12);
  });

  it("keeps what is half as strong thin and pale", () => {
    const { ratio, width, opacity } = lineStroke(0.5, 1);
    expect(ratio).toBe(0.5);
    // 0.4 + 2.9 * 0.5^1.4 and 0.07 + 0.83 * 0.5^2.4
    expect(width).toBeCloseTo(1.4989, 3);
    expect(opacity).toBeCloseTo(0.2273, 3);
  });

  it("does not grow beyond its scale", () => {
    expect(lineStroke(9, 1)).toEqual(lineStroke(1, 1));
  });

  it("marks a number that is not finite", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(lineStroke(value, 1).ratio).toBeNaN();
  });

  it("draws nothing bold where all weights are zero", () => {
    expect(lineStroke(0, 0).ratio).toBe(0);
  });
});

describe("normStroke", () => {
  it("reaches what a line reaches, and keeps what is 0.7 as large thinner and paler", () => {
    expect(normStroke(-2, 2)).toEqual(lineStroke(-2, 2));
    const { width, opacity } = normStroke(0.7, 1);
    // 0.4 + 2.9 * 0.7^2.8 and 0.07 + 0.83 * 0.7^4.8
    expect(width).toBeCloseTo(1.4682, 3);
    expect(opacity).toBeCloseTo(0.2198, 3);
    expect(width).toBeLessThan(lineStroke(0.7, 1).width);
  });
});

describe("ribbonStroke", () => {
  it("is wider, since faces have room", () => {
    const bold = ribbonStroke(1, 1);
    expect([bold.ratio, bold.width]).toEqual([1, 5.8]);
    expect(bold.opacity).toBeCloseTo(0.96, 12);
    expect(ribbonStroke(0, 1)).toEqual({ ratio: 0, width: 0.8, opacity: 0.28 });
  });
});

describe("emphasise", () => {
  it("never leaves a lit edge a hair", () => {
    expect(emphasise(lineStroke(0, 1), "lit")).toEqual({ ratio: 0, width: 1.2, opacity: 0.5 });
  });

  it("dims the others to a hint", () => {
    expect(emphasise(lineStroke(1, 1), "dimmed").opacity).toBe(0.05);
  });
});

describe("besideRest", () => {
  it("is as wide as on the whole scale and as strong as among the units", () => {
    const mixed = besideRest(pathStroke, 1, 10, 2);
    expect(mixed.width).toBe(pathStroke(1, 10).width);
    expect([mixed.ratio, mixed.opacity]).toEqual([pathStroke(1, 2).ratio, pathStroke(1, 2).opacity]);
    expect(besideRest(pathStroke, 10, 10, 2)).toEqual(pathStroke(10, 10));
  });

  it("is the plain stroke where units reach as far", () => {
    expect(besideRest(lineStroke, 1, 2, 2)).toEqual(lineStroke(1, 2));
    expect(besideRest(lineStroke, 2, 2, 0)).toEqual(lineStroke(2, 2));
  });
});
