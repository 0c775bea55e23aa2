/** Arrays as Python packs them: a header that tells where they lie, and the payload. */

import { UNKNOWN } from "../style/numbers.ts";
import type { ArrayWire } from "../wire.ts";

export type Numbers = Float32Array | Int32Array | Int16Array | Uint8Array;

export interface Arrays {
  arrays: ReadonlyMap<string, Numbers>;
  shapes: ReadonlyMap<string, readonly number[]>;
}

const READ = {
  f4: Float32Array,
  i4: Int32Array,
  i2: Int16Array,
  u1: Uint8Array,
};

/** Header and payload of bytes that Python packed; null of none, and of others, which a kernel hands on at times. */
export function readHeader<Header>(
  bytes: ArrayBufferView | null | undefined,
): { header: Header; payload: ArrayBuffer } | null {
  if (!bytes || bytes.byteLength < 4) return null;
  const { buffer, byteOffset, byteLength } = bytes;
  const start = 4 + new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
  if (start > byteLength) return null;
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
