/** How far apart columns stand: what their nodes, strips and edges need, and how what is left is shared. */

import { max } from "../style/math.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import { isUnitwise } from "./shown.ts";

const GAP_MOST = 240;
/** px that lines keep that only hand on, between the columns of a drawing that is squeezed. */
const LINES_LEAST = 8;

/** Whether all units of a folded layer stand beside its column; channels handed on are told by where they come from. */
export function hasStrip(layer: LayerWire): boolean {
  return layer.cells > 0 && layer.kind !== "maps";
}

/** px from the centre of each column to its sides. */
function reachOf(network: NetworkWire, halves: readonly number[]): number[] {
  return Array.from({ length: network.columns }, (_, column) =>
    max(0, ...network.layers.map((layer, index) => (layer.column === column ? halves[index]! : 0))),
  );
}

/** Least px between the centres of two columns of a drawing that is squeezed, whose layers have no strips. */
export function squeezedGaps(network: NetworkWire, halves: readonly number[], edges: number): number[] {
  const reach = reachOf(network, halves);
  return reach.slice(1).map((half, gap) => {
    const isWeighty = network.connections.some(
      ({ kind, target }) => kind !== "link" && network.layers[target]!.column === gap + 1,
    );
    return reach[gap]! + half + (isWeighty ? edges : LINES_LEAST);
  });
}

/** Least px between two columns' centres: what is comfortable, and what is still readable. */
export function leastGaps(network: NetworkWire, halves: number[]): { comfortable: number[]; readable: number[] } {
  const reach = reachOf(network, halves);
  const strip = (column: number) =>
    network.layers.some((layer) => layer.column === column && hasStrip(layer)) ? 24 : 0;
  // Channels that are handed on one by one need no room to tell their lines apart.
  const isThin = (column: number) => {
    const into = network.connections.filter(({ target }) => network.layers[target]!.column === column);
    return into.length > 0 && into.every((connection) => isUnitwise(network, connection));
  };
  const weighty = (column: number) =>
    network.connections.some(({ kind, target }) => kind !== "link" && network.layers[target]!.column === column);
  const gaps = Array.from({ length: max(0, network.columns - 1) }, (_, gap) => gap + 1);
  const least = (weights: number, links: number, thin: number, air: number) =>
    gaps.map((to) => {
      const width = weighty(to) ? weights : isThin(to) ? thin : links;
      return max(width, reach[to - 1]! + reach[to]! + strip(to) + (weighty(to) ? air : air / 2));
    });
  return { comfortable: least(128, 90, 72, 88), readable: least(96, 84, 54, 52) };
}

export const total = (gaps: readonly number[]) => gaps.reduce((sum, gap) => sum + gap, 0);

/** Gaps that fill `span` in proportion to `fractions`, none below its least and none above 240 px by choice. */
export function fillSpan(span: number, fractions: readonly number[], least: readonly number[]): number[] {
  const gapsAt = (scale: number) => fractions.map((fraction, gap) => max(least[gap]!, scale * fraction));
  let low = 0;
  let high = GAP_MOST / max(1e-6, ...fractions);
  if (total(gapsAt(high)) <= span) return gapsAt(high);
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (total(gapsAt(middle)) <= span) low = middle;
    else high = middle;
  }
  return gapsAt(low);
}
