import { describe, expect, it } from "vitest";
import { stepTicks, stepWords } from "../../src/widgets/plane_steps.ts";

const planeOf = (steps: number, block = 1) => ({ lanes: ["a"], features: [0], others: 0, steps, block, words: "" });

describe("numbers of steps", () => {
  it.each([
    [1, 300, [0]],
    [6, 300, [0, 1, 2, 3, 4, 5]],
    [30, 300, [0, 5, 10, 15, 20, 25]],
    [10_000, 300, [0, 2000, 4000, 6000, 8000]],
    [7, 20, [0]],
  ])("of %i steps in %i px are %j", (steps, width, expected) => {
    expect(stepTicks(planeOf(steps), width).map(({ step }) => step)).toEqual(expected);
  });

  it("stand beneath the middle of their step", () => {
    expect(stepTicks(planeOf(4), 400).map(({ x }) => x)).toEqual([50, 150, 250, 350]);
  });
});

describe("steps in words", () => {
  it("says which a column is, the last one shorter", () => {
    expect(stepWords(planeOf(30), 12)).toBe("step 12");
    expect(stepWords(planeOf(10_000, 42), 1)).toBe("steps 42–83");
    expect(stepWords(planeOf(10_000, 42), 238)).toBe("steps 9\u2009996–9\u2009999");
  });
});
