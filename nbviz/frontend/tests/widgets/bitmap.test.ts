import { afterEach, describe, expect, it, vi } from "vitest";
import { bitmap } from "../../src/widgets/bitmap.ts";

afterEach(() => vi.unstubAllGlobals());

/** A page whose canvases draw nothing but keep what they are given. */
function pageOf(context: unknown): void {
  const canvas = { append: () => {}, getContext: () => context };
  vi.stubGlobal("document", { createElement: () => canvas });
}

describe("a bitmap", () => {
  it("has a pixel for each colour, row by row, with its opacity", () => {
    const data = new Uint8ClampedArray(8);
    const put = vi.fn();
    pageOf({ createImageData: () => ({ data }), putImageData: put });
    const made = bitmap(1, 2, (at) => [[10 + at, 20, 30], at === 0 ? 1 : 0.5]);
    expect([made?.width, made?.height]).toEqual([2, 1]);
    expect([...data]).toEqual([10, 20, 30, 255, 11, 20, 30, 128]);
    expect(put).toHaveBeenCalledOnce();
  });

  it("is none where there is nothing to draw on", () => {
    pageOf(null);
    expect(bitmap(1, 1, () => [[0, 0, 0], 1])).toBeNull();
  });
});
