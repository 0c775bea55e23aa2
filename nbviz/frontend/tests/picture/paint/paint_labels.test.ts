import { describe, expect, it } from "vitest";
import { winners } from "../../../src/picture/paint/paint_labels.ts";

describe("winners", () => {
  it("are the one largest of a softmax, the first of equals", () => {
    expect([...winners(Float32Array.of(0.25, 0.5, 0.25), "softmax")]).toEqual([1]);
    expect([...winners(Float32Array.of(0.5, 0.5), "softmax")]).toEqual([0]);
    expect([...winners(Float32Array.of(Number.NaN, 0.5), "softmax")]).toEqual([1]);
  });

  it("are all above one half of a sigmoid, and none of numbers", () => {
    expect([...winners(Float32Array.of(0.25, 0.5, 0.75), "sigmoid")]).toEqual([2]);
    expect([...winners(Float32Array.of(1, 2), "linear")]).toEqual([]);
    expect([...winners(null, "softmax")]).toEqual([]);
  });
});
