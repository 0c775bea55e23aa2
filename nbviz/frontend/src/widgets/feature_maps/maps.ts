/** The maps of a layer: their wire and their numbers. */

import { abs, max } from "../../style/math.ts";
import type { FeatureMapsWire } from "../../wire.ts";
import { decodeArrays } from "../arrays.ts";
import { largestFirst } from "../tiles/tile_order.ts";
import { decodeSliding, type Sliding } from "./sliding.ts";

export type Stage = "after" | "before";
export type Sort = "index" | "activation" | "importance";
export type Overlay = "none" | "grad_cam" | "attribution";

export interface Maps {
  readonly wire: FeatureMapsWire;
  /** Numbers of one map. */
  readonly size: number;
  /** (channels, size). */
  readonly after: Float32Array;
  readonly before: Float32Array | null;
  readonly mean: Float32Array;
  /** (rows, columns, bands) of the input, as sent. */
  readonly input: Float32Array | null;
  /** (classes, channels). */
  readonly importance: Float32Array | null;
  /** (classes, size). */
  readonly gradCam: Float32Array | null;
  /** (classes, positions of the input). */
  readonly attribution: Float32Array | null;
  readonly sliding: Sliding | null;
}

/** Null where there are none, or the numbers are not all there, as between two messages. */
export function decodeMaps(wire: Partial<FeatureMapsWire>, numbers: DataView | undefined): Maps | null {
  const arrays = decodeArrays(wire.arrays, numbers);
  if (!arrays) return null;
  const full = wire as FeatureMapsWire;
  const [after, mean, size] = [arrays.floats("after"), arrays.floats("mean"), full.rows * full.columns];
  if (!after || !mean || after.length !== full.channels * size) return null;
  return {
    wire: full,
    size,
    after,
    before: arrays.floats("before"),
    mean,
    input: arrays.floats("input"),
    importance: arrays.floats("importance"),
    gradCam: arrays.floats("grad_cam"),
    attribution: arrays.floats("attribution"),
    sliding: decodeSliding(full.sliding, arrays),
  };
}

/** Whether each pixel is one number of the map, and what it is made of is known. */
export function canTakeApart({ sliding, wire }: Maps): boolean {
  return sliding !== null && wire.rows === wire.all_rows && wire.columns === wire.all_columns;
}

/** The numbers of a map. */
export function plane(maps: Maps, stage: Stage, channel: number): Float32Array {
  const values = (stage === "before" && maps.before) || maps.after;
  return values.subarray(channel * maps.size, (channel + 1) * maps.size);
}

export function largest(values: Float32Array): number {
  let found = 0;
  for (const value of values) if (Number.isFinite(value)) found = max(found, abs(value));
  return found;
}

/** The number of a map that has the whole colour. */
export function scaleOf(maps: Maps, stage: Stage, values: Float32Array, own: boolean): number {
  if (own) return largest(values) || 1;
  return stage === "before" ? maps.wire.before_scale : maps.wire.scale;
}

/** Place among the classes sent of the one whose evidence is shown; -1 where it has not been sent. */
export function classPlace({ wire }: Maps, selected: number | null): number {
  if (wire.classes.length === 0) return -1;
  return wire.classes.indexOf(selected ?? wire.predicted ?? wire.classes[0]!);
}

/** (channels,) for one class; null where unknown. */
export function importanceOf({ importance, wire }: Maps, place: number): Float32Array | null {
  if (!importance || place < 0) return null;
  return importance.subarray(place * wire.channels, (place + 1) * wire.channels);
}

export interface OverlayNumbers {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The largest size, 0 where all is 0. */
  readonly scale: number;
}

/** What lies over the input; null where it has not been sent. */
export function overlayOf(maps: Maps, overlay: Overlay, place: number): OverlayNumbers | null {
  if (place < 0 || overlay === "none") return null;
  const all = overlay === "grad_cam" ? maps.gradCam : maps.attribution;
  if (!all) return null;
  const size = all.length / maps.wire.classes.length;
  const values = all.subarray(place * size, (place + 1) * size);
  if (overlay === "grad_cam") {
    return { values, rows: maps.wire.rows, columns: maps.wire.columns, scale: largest(values) };
  }
  const columns = maps.wire.input!.columns;
  return { values, rows: size / columns, columns, scale: largest(values) };
}

/** How many maps hold what is no number. */
export function countUnknown(maps: Maps, stage: Stage): number {
  let count = 0;
  for (let channel = 0; channel < maps.wire.channels; channel++)
    if (!plane(maps, stage, channel).every(Number.isFinite)) count++;
  return count;
}

/** Channels in the order of their tiles. */
export function orderOf(maps: Maps, sort: Sort, place: number): Int32Array {
  const by = sort === "activation" ? maps.mean : sort === "importance" ? importanceOf(maps, place) : null;
  return largestFirst(maps.wire.channels, (channel) => {
    const value = by ? by[channel] : 0;
    return sort === "importance" && value !== undefined ? abs(value) : value;
  });
}
