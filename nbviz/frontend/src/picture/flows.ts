/** What the edges carry towards a class: an explanation's bytes, read. */

import { abs, max } from "../style/math.ts";
import { UNKNOWN } from "../style/numbers.ts";
import type { ExplanationWire, NetworkWire } from "../wire.ts";
import { type Arrays, readArrays, readHeader } from "./packed_arrays.ts";

export interface Explanation extends Arrays {
  header: ExplanationWire;
}

/** What is asked of an explanation: a class, and the feature whose path to it is wanted; null for contributions. */
export interface Asked {
  ofClass: number;
  feature: { id: number; row: number } | null;
}

/** What runs through one connection for one question. */
export interface Flow {
  /** Between candidates: 0 where one of them is not drawn for the question. */
  edge(s: number, t: number): number;
  into(t: number): number;
  outOf(s: number): number;
  total: number;
  /** Sum of |value| over all edges; NaN where it is not known. */
  absolute: number;
  /** The |value| that gets the full width, the edges of rest nodes among them. */
  reach: number;
}

const LARGEST = 32767;

/** The explanation in these bytes, or null where they belong to another version of the network. */
export function decodeExplanation(bytes: ArrayBufferView | null | undefined, network: NetworkWire): Explanation | null {
  const read = readHeader<ExplanationWire>(bytes);
  if (read?.header.version !== network.version) return null;
  return { header: read.header, ...readArrays(read.payload, read.header.arrays) };
}

/** Where the numbers for a question begin, counted in questions; null where it is not answered. */
function placeOf({ header }: Explanation, { ofClass, feature }: Asked): number | null {
  const classes = feature ? header.path_classes : header.classes;
  const place = classes.indexOf(ofClass);
  const first = feature ? header.features.indexOf(feature.id) : 0;
  return place < 0 || first < 0 ? null : first * classes.length + place;
}

const prefix = ({ feature }: Asked) => (feature ? "path" : "contribution");

/** The units of a layer that are drawn for a question; null where those are all of them, or it is not answered. */
export function drawnFor(explanation: Explanation, layer: number, asked: Asked): number[] | null {
  const key = `${prefix(asked)}/${layer}/units`;
  const at = placeOf(explanation, asked);
  const units = explanation.arrays.get(key);
  const count = explanation.shapes.get(key)?.at(-1);
  return units && count !== undefined && at !== null ? [...units.subarray(at * count, (at + 1) * count)] : null;
}

/** What the units drawn carry of all that runs through their layer, 0 to 1; NaN if unknown. */
export function shareFor(explanation: Explanation, layer: number, asked: Asked): number {
  const at = placeOf(explanation, asked);
  return at === null ? UNKNOWN : (explanation.arrays.get(`${prefix(asked)}/${layer}/share`)?.[at] ?? UNKNOWN);
}

/** The flow through a connection for a question; null where it is not known. */
export function flowOf(network: NetworkWire, explanation: Explanation, connection: number, asked: Asked): Flow | null {
  const { arrays, shapes } = explanation;
  const name = `${prefix(asked)}/${connection}`;
  const edges = arrays.get(`${name}/edges`);
  const shape = shapes.get(`${name}/edges`);
  const at = placeOf(explanation, asked);
  if (!edges || !shape || at === null) return null;
  const [sources, targets] = [shape.at(-2)!, shape.at(-1)!];
  const { source, target } = network.connections[connection]!;
  const [from, to] = [source, target].map((layer) => {
    const drawn = drawnFor(explanation, layer, asked);
    const { candidates } = network.layers[layer]!;
    const known = new Map(drawn?.map((unit, place) => [unit, place]));
    // Row among the candidates -> place among those drawn.
    return { isPart: drawn !== null, place: (row: number) => (drawn ? (known.get(candidates[row]!) ?? -1) : row) };
  }) as [Side, Side];
  const numbers = (key: string) => arrays.get(`${name}/${key}`)!;
  const scale = numbers("scale")[at]!;
  const total = numbers("total")[at]!;
  const outs = shapes.get(`${name}/out_of`)!.at(-1)!;
  const into = (place: number) => (place < 0 ? 0 : numbers("into")[at * targets + place]!);
  const outOf = (place: number) => (place < 0 ? 0 : numbers("out_of")[at * outs + place]!);
  // The first kernel is entered by the features themselves: only a feature's own row was sent.
  const own = sources === 1 && outs > 1 ? from.place(asked.feature?.row ?? -1) : null;
  const start = at * sources * targets;
  const edge = (s: number, t: number) => {
    if (s < 0 || t < 0 || (own !== null && s !== own)) return 0;
    return (edges[start + (own === null ? s : 0) * targets + t]! / LARGEST) * scale;
  };
  const rest = restReach({ sources: outs, targets, edge, into, outOf, total }, from.isPart, to.isPart);
  return {
    edge: (s, t) => edge(from.place(s), to.place(t)),
    into: (t) => into(to.place(t)),
    outOf: (s) => outOf(from.place(s)),
    total,
    absolute: numbers("absolute")[at]!,
    reach: max(scale, rest) || 1,
  };
}

interface Side {
  isPart: boolean;
  place(row: number): number;
}

/** The largest |value| among the edges of rest nodes. */
function restReach(
  flow: {
    sources: number;
    targets: number;
    edge(s: number, t: number): number;
    into(t: number): number;
    outOf(s: number): number;
    total: number;
  },
  fromPart: boolean,
  toPart: boolean,
): number {
  const { sources, targets, edge, total } = flow;
  let most = 0;
  let left = total;
  const take = (value: number) => {
    left -= value;
    return abs(value);
  };
  for (let t = 0; t < targets; t += 1) {
    let shown = 0;
    for (let s = 0; s < sources; s += 1) shown += edge(s, t);
    left -= shown;
    if (fromPart) most = max(most, take(flow.into(t) - shown));
  }
  for (let s = 0; s < sources && toPart; s += 1) {
    let shown = 0;
    for (let t = 0; t < targets; t += 1) shown += edge(s, t);
    most = max(most, take(flow.outOf(s) - shown));
  }
  return fromPart && toPart ? max(most, abs(left)) : most;
}
