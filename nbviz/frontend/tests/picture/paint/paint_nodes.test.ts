import { describe, expect, it } from "vitest";
import { wrapType } from "../../../src/picture/paint/paint_nodes.ts";
import { measure } from "../scene_of.ts";

describe("the type of a block", () => {
  it("stands in one line where there is room", () => {
    expect(wrapType("10 × Conv2D", 100, "", measure)).toEqual(["10 × Conv2D"]);
  });

  it("is broken between words, and goes without its dimensions, rather than cut", () => {
    expect(wrapType("10 × Conv2D", 36, "", measure)).toEqual(["10 ×", "Conv"]);
    expect(wrapType("GlobalAveragePooling2D", 40, "", measure)).toEqual(["Global", "Avg", "Pool"]);
    expect(wrapType("MaxPooling2D", 61, "", measure)).toEqual(["MaxPool"]);
  });
});
