/** Faces: feature maps, what a unit answers over the plane of two inputs, and inputs that are pictures. */

import type { LayerWire } from "../wire.ts";
import type { Moment } from "./frame.ts";

/** Numbers in rows and columns: each as its share of the full colour, -1 to 1, and in words where they are read. */
export interface Tile {
  rows: number;
  columns: number;
  ratios: number[];
  texts: string[];
}

/** Whether a layer's units show their feature maps at this moment. */
export function hasMaps({ name, face }: LayerWire, moment: Moment): boolean {
  return face === "map" && moment.arrays.has(`layer/${name}/face`);
}

/** The face of a channel or block, of its layer's scale. */
export function faceNumbers(moment: Moment, layer: string, row: number): Tile | null {
  const key = `layer/${layer}/face`;
  const bytes = moment.arrays.get(key);
  const [, rows, columns] = moment.shapes.get(key) ?? [];
  if (row < 0 || !bytes || !rows || !columns) return null;
  const cells = bytes.subarray(row * rows * columns, (row + 1) * rows * columns);
  return { rows, columns, ratios: Array.from(cells, (byte) => (byte - 128) / 127), texts: [] };
}
