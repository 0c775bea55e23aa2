/** A frame's bytes, read. */

import { UNKNOWN } from "../numbers.ts";
import type { FrameWire, NetworkWire } from "../wire.ts";

export type Numbers = Float32Array | Int32Array | Uint8Array;

/** One moment of the network: the header and the arrays by their keys. */
export interface Moment {
  header: FrameWire;
  arrays: ReadonlyMap<string, Numbers>;
  shapes: ReadonlyMap<string, readonly number[]>;
}

const READ = {
  f4: (payload: ArrayBuffer, offset: number, length: number) => new Float32Array(payload, offset, length),
  i4: (payload: ArrayBuffer, offset: number, length: number) => new Int32Array(payload, offset, length),
  u1: (payload: ArrayBuffer, offset: number, length: number) => new Uint8Array(payload, offset, length),
};

/** The moment in these bytes, or null where they belong to another version of the network. */
export function decodeFrame(frame: ArrayBufferView | null | undefined, network: NetworkWire): Moment | null {
  if (!frame || frame.byteLength < 4) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const start = 4 + view.getUint32(0, true);
  const header = JSON.parse(
    new TextDecoder().decode(new Uint8Array(frame.buffer, frame.byteOffset + 4, start - 4)),
  ) as FrameWire;
  if (header.version !== network.version) return null;
  // The bytes may lie anywhere in a message, and typed arrays need their own alignment: so copy.
  const payload = new Uint8Array(frame.buffer, frame.byteOffset + start, frame.byteLength - start).slice().buffer;
  const arrays = new Map<string, Numbers>();
  const shapes = new Map<string, readonly number[]>();
  for (const { key, dtype, shape, offset } of network.arrays) {
    const length = shape.reduce((product, side) => product * side, 1);
    arrays.set(key, READ[dtype](payload, offset, length));
    shapes.set(key, shape);
  }
  return { header, arrays, shapes };
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
