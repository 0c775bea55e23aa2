/** A frame's bytes, read. */

import { UNKNOWN } from "../style/numbers.ts";
import type { ArrayWire, FrameWire, NetworkWire } from "../wire.ts";

export type Numbers = Float32Array | Int32Array | Int16Array | Uint8Array;

export interface Arrays {
  arrays: ReadonlyMap<string, Numbers>;
  shapes: ReadonlyMap<string, readonly number[]>;
}

/** One moment of the network: the header and the arrays by their keys. */
export interface Moment extends Arrays {
  header: FrameWire;
}

const READ = {
  f4: Float32Array,
  i4: Int32Array,
  i2: Int16Array,
  u1: Uint8Array,
};

/** Header and payload of bytes that Python packed; null of none. */
export function readHeader<Header>(
  bytes: ArrayBufferView | null | undefined,
): { header: Header; payload: ArrayBuffer } | null {
  if (!bytes || bytes.byteLength < 4) return null;
  const { buffer, byteOffset, byteLength } = bytes;
  const start = 4 + new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 4, start - 4))) as Header;
  // The bytes may lie anywhere in a message, and typed arrays need their own alignment: so copy.
  const payload = new Uint8Array(buffer, byteOffset + start, byteLength - start).slice().buffer;
  return { header, payload };
}

/** A float16 by its bits. */
export function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 31
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : UNKNOWN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

export function readArrays(payload: ArrayBuffer, wires: readonly ArrayWire[]): Arrays {
  const arrays = new Map<string, Numbers>();
  const shapes = new Map<string, readonly number[]>();
  for (const { key, dtype, shape, offset } of wires) {
    const length = shape.reduce((product, side) => product * side, 1);
    const numbers =
      dtype === "f2"
        ? Float32Array.from(new Uint16Array(payload, offset, length), fromHalf)
        : new READ[dtype](payload, offset, length);
    arrays.set(key, numbers);
    shapes.set(key, shape);
  }
  return { arrays, shapes };
}

/** The moment in these bytes, or null where they belong to another version of the network. */
export function decodeFrame(frame: ArrayBufferView | null | undefined, network: NetworkWire): Moment | null {
  const read = readHeader<FrameWire>(frame);
  if (read?.header.version !== network.version) return null;
  return { header: read.header, ...readArrays(read.payload, network.arrays) };
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
