import { describe, expect, it } from "vitest";
import type { Arrays } from "../../../src/widgets/arrays.ts";
import { decodeSliding, type Sliding, sumOf } from "../../../src/widgets/feature_maps/sliding.ts";
import type { SlidingWire } from "../../../src/wire.ts";

const WIRE: SlidingWire = {
  rows: 2,
  columns: 2,
  channels: 2,
  strides: [1, 1],
  dilation: [1, 1],
  padded: [0, 0],
  input_rows: 3,
  input_columns: 3,
  input_channels: 2,
  on_picture: false,
  kernel_scale: 1,
  input_scale: 1,
};
const NUMBERS = {
  entering: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 0, 1, 0, 1, 0, 1, 0],
  kernels: [1, 0, 0, -1, 10, 0, 0, 10],
  bias: [0.5],
};

function sliding(changes: Partial<SlidingWire> = {}, own: Record<string, number[]> = {}): Sliding | null {
  const values: Record<string, number[]> = { ...NUMBERS, ...own };
  const arrays: Arrays = {
    floats: (key) => (values[key] ? Float32Array.from(values[key]) : null),
    whole: (key) => (values[key] ? Int32Array.from(values[key]) : null),
  };
  return decodeSliding({ ...WIRE, ...changes }, arrays);
}

describe("a number taken apart", () => {
  it("is patch times kernel, added up over all channels, and the bias", () => {
    const sum = sumOf(sliding()!, 0, 1, 0, 0);
    // Channel 0: 4 - 8 = -4; channel 1: 10 * 1 + 10 * 1 = 20.
    expect([sum.channel, sum.rank, sum.channels]).toEqual([1, 0, 2]);
    expect(sum.patch).toEqual([1, 0, 0, 1]);
    expect([...sum.kernel]).toEqual([10, 0, 0, 10]);
    expect(sum.products).toEqual([10, 0, 0, 10]);
    expect([sum.shown, sum.others, sum.bias, sum.total]).toEqual([20, -4, 0.5, 16.5]);
    expect(sum.largest).toBe(10);
  });

  it("shows the next smaller channel as the second", () => {
    const sum = sumOf(sliding()!, 0, 1, 0, 1);
    expect([sum.channel, sum.rank, sum.shown, sum.others, sum.total]).toEqual([0, 1, -4, 20, 16.5]);
    expect(sum.patch).toEqual([4, 5, 7, 8]);
  });

  it("has zeros where the patch reaches over the edge", () => {
    const sum = sumOf(sliding({ padded: [1, 1] })!, 0, 0, 0, 0);
    expect(sum.isPadding).toEqual([true, true, true, false]);
    expect(sum.patch).toEqual([0, 0, 0, 1]);
    expect(sum.box).toEqual({ top: -1, left: -1, rows: 2, columns: 2 });
    expect(sum.total).toBe(-1 + 0 + 0.5);
  });

  it("steps over the input by strides and dilation", () => {
    const sum = sumOf(sliding({ strides: [2, 2], dilation: [2, 2], padded: [1, 0] })!, 0, 1, 0, 1);
    // From row 2 * 1 - 1 = 1, column 0: rows 1 and 3, columns 0 and 2; row 3 is outside.
    expect(sum.patch).toEqual([4, 6, 0, 0]);
    expect(sum.isPadding).toEqual([false, false, true, true]);
    expect(sum.box).toEqual({ top: 1, left: 0, rows: 3, columns: 3 });
  });

  it("reads the channels of its group only", () => {
    const own = { kernels: [1, 1, 1, 1, 2, 2, 2, 2], first_input: [0, 1], bias: [0, 0] };
    const grouped = sliding({ channels: 1 }, own)!;
    expect(sumOf(grouped, 0, 0, 0, 0).total).toBe(1 + 2 + 4 + 5);
    const second = sumOf(grouped, 1, 0, 0, 0);
    expect([second.channel, second.total]).toEqual([1, 2 * (0 + 1 + 1 + 0)]);
  });

  it("shows a channel that holds no number first", () => {
    const broken = [...NUMBERS.entering];
    broken[0] = Number.NaN;
    const sum = sumOf(sliding({}, { entering: broken })!, 0, 0, 0, 0);
    expect(sum.channel).toBe(0);
    expect(sum.total).toBeNaN();
    expect(sum.largest).toBe(5);
  });

  it("is none while its numbers are not all there", () => {
    expect(sliding({}, { entering: [1, 2] })).toBeNull();
    expect(decodeSliding(null, { floats: () => null, whole: () => null })).toBeNull();
  });
});
