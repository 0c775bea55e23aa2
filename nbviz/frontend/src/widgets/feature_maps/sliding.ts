/** A number of a map taken apart: the patch under the kernel, the kernel, their products and what they add up to. */

import { abs, floor, max } from "../../style/math.ts";
import type { SlidingWire } from "../../wire.ts";
import type { Arrays } from "../arrays.ts";
import { largestFirst } from "../tiles/tile_order.ts";

export interface Sliding {
  readonly wire: SlidingWire;
  /** (input channels, rows, columns). */
  readonly entering: Float32Array;
  /** (channels, input channels of a kernel, rows, columns). */
  readonly kernels: Float32Array;
  readonly bias: Float32Array | null;
  readonly firstInput: Int32Array | null;
}

/** Where a patch lies on the input, in its places; may reach over the edge. */
export interface Box {
  readonly top: number;
  readonly left: number;
  /** From the first to the last number under the kernel. */
  readonly rows: number;
  readonly columns: number;
}

export interface Sum {
  /** The input channel shown; `rank` of them add more to the sum or take more from it. */
  readonly channel: number;
  readonly rank: number;
  readonly channels: number;
  /** Numbers of the patch, row by row; 0 where it is padding. */
  readonly patch: readonly number[];
  readonly isPadding: readonly boolean[];
  readonly kernel: Float32Array;
  readonly products: readonly number[];
  /** Largest size of a product, of all channels. */
  readonly largest: number;
  /** Of the products of the channel shown. */
  readonly shown: number;
  /** Of those of all other channels. */
  readonly others: number;
  readonly bias: number | null;
  /** All together: the number before the activation. */
  readonly total: number;
  readonly box: Box;
}

/** Null where a layer does not slide kernels, or the numbers are not all there. */
export function decodeSliding(wire: SlidingWire | null | undefined, { floats, whole }: Arrays): Sliding | null {
  const [entering, kernels] = [floats("entering"), floats("kernels")];
  if (!wire || !entering || !kernels) return null;
  if (entering.length !== wire.input_channels * wire.input_rows * wire.input_columns) return null;
  return { wire, entering, kernels, bias: floats("bias"), firstInput: whole("first_input") };
}

/** The numbers of one channel of the input. */
export function inputPlane({ wire, entering }: Sliding, channel: number): Float32Array {
  const size = wire.input_rows * wire.input_columns;
  return entering.subarray(channel * size, (channel + 1) * size);
}

export function boxOf({ strides, dilation, padded, rows, columns }: SlidingWire, row: number, column: number): Box {
  return {
    top: row * strides[0]! - padded[0]!,
    left: column * strides[1]! - padded[1]!,
    rows: (rows - 1) * dilation[0]! + 1,
    columns: (columns - 1) * dilation[1]! + 1,
  };
}

/** `rank`: which of the input channels is shown, the one that adds or takes most first. */
export function sumOf(sliding: Sliding, channel: number, row: number, column: number, rank: number): Sum {
  const { wire, kernels, bias, firstInput } = sliding;
  const { rows, columns, channels, dilation } = wire;
  const size = rows * columns;
  const box = boxOf(wire, row, column);
  const places = Int32Array.from({ length: size }, (_, at) => {
    const y = box.top + floor(at / columns) * dilation[0]!;
    const x = box.left + (at % columns) * dilation[1]!;
    const inside = y >= 0 && y < wire.input_rows && x >= 0 && x < wire.input_columns;
    return inside ? y * wire.input_columns + x : -1;
  });
  const first = firstInput?.[channel] ?? 0;
  const kernelOf = (input: number) => {
    const from = (channel * channels + input) * size;
    return kernels.subarray(from, from + size);
  };
  const sums = new Float64Array(channels);
  let largest = 0;
  for (let input = 0; input < channels; input++) {
    const [values, kernel] = [inputPlane(sliding, first + input), kernelOf(input)];
    for (let at = 0; at < size; at++) {
      // Nothing is multiplied where there is nothing: a NaN in the kernel stays outside the picture.
      if (places[at]! < 0) continue;
      const product = values[places[at]!]! * kernel[at]!;
      sums[input]! += product;
      if (Number.isFinite(product)) largest = max(largest, abs(product));
    }
  }
  // What is no number has made the whole sum none: it comes first.
  const order = largestFirst(channels, (input) => (Number.isNaN(sums[input]!) ? Infinity : abs(sums[input]!)));
  const input = order[rank] ?? order[0]!;
  const [values, kernel] = [inputPlane(sliding, first + input), kernelOf(input)];
  const patch = Array.from(places, (place) => (place < 0 ? 0 : values[place]!));
  let others = 0;
  for (const other of order) if (other !== input) others += sums[other]!;
  const ownBias = bias ? bias[channel]! : null;
  return {
    channel: first + input,
    rank: max(0, order.indexOf(input)),
    channels,
    patch,
    isPadding: Array.from(places, (place) => place < 0),
    kernel,
    products: patch.map((value, at) => (places[at]! < 0 ? 0 : value * kernel[at]!)),
    largest,
    shown: sums[input]!,
    others,
    bias: ownBias,
    total: sums[input]! + others + (ownBias ?? 0),
    box,
  };
}
