/** A deep network: 4 inputs, so many folded Dense layers of 64, of which 3 are shown, and 3 classes. */

import type { NetworkWire } from "../../src/wire.ts";
import { connection, layer, network } from "./network.ts";

export function deep(hidden: number): NetworkWire {
  const last = hidden + 1;
  const at = (column: number) => ({ column, x: column / last });
  const layers = [
    layer({
      name: "in",
      kind: "input",
      type: "InputLayer",
      activation: null,
      first_unit: 0,
      units: 4,
      ...at(0),
      size: 7,
    }),
    ...Array.from({ length: hidden }, (_, index) =>
      layer({
        name: `dense_${index + 1}`,
        first_unit: 4 + 64 * index,
        units: 64,
        ...at(index + 1),
        shown: [0, 1, 2],
        y: [40, 68, 96, 124],
        cells: 64,
        cell_units: Array.from({ length: 64 }, (_unused, unit) => unit),
      }),
    ),
    layer({
      name: "out",
      first_unit: 4 + 64 * hidden,
      units: 3,
      ...at(last),
      output: "softmax",
      activation: "softmax",
      unit_names: ["calm", "uneasy", "alarmed"],
      y: [40, 120, 200],
      size: 11,
    }),
  ];
  const connections = layers.slice(1).map((_, source) => connection(source, source + 1, 64));
  return { ...network(), layers, connections, columns: layers.length, arrays: [] };
}
