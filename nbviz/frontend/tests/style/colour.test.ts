import { describe, expect, it } from "vitest";
import { css, fromHex, inkOn, luminance, mix } from "../../src/style/colour.ts";
import { DARK, LIGHT, rampFromGround, rampFromZero, type Theme } from "../../src/style/theme.ts";

const light = { ...LIGHT, dark: false, font: "" } as Theme;

describe("the ramps", () => {
  it("start edges at grey and nodes at the ground", () => {
    expect(css(rampFromZero(light, 0))).toBe("rgb(232, 234, 235)");
    expect(css(rampFromGround(light, 0))).toBe("rgb(255, 255, 255)");
  });

  it("end in orange and blue", () => {
    expect(css(rampFromZero(light, -1))).toBe("rgb(245, 147, 34)");
    expect(css(rampFromGround(light, 5))).toBe("rgb(8, 119, 189)");
  });
});

describe("text", () => {
  it("takes dark ink above a luminance of 0.2", () => {
    expect(inkOn(LIGHT.positive)).toEqual([255, 255, 255]);
    expect(inkOn(LIGHT.negative)).toEqual(fromHex("#1f2328"));
  });

  it("has a contrast of 4.5 on its ground, in light and dark", () => {
    for (const theme of [LIGHT, DARK]) {
      for (const ink of [theme.ink1, theme.ink2, theme.ink3, theme.accent]) {
        const [high, low] = [luminance(ink), luminance(theme.background)].sort((a, b) => b - a);
        expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThan(4.5);
      }
    }
  });
});

describe("mix", () => {
  it("is half way at one half", () => {
    expect(mix([0, 0, 0], [100, 50, 20], 0.5)).toEqual([50, 25, 10]);
  });
});
