import { describe, expect, it } from "vitest";
import {
  classPlace,
  countUnknown,
  decodeMaps,
  type Maps,
  orderOf,
  overlayOf,
  plane,
  scaleOf,
} from "../../../src/widgets/feature_maps/maps.ts";
import {
  captionOf,
  factsOf,
  overlayWords,
  sampleWords,
  titleOf,
  valueAt,
  warningOf,
} from "../../../src/widgets/feature_maps/words.ts";
import { message } from "./maps_of.ts";

function maps(...given: Parameters<typeof message>): Maps {
  const { wire, numbers } = message(...given);
  return decodeMaps(wire, numbers)!;
}

describe("the numbers", () => {
  it("are found by their keys", () => {
    expect([...plane(maps(), "after", 1)]).toEqual([0, 2, 3, 0]);
    expect([...plane(maps(), "before", 1)]).toEqual([-3, 2, 3, -1]);
  });

  it("are none while they are not all there", () => {
    const { wire, numbers } = message();
    expect(decodeMaps(wire, new DataView(numbers.buffer, 1, 60))).toBeNull();
    expect(decodeMaps({ ...wire, channels: 5 }, numbers)).toBeNull();
    expect(decodeMaps({}, numbers)).toBeNull();
  });

  it("have the whole colour at the layer's scale, or at a map's own largest", () => {
    expect(scaleOf(maps(), "after", plane(maps(), "after", 1), false)).toBe(4);
    expect(scaleOf(maps(), "before", plane(maps(), "before", 1), false)).toBe(5);
    expect(scaleOf(maps(), "before", plane(maps(), "before", 1), true)).toBe(3);
    expect(scaleOf(maps(), "after", Float32Array.of(0, 0), true)).toBe(1);
  });
});

describe("the order", () => {
  it("is by index, by the mean, or by the size of the importance for the class", () => {
    expect([...orderOf(maps(), "index", 0)]).toEqual([0, 1, 2]);
    expect([...orderOf(maps(), "activation", 0)]).toEqual([2, 1, 0]);
    expect([...orderOf(maps(), "importance", 0)]).toEqual([1, 2, 0]);
    expect([...orderOf(maps(), "importance", 1)]).toEqual([1, 2, 0]);
  });

  it("puts what is no number last", () => {
    const broken = maps({}, { mean: [Number.NaN, 1, 2] });
    expect([...orderOf(broken, "activation", 0)]).toEqual([2, 1, 0]);
  });
});

describe("the class", () => {
  it("is the selected one, else the predicted, else the first", () => {
    expect(classPlace(maps(), 0)).toBe(0);
    expect(classPlace(maps(), null)).toBe(1);
    expect(classPlace(maps({ predicted: null }), null)).toBe(0);
    expect(classPlace(maps(), 7)).toBe(-1);
    expect(classPlace(maps({ classes: [] }), null)).toBe(-1);
  });

  it("has an overlay of its own", () => {
    const numbers = overlayOf(maps(), "grad_cam", 0)!;
    expect([[...numbers.values], numbers.rows, numbers.columns, numbers.scale]).toEqual([[0, 1, 2, 3], 2, 2, 3]);
    expect(overlayOf(maps(), "none", 0)).toBeNull();
    expect(overlayOf(maps(), "attribution", 0)).toBeNull();
    expect(overlayOf(maps(), "grad_cam", -1)).toBeNull();
  });
});

describe("the words", () => {
  it("say what is shown", () => {
    expect(captionOf(maps(), "before", "importance", 1)).toBe(
      "3 maps of 2 × 2 · Conv2D · before relu · sample 4 of 20 · most important for dog first",
    );
    expect(sampleWords(message({ sample: null, averaged: 20 }).wire)).toBe("mean over 20 samples");
    expect(sampleWords(message({ sample: null, averaged: 5 }).wire)).toBe("mean over 5 of 20 samples");
  });

  it("tell the number under the pointer, and of blocks where they are", () => {
    const at = { channel: 1, row: 1, column: 0 };
    expect(valueAt(maps(), "before", at)).toBe(3);
    expect(titleOf(maps(), at)).toBe("map 1, row 1, column 0");
    expect(titleOf(maps({ all_rows: 6, all_columns: 2 }), at)).toBe("map 1, row 3 to 5, column 0");
    expect(factsOf(maps(), "after", false, at, 0)).toEqual([
      "+3.00 here · mean 1.25, from 0.00 to 3.00",
      "scale ±4.00, whole layer",
      "importance for cat −0.90: weight × mean",
    ]);
  });

  it("name what is no number, also where the activation hides it", () => {
    expect(warningOf(maps())).toBe("");
    const hidden = maps({}, { before: [Number.NaN, ...Array(11).fill(0)] });
    expect(countUnknown(hidden, "after")).toBe(0);
    expect(warningOf(hidden)).toBe("conv: NaN or infinity in 1 of 3 maps before relu");
    const all = maps({}, { after: Array(12).fill(Number.NaN), before: Array(12).fill(Number.NaN) });
    expect(warningOf(all)).toBe("conv: NaN or infinity in every map");
  });

  it("say why there is no overlay", () => {
    const zero = overlayOf(maps(), "grad_cam", 1);
    expect(overlayWords(maps(), "grad_cam", zero, 1, true)).toContain("Grad-CAM is 0 everywhere");
    const none = maps({ grad_cam_error: "Expected Keras on TensorFlow." });
    expect(overlayWords(none, "grad_cam", null, -1, true)).toBe("No Grad-CAM: Expected Keras on TensorFlow.");
    expect(overlayWords(maps(), "attribution", null, 0, false)).toBe("needs a running kernel");
  });
});
