/** The edges of the picture and what they are worth. */

import { abs, min } from "../math.ts";
import { UNKNOWN } from "../numbers.ts";
import type { ConnectionWire, EdgeMeaning, NetworkWire } from "../wire.ts";
import type { Flow } from "./flows.ts";
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

/** What the edges are to show: a meaning, and for each connection what it carries, where that is the question. */
export interface Showing {
  meaning: EdgeMeaning;
  flows: readonly (Flow | null)[];
}

/** What one connection's edges show. */
export interface Shown extends Flow {
  symbol: string;
}

/** Whether a connection's edges can show weight x activation at this moment; without x they show weights. */
export function showsActivation(moment: Moment, connection: number, meaning: EdgeMeaning): boolean {
  return meaning === "weight_activation" && (moment.header.connections[connection]?.scale_a ?? null) !== null;
}

/** The symbol of a connection's own numbers. */
export function symbolOf({ kind, scaled_by_sd }: ConnectionWire, active: boolean): string {
  if (active) return kind === "norm" ? "‖w‖·a" : "w·a";
  if (kind === "norm") return "‖w‖";
  return scaled_by_sd ? "w·sd" : "w";
}

/** What a connection's edges show at this moment; null without weights. */
export function shownBy(network: NetworkWire, moment: Moment, connection: number, showing: Showing): Shown | null {
  const { meaning } = showing;
  const flow = showing.flows[connection];
  if (flow) return { ...flow, symbol: meaning === "road" ? "flow" : "a·w·g" };
  const array = (key: string) => floats(moment, `connection/${connection}/${key}`);
  const kernel = array("kernel");
  const header = moment.header.connections[connection];
  if (!kernel || !header) return null;
  const wire = network.connections[connection]!;
  const active = showsActivation(moment, connection, meaning);
  const columns = network.layers[wire.target]!.candidates.length;
  // What the kernel's rows are multiplied with: the activations, or the deviations of what enters.
  const factors = array(active ? "input" : "sd");
  const factor = (row: number) => factors?.[row] ?? 1;
  const inSum = array(active ? "in_sum_a" : "in_sum");
  const outSum = array("out_sum");
  return {
    symbol: symbolOf(wire, active),
    edge: (s, t) => kernel[s * columns + t]! * factor(s),
    into: (t) => inSum?.[t] ?? UNKNOWN,
    outOf: (s) => (outSum?.[s] ?? UNKNOWN) * factor(s),
    total: (active ? header.sum_a : header.sum) ?? UNKNOWN,
    absolute: (active ? header.abs_sum_a : header.abs_sum) ?? UNKNOWN,
    reach: (active ? header.scale_a : header.scale) ?? 0,
  };
}

/** The value of every edge, rest nodes as what is left of the sums over all units. */
export function edgeValues(
  network: NetworkWire,
  edges: readonly Edge[],
  moment: Moment,
  showing: Showing,
): Float64Array {
  const values = new Float64Array(edges.length);
  const byConnection = network.connections.map(() => [] as number[]);
  for (const [at, edge] of edges.entries()) byConnection[edge.connection]!.push(at);
  for (const [connection, members] of byConnection.entries()) {
    const shown = shownBy(network, moment, connection, showing);
    if (!shown) continue;
    const intoShown = new Map<number, number>();
    const outOfShown = new Map<number, number>();
    let rest = shown.total;
    for (const at of members) {
      const { kind, s, t } = edges[at]!;
      if (kind !== "weight") continue;
      const value = shown.edge(s, t);
      values[at] = value;
      intoShown.set(t, (intoShown.get(t) ?? 0) + value);
      outOfShown.set(s, (outOfShown.get(s) ?? 0) + value);
      rest -= value;
    }
    let corner = -1;
    for (const at of members) {
      const { kind, s, t } = edges[at]!;
      if (kind !== "rest") continue;
      if (s < 0 && t < 0) {
        corner = at;
        continue;
      }
      values[at] = s < 0 ? shown.into(t) - (intoShown.get(t) ?? 0) : shown.outOf(s) - (outOfShown.get(s) ?? 0);
      rest -= values[at]!;
    }
    if (corner >= 0) values[corner] = rest;
  }
  return values;
}

/** How much of the network the picture draws. */
export interface Drawn {
  edges: number;
  all: number;
  /** Of the sum of |value| over all edges; NaN if unknown. */
  share: number;
}

export function countDrawn(
  network: NetworkWire,
  edges: readonly Edge[],
  values: Float64Array,
  moment: Moment,
  showing: Showing,
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
    total += shownBy(network, moment, index, showing)?.absolute ?? UNKNOWN;
  }
  return { edges: drawn, all, share: total > 0 ? min(1, carried / total) : UNKNOWN };
}
