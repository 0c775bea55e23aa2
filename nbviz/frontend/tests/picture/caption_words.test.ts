import { describe, expect, it } from "vitest";
import { countText, kernelText, typeText } from "../../src/picture/caption_words.ts";
import { layer, network } from "./network.ts";

describe("the words of captions", () => {
  it("drop the type before the activation", () => {
    expect(typeText(network().layers[1]!, false)).toBe("relu");
    expect(typeText(network().layers[2]!, false)).toBe("Dense");
  });

  it("count in words", () => {
    expect(countText(network().layers[0]!)).toBe("2 inputs");
    expect(countText(network().layers[2]!)).toBe("1 unit");
  });

  it("tell the strides of a kernel, once where they are the same", () => {
    const up = layer({ ...network().layers[1]!, kind: "conv", window: [3, 3], strides: [2, 2] });
    expect(kernelText(up)).toBe("3 × 3 / 2");
    expect(kernelText({ ...up, strides: [2, 1] })).toBe("3 × 3 / 2 × 1");
  });
});
