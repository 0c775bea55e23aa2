import { describe, expect, it } from "vitest";
import { countUnknown, overlayOf } from "../../../src/widgets/feature_maps/maps.ts";
import {
  captionOf,
  factsOf,
  overlayWords,
  sampleWords,
  titleOf,
  valueAt,
  warningOf,
} from "../../../src/widgets/feature_maps/words.ts";
import { maps, message } from "./maps_of.ts";

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
