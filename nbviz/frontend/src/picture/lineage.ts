/** The same channel in several layers: joined by plain lines, it is looked at as one. */

import type { Edge } from "./edges.ts";
import type { Scene } from "./scene.ts";
import { isUnitwise } from "./shown.ts";

export interface Lineage {
  /** Places of the same channel, the one asked for among them. */
  same: ReadonlySet<number>;
  /** Edges into or out of one of them, and the lines behind what comes in. */
  edges: ReadonlySet<number>;
  /** All places at these edges. */
  places: ReadonlySet<number>;
}

interface Ends {
  into: Map<number, number[]>;
  outOf: Map<number, number[]>;
}

function endsOf(edges: readonly Edge[]): Ends {
  const ends: Ends = { into: new Map(), outOf: new Map() };
  const keep = (all: Map<number, number[]>, place: number, edge: number) => {
    const there = all.get(place);
    if (there) there.push(edge);
    else all.set(place, [edge]);
  };
  for (const [index, { source, target }] of edges.entries()) {
    keep(ends.into, target, index);
    keep(ends.outOf, source, index);
  }
  return ends;
}

export function lineageOf(scene: Scene, place: number): Lineage {
  const { edges, network, connections } = scene;
  const { into, outOf } = endsOf(edges);
  const at = (ends: Map<number, number[]>, index: number) => ends.get(index) ?? [];
  const isLine = (edge: number) => isUnitwise(network, connections[edges[edge]!.connection]!);
  /** The one line that a place's channel comes by; a sum of several channels is another channel. */
  const line = (index: number) => {
    const all = at(into, index);
    return all.length === 1 && isLine(all[0]!) ? all[0]! : null;
  };
  const same = new Set([place]);
  for (const index of same) {
    const before = line(index);
    if (before !== null) same.add(edges[before]!.source);
    for (const edge of at(outOf, index)) if (line(edges[edge]!.target) === edge) same.add(edges[edge]!.target);
  }
  const lit = new Set([...same].flatMap((index) => [...at(into, index), ...at(outOf, index)]));
  // What comes in is looked at whole: with the map that it was pooled from.
  for (const edge of lit) {
    const { source, target } = edges[edge]!;
    const before = same.has(source) || (same.has(target) && isLine(edge)) ? null : line(source);
    if (before !== null) lit.add(before);
  }
  const places = new Set([place, ...[...lit].flatMap((edge) => [edges[edge]!.source, edges[edge]!.target])]);
  return { same, edges: lit, places };
}
