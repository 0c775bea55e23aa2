import { describe, expect, it } from "vitest";
import { characters, elide } from "../../src/style/text.ts";

const measure = (text: string) => 10 * characters(text).length;

describe("elide", () => {
  it("leaves what fits", () => {
    expect(elide("hue", 30, "", measure)).toBe("hue");
  });

  it("cuts the end", () => {
    expect(elide("proanthocyanins", 80, "", measure)).toBe("proanth…");
  });

  it("does not cut a character in two", () => {
    expect(elide("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 20, "", measure)).toBe("👩‍👩‍👧‍👦…");
  });
});
