/** A small network in wire form: 2 inputs, 4 hidden units of which 2 are shown, 1 output. */

import type { ConnectionWire, FrameWire, LayerWire, NetworkWire } from "../../src/wire.ts";

export function layer(
  given: Partial<LayerWire> & Pick<LayerWire, "name" | "first_unit" | "units" | "column">,
): LayerWire {
  const all = Array.from({ length: given.units }, (_, unit) => unit);
  return {
    kind: "dense",
    face: "circle",
    type: "Dense",
    activation: "relu",
    output_shape: [given.units],
    parameters: 8,
    notes: [],
    members: [],
    group: false,
    opens: false,
    inside: null,
    window: [],
    strides: [],
    parts: [],
    brief: "",
    picture: null,
    unit_names: null,
    value_names: null,
    output: null,
    candidates: all,
    ranks: all,
    shown: all,
    cells: 0,
    cell_units: [],
    x: given.column / 2,
    y: all.map((unit) => 40 + 28 * unit),
    size: 9,
    caption_y: 384,
    compact_caption: false,
    ...given,
  };
}

export function connection(source: number, target: number, weights: number): ConnectionWire {
  return { source, target, kind: "kernel", weights, notes: [], offset: 0, sparse: false, scaled_by_sd: false };
}

const ARRAYS: [string, "f4" | "i4" | "u1", number[], number[]][] = [
  ["layer/in/a", "f4", [2], [1, -2]],
  ["layer/hidden/a", "f4", [4], [3, 0, 5, 0]],
  ["layer/hidden/bias", "f4", [4], [0.5, 0, 0, 0]],
  ["layer/hidden/z", "f4", [4], [3, -1, 5, -2]],
  ["layer/hidden/term_unit", "i4", [4, 2], [0, 1, 0, 1, 0, 1, 0, 1]],
  ["layer/hidden/term_w", "f4", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]],
  ["layer/hidden/term_a", "f4", [4, 2], [1, -2, 1, -2, 1, -2, 1, -2]],
  ["connection/0/kernel", "f4", [2, 4], [1, 2, 3, 4, 10, 20, 30, 40]],
  ["connection/0/input", "f4", [2], [1, -2]],
  ["connection/0/sd", "f4", [2], [1, 0.5]],
  ["connection/0/in_sum", "f4", [4], [6, 12, 18, 24]],
  ["connection/0/in_sum_a", "f4", [4], [-19, -38, -57, -76]],
  ["connection/0/out_sum", "f4", [2], [10, 100]],
  ["connection/1/kernel", "f4", [4, 1], [1, -1, 2, -2]],
  ["connection/1/input", "f4", [4], [3, 0, 5, 0]],
  ["connection/1/sd", "f4", [4], [1, 1, 1, 1]],
  ["connection/1/in_sum", "f4", [1], [0]],
  ["connection/1/in_sum_a", "f4", [1], [13]],
  ["connection/1/out_sum", "f4", [4], [1, -1, 2, -2]],
];

export function network(): NetworkWire {
  let offset = 0;
  return {
    version: 7,
    name: "small",
    layers: [
      layer({
        name: "in",
        kind: "input",
        type: "InputLayer",
        activation: null,
        first_unit: 0,
        units: 2,
        column: 0,
        size: 7,
      }),
      layer({
        name: "hidden",
        first_unit: 2,
        units: 4,
        column: 1,
        shown: [0, 1],
        y: [40, 68, 96],
        cells: 4,
        cell_units: [0, 1, 2, 3],
      }),
      layer({ name: "out", first_unit: 6, units: 1, column: 2, output: "linear", activation: null, size: 11 }),
    ],
    connections: [connection(0, 1, 8), connection(1, 2, 4)],
    opened: [],
    class_layer: null,
    columns: 3,
    height: 480,
    score: "Σ|w| in × Σ|w| out",
    samples: 1,
    change: null,
    arrays: ARRAYS.map(([key, dtype, shape, numbers]) => {
      const array = { key, dtype, shape, offset };
      offset += Math.ceil((numbers.length * (dtype === "u1" ? 1 : 4)) / 8) * 8;
      return array;
    }),
  };
}

export function header(): FrameWire {
  const sums = { scale: 20, scale_a: 40, sum: 60, sum_a: -190, abs_sum: 60, abs_sum_a: 230 };
  return {
    version: 7,
    sample: 0,
    sample_name: "sample 0",
    training: false,
    epoch: null,
    batch: null,
    updates_per_second: null,
    layers: [
      { a_scale: 2.5, a_sum: -1 },
      { a_scale: 5, a_sum: 8 },
      { a_scale: 1, a_sum: 1 },
    ],
    connections: [sums, { scale: 2, scale_a: 10, sum: 0, sum_a: 13, abs_sum: 6, abs_sum_a: 13 }],
    badges: [],
    asked: [],
    likely: [],
    arrays: null,
  };
}

/** The bytes of a frame, `shift` bytes into their buffer. */
export function frame(given: Partial<FrameWire> = {}, shift = 0): DataView {
  const text = JSON.stringify({ ...header(), ...given });
  const words = new TextEncoder().encode(text.padEnd(Math.ceil((text.length + 4) / 8) * 8 - 4, " "));
  const wire = network();
  const last = wire.arrays.at(-1)!;
  const payload = new DataView(new ArrayBuffer(last.offset + 16));
  for (const [at, [, dtype, , numbers]] of ARRAYS.entries()) {
    for (const [index, value] of numbers.entries()) {
      const offset = wire.arrays[at]!.offset + index * (dtype === "u1" ? 1 : 4);
      if (dtype === "f4") payload.setFloat32(offset, value, true);
      else if (dtype === "i4") payload.setInt32(offset, value, true);
      else payload.setUint8(offset, value);
    }
  }
  const bytes = new Uint8Array(shift + 4 + words.length + payload.byteLength);
  new DataView(bytes.buffer).setUint32(shift, words.length, true);
  bytes.set(words, shift + 4);
  bytes.set(new Uint8Array(payload.buffer), shift + 4 + words.length);
  return new DataView(bytes.buffer, shift);
}
