import { describe, expect, it } from "vitest";
import { countText, typeText } from "../../src/picture/caption_words.ts";
import { network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

describe("captions", () => {
  it("say what a layer is and how much of it is shown", () => {
    const texts = sceneOf()
      .captions.lines.filter(({ layer }) => layer === 1)
      .map(({ text }) => text);
    expect(texts).toEqual(["hidden", "Dense · relu", "2 of 4 shown", "8 params"]);
  });

  it("never come closer than 8 px to each other or to a scale", () => {
    for (const width of [320, 600, 960]) {
      const { lines, scales } = sceneOf(network(), width).captions;
      const boxes = [
        ...lines.map(({ x, y, width: wide }) => ({ x0: x - wide / 2, x1: x + wide / 2, y0: y, y1: y + 15 })),
        ...scales.map(({ x, y, width: wide, lines: rows }) => ({
          x0: x - wide / 2,
          x1: x + wide / 2,
          y0: y,
          y1: y + 8 + 15 * rows.length,
        })),
      ];
      for (const [at, a] of boxes.entries()) {
        for (const b of boxes.slice(at + 1)) {
          const level = a.y0 < b.y1 && b.y0 < a.y1;
          if (level) expect(Math.max(a.x0 - b.x1, b.x0 - a.x1)).toBeGreaterThanOrEqual(8);
        }
      }
    }
  });

  it("drop the type before the activation", () => {
    expect(typeText(network().layers[1]!, false)).toBe("relu");
    expect(typeText(network().layers[2]!, false)).toBe("Dense");
  });

  it("count in words", () => {
    expect(countText(network().layers[0]!)).toBe("2 inputs");
    expect(countText(network().layers[2]!)).toBe("1 unit");
  });
});
