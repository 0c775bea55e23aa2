import { describe, expect, it } from "vitest";
import { halved, wrapType } from "../../src/picture/block_words.ts";
import { measure } from "./scene_of.ts";

describe("the type of a block", () => {
  it("stands in one line where there is room", () => {
    expect(wrapType("10 × Conv2D", 100, "", measure)).toEqual(["10 × Conv2D"]);
  });

  it("is broken between words, and goes without its dimensions, rather than cut", () => {
    expect(wrapType("10 × Conv2D", 36, "", measure)).toEqual(["10 ×", "Conv"]);
    expect(wrapType("GlobalAveragePooling2D", 40, "", measure)).toEqual(["Global", "Avg", "Pool"]);
    expect(wrapType("MaxPooling2D", 61, "", measure)).toEqual(["MaxPool"]);
  });

  it("is told in fewer words where whole ones have no room, and never by its first letter", () => {
    const said = (type: string, room: number) => wrapType(type, room, "", measure);
    expect(said("MultiHeadAttention", 60)).toEqual(["MultiHead", "Attention"]);
    expect(said("MultiHeadAttention", 40)).toEqual(["Attn"]);
    expect(said("Embedding", 40)).toEqual(["Embed"]);
    expect(said("LayerNormalization", 60)).toEqual(["LayerNorm"]);
    expect(said("LayerNormalization", 40)).toEqual(["Layer", "Norm"]);
  });
});

describe("a name in two lines", () => {
  it("is parted where a word begins, into about equal lengths", () => {
    expect(halved("multi_head_attention", "", measure)).toEqual(["multi_head_", "attention"]);
    expect(halved("layer_normalization_1", "", measure)).toEqual(["layer_", "normalization_1"]);
  });

  it("is not parted within a word", () => {
    expect(halved("answer", "", measure)).toBeNull();
  });
});
