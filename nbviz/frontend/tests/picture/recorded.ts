/** A recorded run in wire form: moments, each of two numbers. */

import type { MomentWire } from "../../src/wire.ts";
import { header } from "./network.ts";

/** Moments of a network with one array of two float16 and one of two int16. */
const ARRAYS = [
  { key: "layer/in/a", dtype: "f2", shape: [2], offset: 0 },
  { key: "layer/hidden/term_unit", dtype: "i2", shape: [2], offset: 8 },
];
const STRIDE = 16;
const HALVES = new Map([
  [0, 0x0000],
  [1, 0x3c00],
  [2, 0x4000],
  [-2, 0xc000],
]);

export function momentOf(step: number): MomentWire {
  const training = { training: true, epoch: step, updates_per_second: 300 };
  const frame = { ...header(), sample_name: `at ${step}`, ...training };
  return { step, epoch: step, batch: 0, label: `epoch ${step}`, frame, metrics: { loss: 1 / (step + 1) } };
}

export function payloadOf(values: [number, number]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(STRIDE));
  for (const [at, value] of values.entries()) {
    bytes.setUint16(2 * at, HALVES.get(value)!, true);
    bytes.setInt16(8 + 2 * at, -value, true);
  }
  return new Uint8Array(bytes.buffer);
}

export function historyOf(moments: [number, [number, number]][], shift = 0): DataView {
  const wire = {
    version: 7,
    steps_per_epoch: 1,
    arrays: ARRAYS,
    stride: STRIDE,
    moments: moments.map(([step]) => momentOf(step)),
    events: [{ step: 2, kind: "best", text: "best validation" }],
  };
  const text = JSON.stringify(wire);
  const words = new TextEncoder().encode(text.padEnd(Math.ceil((text.length + 4) / 8) * 8 - 4, " "));
  const bytes = new Uint8Array(shift + 4 + words.length + moments.length * STRIDE);
  new DataView(bytes.buffer).setUint32(shift, words.length, true);
  bytes.set(words, shift + 4);
  for (const [at, [, values]] of moments.entries())
    bytes.set(payloadOf(values), shift + 4 + words.length + at * STRIDE);
  return new DataView(bytes.buffer, shift);
}
