/** Small networks whose hidden layer is a block. */

import { connection, layer, network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

/** The small network with its hidden layer folded into a block of so many layers. */
export function folded(count: number) {
  const wire = network();
  const members = Array.from({ length: count }, (_, at) => `conv_${at}`);
  const looks = { kind: "block", face: "block", type: "3 × Conv2D", size: 56 } as const;
  wire.layers[1] = layer({
    name: "outer/stage",
    first_unit: 2,
    units: 1,
    column: 1,
    ...looks,
    y: [150],
    members,
    group: true,
  });
  wire.layers[1].notes = ["batch norm"];
  wire.connections = wire.connections.map((link) => ({ ...link, kind: "link", weights: 0 }));
  return sceneOf(wire);
}

/** The small network with its hidden layer as a block that shows what happens inside. */
export function pictured() {
  const wire = network();
  const looks = { kind: "block", face: "block", type: "LSTM", size: 120 } as const;
  const told = { picture: "4 units × 9 steps", parts: ["input", "forget"], y: [150], output_shape: [4] };
  wire.layers[1] = layer({ name: "hidden", first_unit: 2, units: 1, column: 1, ...looks, ...told });
  wire.connections = wire.connections.map((link) => ({ ...link, kind: "link", weights: 0 }));
  return sceneOf(wire);
}

/** Two inputs, layers of these types and names one behind the other as blocks, and the output. */
export function chained(types: readonly (readonly [string, string])[], width: number) {
  const wire = network();
  const first = wire.layers[0]!;
  const blocks = types.map(([type, name], at) => {
    const looks = { kind: "block", face: "block", size: 56 } as const;
    return layer({
      ...looks,
      output_shape: [12, 8],
      y: [150],
      name,
      type,
      first_unit: 2 + at,
      units: 1,
      column: at + 1,
    });
  });
  const last = { ...wire.layers.at(-1)!, first_unit: 2 + blocks.length, column: 1 + blocks.length };
  const layers = [first, ...blocks, last].map((each, at, all) => ({ ...each, x: at / (all.length - 1) }));
  const connections = layers.slice(1).map((_, at) => ({ ...connection(at, at + 1, 0), kind: "link" as const }));
  return sceneOf({ ...wire, layers, connections, columns: layers.length, arrays: [] }, width);
}
