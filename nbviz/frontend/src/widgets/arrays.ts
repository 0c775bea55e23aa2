/** Numbers that came as bytes, with a list that tells where each array lies. */

import type { ArrayWire } from "../wire.ts";

export interface Arrays {
  floats(key: string): Float32Array | null;
  whole(key: string): Int32Array | null;
}

/** Null where the numbers are not all there, as between two messages. */
export function decodeArrays(arrays: readonly ArrayWire[] | undefined, numbers: DataView | undefined): Arrays | null {
  if (!arrays || !numbers) return null;
  const found = new Map<string, Float32Array | Int32Array>();
  for (const { key, dtype, shape, offset } of arrays) {
    const bytes = 4 * shape.reduce((product, length) => product * length, 1);
    if (numbers.byteLength < offset + bytes) return null;
    // A copy: typed arrays want their place aligned, which that of a message's buffer need not be.
    const from = numbers.byteOffset + offset;
    const buffer = numbers.buffer.slice(from, from + bytes) as ArrayBuffer;
    found.set(key, dtype === "i4" ? new Int32Array(buffer) : new Float32Array(buffer));
  }
  return {
    floats: (key) => (found.get(key) as Float32Array | undefined) ?? null,
    whole: (key) => (found.get(key) as Int32Array | undefined) ?? null,
  };
}
