/** Units that are asked for and are no candidates of the network: a frame brings their numbers behind the others'. */

import { UNKNOWN } from "../style/numbers.ts";
import type { FrameWire, NetworkWire } from "../wire.ts";
import type { Arrays, Numbers } from "./packed_arrays.ts";

/** The network whose candidates are those of a frame. */
export function withAsked(network: NetworkWire, { asked }: FrameWire): NetworkWire {
  if (asked.length === 0) return network;
  const layers = [...network.layers];
  for (const { layer, units, ranks } of asked) {
    const wire = layers[layer]!;
    layers[layer] = { ...wire, candidates: [...wire.candidates, ...units], ranks: [...wire.ranks, ...ranks] };
  }
  return { ...network, layers };
}

/** The arrays of a frame, its weights as wide as they are where each candidate has some: those not sent are unknown. */
export function widened({ layers, connections }: NetworkWire, read: Arrays): Arrays {
  const arrays = new Map(read.arrays);
  const shapes = new Map(read.shapes);
  for (const [index, { source, target }] of connections.entries()) {
    for (const key of [`connection/${index}/kernel`, `connection/${index}/flow`]) {
      const numbers = arrays.get(key);
      const [rows, columns] = shapes.get(key) ?? [];
      if (!numbers || rows === undefined || columns === undefined) continue;
      const height = layers[source]!.candidates.length;
      const width = layers[target]!.candidates.length;
      if (height <= rows && width <= columns) continue;
      arrays.set(key, spread(numbers, rows, columns, height, width));
      shapes.set(key, [height, width]);
    }
  }
  return { arrays, shapes };
}

function spread(numbers: Numbers, rows: number, columns: number, height: number, width: number): Float32Array {
  const wide = new Float32Array(height * width).fill(UNKNOWN);
  for (let row = 0; row < rows; row += 1) wide.set(numbers.subarray(row * columns, (row + 1) * columns), row * width);
  return wide;
}
