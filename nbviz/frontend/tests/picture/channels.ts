/**
 * A small conv network in wire form: a 4 x 4 picture, 3 filters, pooling to 2 x 2, 2 filters, pooling to 1 x 1 and
 * 2 dense units.
 */

import { edgeValues } from "../../src/picture/edges.ts";
import type { Moment } from "../../src/picture/frame.ts";
import type { Numbers } from "../../src/picture/packed_arrays.ts";
import type { ConnectionWire, EdgeMeaning, LayerWire, NetworkWire } from "../../src/wire.ts";
import { connection, header, layer, network } from "./network.ts";
import { plainly, sceneOf } from "./scene_of.ts";

const maps = (given: Partial<LayerWire> & Pick<LayerWire, "name" | "first_unit" | "units" | "column">) =>
  layer({
    kind: "maps",
    face: "map",
    type: "MaxPooling2D",
    activation: null,
    brief: "max",
    window: [2, 2],
    parameters: 0,
    ...given,
  });

const conv = (given: Partial<LayerWire> & Pick<LayerWire, "name" | "first_unit" | "units" | "column">) =>
  layer({ kind: "conv", face: "map", type: "Conv2D", window: [3, 3], size: 38, ...given });

const norm = (source: number, target: number, weights: number): ConnectionWire => ({
  ...connection(source, target, weights),
  kind: "norm",
});

export const link = (source: number, target: number, offset = 0): ConnectionWire => ({
  ...connection(source, target, 0),
  kind: "link",
  offset,
});

export function channels(): NetworkWire {
  const layers = [
    layer({
      name: "image",
      kind: "input",
      face: "picture",
      type: "InputLayer",
      output_shape: [4, 4, 1],
      first_unit: 0,
      units: 1,
      column: 0,
      size: 96,
    }),
    conv({ name: "first", first_unit: 1, units: 3, column: 1, output_shape: [4, 4, 3], parameters: 30 }),
    maps({ name: "first_pool", first_unit: 4, units: 3, column: 2, output_shape: [2, 2, 3], size: 23 }),
    conv({ name: "second", first_unit: 7, units: 2, column: 3, output_shape: [2, 2, 2], parameters: 56 }),
    maps({ name: "second_pool", first_unit: 9, units: 2, column: 4, output_shape: [1, 1, 2], size: 23 }),
    layer({ name: "out", first_unit: 11, units: 2, column: 5, output: "softmax", activation: "softmax", size: 11 }),
  ];
  const connections = [norm(0, 1, 27), link(1, 2), norm(2, 3, 54), link(3, 4), norm(4, 5, 4)];
  for (const [at, one] of layers.entries()) one.x = at / 5;
  return { ...network(), layers, connections, columns: 6 };
}

const RANGE = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** `second`: kernel (filter, channel) has 1 + filter at its centre and -2 in the last corner of channel 2. */
const KERNELS = [0, 1].flatMap((filter) =>
  [0, 1, 2].flatMap((channel) =>
    RANGE.map((cell) => (cell === 4 ? 1 + filter : cell === 8 && channel === 2 ? -2 * (1 + filter) : 0)),
  ),
);

const ARRAYS: [string, Numbers, number[]][] = [
  ["layer/first/a", Float32Array.of(1, 2, 3), [3]],
  ["layer/first_pool/a", Float32Array.of(1, 2, 3), [3]],
  ["layer/second/a", Float32Array.of(0.5, 2), [2]],
  ["layer/second_pool/a", Float32Array.of(0.5, 2), [2]],
  ["layer/second/bias", Float32Array.of(0.25, -1), [2]],
  ["layer/second/face", Uint8Array.of(128, 255, 128, 64, 128, 128, 130, 128), [2, 2, 2]],
  ["layer/second/lowest", Float32Array.of(-2.016, 0), [2]],
  ["layer/second/highest", Float32Array.of(4, 0.062), [2]],
  ["layer/second/kernels", Float32Array.from(KERNELS), [2, 3, 3, 3]],
  ["connection/0/kernel", Float32Array.of(1, -2, 3), [1, 3]],
  ["connection/0/input", Float32Array.of(1), [1]],
  ["connection/0/in_sum", Float32Array.of(1, -2, 3), [3]],
  ["connection/0/in_sum_a", Float32Array.of(0.1, -0.2, 0.3), [3]],
  ["connection/2/kernel", Float32Array.of(1, 2, 1, 2, -Math.sqrt(5), -2 * Math.sqrt(5)), [3, 2]],
  ["connection/2/flow", Float32Array.of(1, 2, 2, 4, -3, -6), [3, 2]],
  ["connection/2/sd", Float32Array.of(1, 1, 1), [3]],
  ["connection/2/in_sum_a", Float32Array.of(0, 0), [2]],
  ["connection/4/kernel", Float32Array.of(1, -1, 2, -2), [2, 2]],
  ["connection/4/flow", Float32Array.of(0.5, -0.5, 4, -4), [2, 2]],
  ["connection/4/sd", Float32Array.of(1, 1), [2]],
];

export function channelMoment(changed: Record<string, Numbers> = {}): Moment {
  const scales = (scale: number, active: number | null) => ({
    scale,
    scale_a: active,
    sum: 0,
    sum_a: 0,
    abs_sum: 0,
    abs_sum_a: 0,
  });
  return {
    header: {
      ...header(),
      layers: channels().layers.map(() => ({ a_scale: 4, a_sum: 0 })),
      connections: [scales(3, 0.3), scales(1, null), scales(4.5, 6), scales(1, null), scales(2, 4)],
    },
    arrays: new Map(ARRAYS.map(([key, numbers]) => [key, changed[key] ?? numbers])),
    shapes: new Map(ARRAYS.map(([key, , shape]) => [key, shape])),
  };
}

/** The values of its edges, in order and by their keys. */
export function channelValues(meaning: EdgeMeaning) {
  const scene = sceneOf(channels());
  const values = edgeValues(scene.network, scene.edges, channelMoment(), plainly(meaning).showing);
  return { scene, at: (key: string) => values[scene.edges.findIndex((edge) => edge.key === key)]!, values };
}
