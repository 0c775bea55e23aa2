/** The edges of the picture and what they are worth. */

import { abs, min } from "../math.ts";
import { UNKNOWN } from "../numbers.ts";
import type { EdgeMeaning, NetworkWire } from "../wire.ts";
import { floats, type Moment } from "./frame.ts";
import type { Place } from "./places.ts";

export interface Edge {
  key: string;
  connection: number;
  /** Indices into places. */
  source: number;
  target: number;
  /** Rows among candidates; -1 for a rest node. */
  s: number;
  t: number;
  kind: "weight" | "rest" | "link";
}

export function listEdges(network: NetworkWire, places: readonly Place[]): Edge[] {
  const inLayer = network.layers.map((_, layer) => places.flatMap((place, at) => (place.layer === layer ? [at] : [])));
  const edges: Edge[] = [];
  for (const [connection, { source, target, kind }] of network.connections.entries()) {
    const sources = inLayer[source]!;
    const targets = inLayer[target]!;
    const unitwise = kind === "link" && targets.length > 1 && sources.length > 1;
    for (const from of sources) {
      for (const to of targets) {
        const { unit: u, row: s, key: start } = places[from]!;
        const { unit: v, row: t, key: end } = places[to]!;
        if (unitwise && u !== v) continue;
        const edge = kind === "link" ? "link" : s < 0 || t < 0 ? "rest" : "weight";
        edges.push({ key: `${start}>${end}`, connection, source: from, target: to, s, t, kind: edge });
      }
    }
  }
  return edges;
}

/** Whether a connection's edges can show weight x activation at this moment; without x they show weights. */
export function showsActivation(moment: Moment, connection: number, meaning: EdgeMeaning): boolean {
  return meaning === "weight_activation" && (moment.header.connections[connection]?.scale_a ?? null) !== null;
}

/** What the kernel's rows are multiplied with: the activations, or the deviations of what enters. */
function factors(moment: Moment, connection: number, active: boolean): (row: number) => number {
  const values = floats(moment, `connection/${connection}/${active ? "input" : "sd"}`);
  return (row) => values?.[row] ?? 1;
}

/** The value of every edge, rest nodes as what is left of the sums over all units. */
export function edgeValues(
  network: NetworkWire,
  edges: readonly Edge[],
  moment: Moment,
  meaning: EdgeMeaning,
): Float64Array {
  const values = new Float64Array(edges.length);
  const byConnection = network.connections.map(() => [] as number[]);
  for (const [at, edge] of edges.entries()) byConnection[edge.connection]!.push(at);
  for (const [connection, members] of byConnection.entries()) {
    const kernel = floats(moment, `connection/${connection}/kernel`);
    if (!kernel) continue;
    const active = showsActivation(moment, connection, meaning);
    const factor = factors(moment, connection, active);
    const { target } = network.connections[connection]!;
    const columns = network.layers[target]!.candidates.length;
    const intoShown = new Map<number, number>();
    const outOfShown = new Map<number, number>();
    let drawn = 0;
    for (const at of members) {
      const { kind, s, t } = edges[at]!;
      if (kind !== "weight") continue;
      const value = kernel[s * columns + t]! * factor(s);
      values[at] = value;
      intoShown.set(t, (intoShown.get(t) ?? 0) + value);
      outOfShown.set(s, (outOfShown.get(s) ?? 0) + value);
      drawn += value;
    }
    const inSum = floats(moment, `connection/${connection}/in_sum${active ? "_a" : ""}`);
    const outSum = floats(moment, `connection/${connection}/out_sum`);
    const header = moment.header.connections[connection]!;
    let rest = ((active ? header.sum_a : header.sum) ?? UNKNOWN) - drawn;
    let corner = -1;
    for (const at of members) {
      const { kind, s, t } = edges[at]!;
      if (kind !== "rest") continue;
      if (s < 0 && t < 0) {
        corner = at;
        continue;
      }
      const all = s < 0 ? inSum?.[t] : (outSum?.[s] ?? UNKNOWN) * factor(s);
      values[at] = (all ?? UNKNOWN) - ((s < 0 ? intoShown.get(t) : outOfShown.get(s)) ?? 0);
      rest -= values[at];
    }
    if (corner >= 0) values[corner] = rest;
  }
  return values;
}

/** How much of the network the picture draws. */
export interface Drawn {
  edges: number;
  all: number;
  /** Of the sum of |w| (or |w a|) over all edges; NaN if unknown. */
  share: number;
}

export function countDrawn(
  network: NetworkWire,
  edges: readonly Edge[],
  values: Float64Array,
  moment: Moment,
  meaning: EdgeMeaning,
): Drawn {
  let drawn = 0;
  let carried = 0;
  for (const [at, edge] of edges.entries()) {
    if (edge.kind !== "weight") continue;
    drawn += 1;
    carried += abs(values[at]!);
  }
  let all = 0;
  let total = 0;
  for (const [index, { kind, weights, source, target }] of network.connections.entries()) {
    if (kind === "link") continue;
    // A norm stands for a whole kernel column: one edge for each pair of nodes.
    all += kind === "kernel" ? weights : network.layers[source]!.units * network.layers[target]!.units;
    const { abs_sum, abs_sum_a } = moment.header.connections[index]!;
    total += (showsActivation(moment, index, meaning) ? abs_sum_a : abs_sum) ?? UNKNOWN;
  }
  return { edges: drawn, all, share: total > 0 ? min(1, carried / total) : UNKNOWN };
}
