import { describe, expect, it } from "vitest";
import {
  atOrBefore,
  epochWords,
  heightAt,
  nearestStep,
  valueAt,
  valueWords,
} from "../../../src/widgets/training_charts/time.ts";

const NOTHING = Number.NaN;

describe("moments", () => {
  it("the latest at or before a step is shown, the first if there is none", () => {
    const steps = [0, 10, 20, 40];
    expect([-5, 0, 9, 10, 39, 40, 99].map((step) => atOrBefore(steps, step))).toEqual([0, 0, 0, 1, 2, 3, 3]);
    expect(atOrBefore([], 3)).toBe(-1);
  });

  it("a place on the axis means the moment that is nearest", () => {
    const steps = [0, 10, 20, 40];
    expect([0, 0.4, 0.6, 2.9, 3.1, 9].map((epoch) => nearestStep(steps, epoch, 10))).toEqual([0, 0, 10, 20, 40, 40]);
    expect(nearestStep([], 1, 10)).toBeNull();
    expect(nearestStep([6, 8], 0, 2)).toBe(6);
  });

  it("epochs are whole numbers where they are", () => {
    expect([44, 43.5, 0.04, 2.9999999999].map(epochWords)).toEqual(["44", "43.5", "0.0", "3"]);
  });
});

describe("a curve", () => {
  const [x, y] = [Float64Array.of(1, 2, 4), Float64Array.of(8, 6, 2)];

  it("tells the value last known", () => {
    expect([1, 1.9, 2, 3.9, 4, 100, Number.POSITIVE_INFINITY].map((at) => valueAt(x, y, at))).toEqual([
      8, 8, 6, 6, 2, 2, 2,
    ]);
    expect(valueAt(x, y, 0)).toBe(8);
    expect(valueAt([], [], 1)).toBeNaN();
  });

  it("is drawn straight between two points and nowhere else", () => {
    expect([1, 1.5, 3, 4].map((at) => heightAt(x, y, at))).toEqual([8, 7, 4, 2]);
    expect([0.5, 4.5].map((at) => heightAt(x, y, at))).toEqual([NOTHING, NOTHING]);
  });

  it("that ended in NaN says NaN although a last point closes it", () => {
    expect(valueAt([1, 2, 3, 3], [5, NOTHING, NOTHING, 0], 9)).toBeNaN();
    expect(valueAt([1, 2, 2, 2], [5, 4, 4, 4], 9)).toBe(4);
  });
});

it("values are told as Python tells them", () => {
  expect(valueWords(0.1014, "number")).toBe("0.101");
  expect(valueWords(-1.5, "number")).toBe("−1.500");
  expect(valueWords(12.34, "number")).toBe("12.3");
  expect(valueWords(0.00002, "number")).toBe("2e−5");
  expect(valueWords(95.56, "percent")).toBe("95.6 %");
  expect(valueWords(Number.NaN, "percent")).toBe("NaN");
  expect(valueWords(Number.POSITIVE_INFINITY, "number")).toBe("∞");
});
