import { describe, expect, it } from "vitest";
import { decodeArrays } from "../../src/widgets/arrays.ts";
import type { ArrayWire } from "../../src/wire.ts";

const PLACES: ArrayWire[] = [
  { key: "share", dtype: "f4", shape: [2], offset: 0 },
  { key: "order", dtype: "i4", shape: [1, 1], offset: 8 },
];

/** 0.5, 2 and the whole number 7, from the third byte on. */
function numbers(length = 12): DataView {
  const view = new DataView(new ArrayBuffer(15), 3);
  view.setFloat32(0, 0.5, true);
  view.setFloat32(4, 2, true);
  view.setInt32(8, 7, true);
  return new DataView(view.buffer, 3, length);
}

describe("decodeArrays", () => {
  it("finds each array by its key, wherever the bytes begin", () => {
    const arrays = decodeArrays(PLACES, numbers())!;
    expect([...arrays.floats("share")!]).toEqual([0.5, 2]);
    expect([...arrays.whole("order")!]).toEqual([7]);
    expect(arrays.floats("absent")).toBeNull();
  });

  it("waits for numbers that are not all there", () => {
    expect(decodeArrays(PLACES, numbers(11))).toBeNull();
    expect(decodeArrays(PLACES, undefined)).toBeNull();
    expect(decodeArrays(undefined, numbers())).toBeNull();
  });
});
