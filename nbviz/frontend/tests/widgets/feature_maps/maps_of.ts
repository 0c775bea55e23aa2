import { decodeMaps, type Maps } from "../../../src/widgets/feature_maps/maps.ts";
import type { FeatureMapsWire } from "../../../src/wire.ts";

/** Three maps of 2 x 2 before and after relu, two classes, an input of 2 x 2. */
export function message(changes: Partial<FeatureMapsWire> = {}, own: Record<string, number[]> = {}) {
  const values: Record<string, { shape: number[]; values: number[] }> = {
    after: { shape: [3, 2, 2], values: [1, 0, 0, 0, 0, 2, 3, 0, 4, 4, 4, 4] },
    before: { shape: [3, 2, 2], values: [1, -1, -2, 0, -3, 2, 3, -1, 4, 4, 4, 4] },
    mean: { shape: [3], values: [0.25, 1.25, 4] },
    input: { shape: [2, 2, 1], values: [0, 0.5, 1, 1] },
    importance: { shape: [2, 3], values: [0.1, -0.9, 0.5, 0, 0.2, -0.1] },
    grad_cam: { shape: [2, 2, 2], values: [0, 1, 2, 3, 0, 0, 0, 0] },
  };
  for (const [key, numbers] of Object.entries(own)) values[key]!.values = numbers;
  const arrays = [];
  const bytes: number[] = [];
  for (const [key, { shape, values: numbers }] of Object.entries(values)) {
    arrays.push({ key, dtype: "f4" as const, shape, offset: bytes.length });
    bytes.push(...new Uint8Array(Float32Array.from(numbers).buffer));
    while (bytes.length % 8) bytes.push(0);
  }
  const wire: FeatureMapsWire = {
    layer: "conv",
    type: "Conv2D",
    activation: "relu",
    channels: 3,
    rows: 2,
    columns: 2,
    all_rows: 2,
    all_columns: 2,
    flat: false,
    first_unit: 10,
    sample: 4,
    samples: 20,
    averaged: 1,
    scale: 4,
    before_scale: 5,
    input: { name: "in", kind: "grey", bands: 1, rows: 2, columns: 2, all_rows: 2, all_columns: 2, low: 0, high: 1 },
    classes: [0, 1],
    class_names: ["cat", "dog"],
    predicted: 1,
    importance: "weight × mean",
    attribution: "expected gradients",
    grad_cam_error: null,
    attribution_error: null,
    sliding: null,
    sliding_error: null,
    arrays,
    ...changes,
  };
  // One byte in front: a message's buffer need not be aligned.
  const buffer = Uint8Array.from([0, ...bytes]).buffer;
  return { wire, numbers: new DataView(buffer, 1) };
}

export function maps(...given: Parameters<typeof message>): Maps {
  const { wire, numbers } = message(...given);
  return decodeMaps(wire, numbers)!;
}
