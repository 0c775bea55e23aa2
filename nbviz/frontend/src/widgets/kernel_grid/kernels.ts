/** The kernels of a layer: their wire and their numbers. */

import { abs, hypot, max, min } from "../../style/math.ts";
import type { KernelGridWire } from "../../wire.ts";
import { decodeArrays } from "../arrays.ts";
import { largestFirst } from "../tiles/tile_order.ts";

export type View = "auto" | "rgb" | "channels" | "norm";
/** What a tile shows: three channels as colours, one in channel, the norm over all. */
export type Look = Exclude<View, "auto">;
export type Sort = "index" | "norm" | "similarity" | "importance";

/** One tile; channel null: all in channels. */
export interface Tile {
  readonly filter: number;
  readonly channel: number | null;
}

export interface Kernels {
  readonly wire: KernelGridWire;
  /** Numbers of one kernel in one channel. */
  readonly size: number;
  /** (filters, channels sent, size). */
  readonly values: Float32Array;
  /** (filters, size), over all channels. */
  readonly norms: Float32Array;
  readonly filterNorm: Float32Array;
  readonly bias: Float32Array | null;
  readonly firstInput: Int32Array;
  readonly importance: Float32Array | null;
  readonly similarity: Int32Array | null;
}

/** Null where there are none, or the numbers are not all there, as between two messages. */
export function decodeKernels(wire: Partial<KernelGridWire>, numbers: DataView | undefined): Kernels | null {
  const arrays = decodeArrays(wire.arrays, numbers);
  if (!arrays) return null;
  const { floats, whole } = arrays;
  const full = wire as KernelGridWire;
  const [values, norms, filterNorm, firstInput] = [
    floats("kernels"),
    floats("norms"),
    floats("filter"),
    whole("input"),
  ];
  const size = full.depth * full.rows * full.columns;
  if (!values || !norms || !filterNorm || !firstInput) return null;
  if (values.length !== full.filters * full.sent_channels * size) return null;
  return {
    wire: full,
    size,
    values,
    norms,
    filterNorm,
    bias: floats("bias"),
    firstInput,
    importance: floats("importance"),
    similarity: whole("similarity"),
  };
}

export function canBeColoured({ channels, sent_channels: sent, depth, flat }: KernelGridWire): boolean {
  return channels === 3 && sent === 3 && depth === 1 && !flat;
}

export function lookOf(wire: KernelGridWire, view: View): Look {
  if (view === "norm") return "norm";
  return canBeColoured(wire) && view !== "channels" ? "rgb" : "channels";
}

export function isSent({ first_channel: first, sent_channels: sent }: KernelGridWire, channel: number): boolean {
  return channel >= first && channel < first + sent;
}

/** The numbers of a filter in one in channel that has been sent. */
export function plane(kernels: Kernels, filter: number, channel: number): Float32Array {
  const { wire, size, values } = kernels;
  const at = (filter * wire.sent_channels + channel - wire.first_channel) * size;
  return values.subarray(at, at + size);
}

export function normPlane({ norms, size }: Kernels, filter: number): Float32Array {
  return norms.subarray(filter * size, (filter + 1) * size);
}

/** The planes that a tile is made of; none where its channel has not been sent. */
export function planesOf(kernels: Kernels, look: Look, { filter, channel }: Tile): Float32Array[] {
  if (look === "norm") return [normPlane(kernels, filter)];
  if (look === "rgb") return [0, 1, 2].map((at) => plane(kernels, filter, at));
  return isSent(kernels.wire, channel ?? 0) ? [plane(kernels, filter, channel ?? 0)] : [];
}

export function normOf(planes: readonly Float32Array[]): number {
  return hypot(...planes.map((values) => hypot(...values)));
}

/** The number of a tile that has the whole colour. */
export function scaleOf(kernels: Kernels, look: Look, planes: readonly Float32Array[], own: boolean): number {
  if (!own) return look === "norm" ? kernels.wire.norm_scale : kernels.wire.scale;
  let largest = 0;
  for (const values of planes)
    for (const value of values) if (Number.isFinite(value)) largest = max(largest, abs(value));
  return largest || 1;
}

/** The channel of the layer's input that an in channel of a filter is. */
export function inputOf({ firstInput }: Kernels, { filter, channel }: Tile): number {
  return (firstInput[filter] ?? 0) + (channel ?? 0);
}

/** Filters, top to bottom. */
export function orderOf({ wire, filterNorm, importance, similarity }: Kernels, sort: Sort): Int32Array {
  if (sort === "similarity" && similarity) return similarity;
  const by = sort === "norm" ? filterNorm : sort === "importance" ? importance : null;
  return largestFirst(wire.filters, (filter) => (by ? by[filter] : 0));
}

/** Level 0 to 255 of a number in a coloured tile: the middle is 0. */
export function level(value: number, scale: number): number {
  return 127.5 + 127.5 * max(-1, min(1, value / scale));
}
