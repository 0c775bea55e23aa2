/** What the grid says in words. */

import { grouped, plural, short, signed } from "../../style/numbers.ts";
import type { KernelGridWire } from "../../wire.ts";
import { inputOf, type Kernels, type Look, normOf, planesOf, type Sort, scaleOf, type Tile } from "./kernels.ts";

export const NO_KERNELS = "No kernels: this model has no conv layer.";

const SHAPES: Record<Look, string> = {
  rgb: "one picture a filter: its 3 inputs as red, green, blue; grey is 0",
  channels: "row: output channel, column: input channel",
  norm: "norm over the input channels of each filter",
};

export function captionOf(wire: KernelGridWire, look: Look, sort: Sort): string {
  const words = [];
  if (look !== "channels") words.push(SHAPES[look]);
  else if (wire.channels > 1) words.push(SHAPES.channels + (wire.groups > 1 ? " within its group" : ""));
  else words.push(wire.groups > 1 ? "one tile an output channel; each reads one input" : "one tile an output channel");
  if (wire.folded !== null) words.push(`${wire.folded} folded in`);
  if (sort === "norm") words.push("strongest first");
  if (sort === "similarity") words.push("alike side by side");
  if (sort === "importance") words.push("most important first");
  return words.join(" · ");
}

/** "3 × 3" */
export function sizeWords({ depth, rows, columns, flat }: KernelGridWire): string {
  return flat ? `${columns}` : (depth > 1 ? [depth, rows, columns] : [rows, columns]).join(" × ");
}

export function totalWords(wire: KernelGridWire): string {
  return `${plural(wire.filters, "filter")} of ${sizeWords(wire)} × ${grouped(wire.channels)}`;
}

export function titleOf(kernels: Kernels, look: Look, tile: Tile): string {
  const reads = look === "channels" && (kernels.wire.channels > 1 || kernels.wire.groups > 1);
  return `filter ${grouped(tile.filter)}${reads ? `, input ${grouped(inputOf(kernels, tile))}` : ""}`;
}

/** Lines about a tile. */
export function factsOf(kernels: Kernels, look: Look, own: boolean, tile: Tile): string[] {
  const planes = planesOf(kernels, look, tile);
  const { filterNorm, bias, importance, wire } = kernels;
  const whole = filterNorm[tile.filter]!;
  const lines = [];
  const alone = wire.channels === 1;
  const norm =
    look === "channels" && !alone ? `‖k‖ ${short(normOf(planes))} of ${short(whole)}` : `‖k‖ ${short(whole)}`;
  lines.push(bias ? `${norm}, bias ${signed(bias[tile.filter]!)}` : `${norm}, no bias`);
  const scale = short(scaleOf(kernels, look, planes, own));
  lines.push(`scale ${look === "norm" ? `0 to ${scale}` : `±${scale}`}, ${own ? "this tile" : "whole layer"}`);
  if (importance) lines.push(`importance ${short(importance[tile.filter]!)}`);
  return lines;
}

/** A tile for who cannot see it. */
export function spokenTile(kernels: Kernels, look: Look, own: boolean, tile: Tile): string {
  const [values] = planesOf(kernels, look, tile);
  const numbers = look !== "rgb" && values && values.length <= 25 ? `: ${[...values].map(signed).join(" ")}` : "";
  return `${titleOf(kernels, look, tile)}; ${factsOf(kernels, look, own, tile)[0]}${numbers}`;
}
