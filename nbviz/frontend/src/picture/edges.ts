/** The edges of the picture and what they are worth. */

import { abs, max, min, round } from "../style/math.ts";
import { UNKNOWN } from "../style/numbers.ts";
import type { ConnectionWire, EdgeMeaning, NetworkWire } from "../wire.ts";
import type { Flow } from "./flows.ts";
import { floats, type Moment } from "./frame.ts";
import type { Place } from "./places.ts";
import { isUnitwise } from "./shown.ts";

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

/** `moment`: any of this network; what does not exist in a sparse connection shows in its numbers. */
export function listEdges(network: NetworkWire, places: readonly Place[], moment: Moment | null = null): Edge[] {
  const inLayer = network.layers.map((_, layer) => places.flatMap((place, at) => (place.layer === layer ? [at] : [])));
  const edges: Edge[] = [];
  for (const [connection, wire] of network.connections.entries()) {
    const { source, target, kind } = wire;
    const sources = inLayer[source]!;
    const targets = inLayer[target]!;
    const channels = isUnitwise(network, wire);
    const unitwise = channels || (kind === "link" && targets.length > 1 && sources.length > 1);
    const offset = channels ? wire.offset : 0;
    const meets = unitwise ? meeting(places, sources, targets, offset, network.layers[source]!.units) : null;
    const exists = moment && wire.sparse ? sparseEdges(network, moment, connection, sources, targets, places) : null;
    for (const from of sources) {
      for (const to of targets) {
        const { unit: u, row: s, key: start } = places[from]!;
        const { unit: v, row: t, key: end } = places[to]!;
        if (meets && !meets(u, v)) continue;
        if (exists && !exists(s, t)) continue;
        const edge = kind === "link" ? "link" : s < 0 || t < 0 ? "rest" : "weight";
        edges.push({ key: `${start}>${end}`, connection, source: from, target: to, s, t, kind: edge });
      }
    }
  }
  return edges;
}

/** Whether unit u goes on as v: what is not shown at one end goes into or comes out of the rest node there. */
function meeting(
  places: readonly Place[],
  sources: readonly number[],
  targets: readonly number[],
  offset: number,
  units: number,
): (u: number, v: number) => boolean {
  const from = new Set(sources.map((at) => places[at]!.unit));
  const to = new Set(targets.map((at) => places[at]!.unit));
  return (u, v) => {
    if (u < 0 && v < 0) return true;
    if (v < 0) return !to.has(u + offset);
    const goes = v - offset;
    return u < 0 ? goes >= 0 && goes < units && !from.has(goes) : u === goes;
  };
}

/** Which edges of a connection exist where not every channel leads to every other: those that are not exactly 0. */
function sparseEdges(
  network: NetworkWire,
  moment: Moment,
  connection: number,
  sources: readonly number[],
  targets: readonly number[],
  places: readonly Place[],
): (s: number, t: number) => boolean {
  const numbers = (key: string) => floats(moment, `connection/${connection}/${key}`);
  const kernel = numbers("kernel");
  const columns = network.layers[network.connections[connection]!.target]!.candidates.length;
  if (!kernel) return () => true;
  const at = (s: number, t: number) => kernel[s * columns + t]!;
  const rows = (members: readonly number[]) => members.map((index) => places[index]!.row).filter((row) => row >= 0);
  const [shownSources, shownTargets] = [rows(sources), rows(targets)];
  const remains = (whole: number | undefined, parts: number[]) => {
    const left = parts.reduce((sum, part) => sum - part, whole ?? UNKNOWN);
    return !(abs(left) <= 1e-5 * max(abs(whole ?? 0), ...parts.map(abs)));
  };
  return (s, t) => {
    if (s >= 0 && t >= 0) return at(s, t) !== 0;
    if (s < 0 && t < 0) return true;
    return s < 0
      ? remains(
          numbers("in_sum")?.[t],
          shownSources.map((row) => at(row, t)),
        )
      : remains(
          numbers("out_sum")?.[s],
          shownTargets.map((row) => at(s, row)),
        );
  };
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

/** Whether an edge of a connection stands for many weights: those between one channel and one unit. */
export function isNormOfUnits({ layers }: NetworkWire, { kind, source }: ConnectionWire): boolean {
  const { face } = layers[source]!;
  return kind === "norm" && face !== "picture" && face !== "block";
}

/** The symbol of a connection's own numbers: k is a kernel that slides, ∗ its convolution with a map. */
export function symbolOf(network: NetworkWire, connection: ConnectionWire, active: boolean): string {
  const { kind, scaled_by_sd, target } = connection;
  const weights = network.layers[target]!.kind === "conv" ? "k" : "w";
  if (network.change) return kind === "norm" ? `‖Δ${weights}‖` : `Δ${weights}`;
  if (kind === "norm" && active) return weights === "k" ? "k∗a" : "Σw·a";
  if (kind === "norm") return `‖${weights}‖`;
  if (active) return "w·a";
  return scaled_by_sd ? "w·sd" : "w";
}

/** What a connection's edges show at this moment; null without weights. */
export function shownBy(network: NetworkWire, moment: Moment, connection: number, showing: Showing): Shown | null {
  const { meaning } = showing;
  const flow = showing.flows[connection];
  if (flow) return { ...flow, symbol: meaning === "path" ? "flow" : "a·w·g" };
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
  // What passes where an edge stands for many weights is not their norm times anything; from a picture or a block one
  // edge carries all.
  const passing = active && wire.kind === "norm" ? (isNormOfUnits(network, wire) ? array("flow") : inSum) : null;
  const outSum = array("out_sum");
  return {
    symbol: symbolOf(network, wire, active),
    edge: (s, t) => (passing ? passing[s * columns + t]! : kernel[s * columns + t]! * factor(s)),
    into: (t) => inSum?.[t] ?? UNKNOWN,
    outOf: (s) => (passing ? UNKNOWN : (outSum?.[s] ?? UNKNOWN) * factor(s)),
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

/** Of each connection the largest |value| between units: edges of rest nodes may carry far more. */
export function mostBetweenUnits(edges: readonly Edge[], values: Float64Array, connections: number): number[] {
  const most = new Array<number>(connections).fill(0);
  for (const [index, { kind, connection }] of edges.entries())
    if (kind === "weight") most[connection] = max(most[connection]!, abs(values[index]!));
  return most;
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
  for (const [index, { kind, weights, source, target, sparse }] of network.connections.entries()) {
    if (kind === "link") continue;
    const { units, window } = network.layers[target]!;
    // A norm stands for many weights: one edge for each pair of nodes that has some.
    if (kind === "kernel") all += weights;
    else if (sparse) all += round(weights / window.reduce((cells, side) => cells * side, 1));
    else all += network.layers[source]!.units * units;
    total += shownBy(network, moment, index, showing)?.absolute ?? UNKNOWN;
  }
  return { edges: drawn, all, share: total > 0 ? min(1, carried / total) : UNKNOWN };
}
