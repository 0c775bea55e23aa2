/** A frame's bytes, read. */

import { UNKNOWN } from "../style/numbers.ts";
import type { FrameWire, NetworkWire } from "../wire.ts";
import { widened, withAsked } from "./asked_units.ts";
import { type Arrays, readArrays, readHeader } from "./packed_arrays.ts";

/** One moment of the network: the header and the arrays by their keys. */
export interface Moment extends Arrays {
  header: FrameWire;
}

/** The moment in these bytes, or null where they belong to another version of the network. */
export function decodeFrame(frame: ArrayBufferView | null | undefined, network: NetworkWire): Moment | null {
  const read = readHeader<FrameWire>(frame);
  if (read?.header.version !== network.version) return null;
  const { header, payload } = read;
  if (header.arrays === null) return { header, ...readArrays(payload, network.arrays) };
  return { header, ...widened(withAsked(network, header), readArrays(payload, header.arrays)) };
}

export function floats(moment: Moment, key: string): Float32Array | null {
  const values = moment.arrays.get(key);
  return values instanceof Float32Array ? values : null;
}

/** The number at a row; NaN where the frame has no such array. */
export function numberAt(moment: Moment, key: string, row: number): number {
  return moment.arrays.get(key)?.[row] ?? UNKNOWN;
}

/** Whether the colours are means over x and not one sample's. */
export function isMean(header: FrameWire): boolean {
  return header.sample === null && header.sample_name !== null && header.sample_name.startsWith("mean ");
}
