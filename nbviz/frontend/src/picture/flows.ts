/** What the edges carry towards a class: an explanation's bytes, read. */

import type { ExplanationWire, NetworkWire } from "../wire.ts";
import { type Arrays, readArrays, readHeader } from "./frame.ts";

export interface Explanation extends Arrays {
  header: ExplanationWire;
}

/** What runs through one connection for one question. */
export interface Flow {
  /** Between candidates. */
  edge(s: number, t: number): number;
  into(t: number): number;
  outOf(s: number): number;
  total: number;
  /** Sum of |value| over all edges; NaN where it is not known. */
  absolute: number;
  /** The |value| that gets the full width. */
  reach: number;
}

const LARGEST = 32767;

/** The explanation in these bytes, or null where they belong to another version of the network. */
export function decodeExplanation(bytes: ArrayBufferView | null | undefined, network: NetworkWire): Explanation | null {
  const read = readHeader<ExplanationWire>(bytes);
  if (read?.header.version !== network.version) return null;
  return { header: read.header, ...readArrays(read.payload, read.header.arrays) };
}

/** The flow through a connection towards a class, or of a feature towards it; null where it is not known. */
export function flowOf(
  explanation: Explanation,
  connection: number,
  ofClass: number,
  feature: { id: number; row: number } | null,
): Flow | null {
  const { header, arrays, shapes } = explanation;
  const place = (feature ? header.path_classes : header.classes).indexOf(ofClass);
  const first = feature ? header.features.indexOf(feature.id) : 0;
  const name = `${feature ? "path" : "contribution"}/${connection}`;
  const edges = arrays.get(`${name}/edges`);
  const shape = shapes.get(`${name}/edges`);
  if (!edges || !shape || place < 0 || first < 0) return null;
  const at = first * (feature ? header.path_classes.length : 1) + place;
  const [sources, targets] = [shape.at(-2)!, shape.at(-1)!];
  const numbers = (key: string) => arrays.get(`${name}/${key}`)!;
  const scale = numbers("scale")[at]!;
  const out = numbers("out_of");
  const outs = shapes.get(`${name}/out_of`)!.at(-1)!;
  // The first kernel is entered by the features themselves: only a feature's own row was sent.
  const own = sources === 1 && outs > 1;
  const start = at * sources * targets;
  return {
    edge: (s, t) => {
      if (own && s !== feature?.row) return 0;
      return (edges[start + (own ? 0 : s) * targets + t]! / LARGEST) * scale;
    },
    into: (t) => numbers("into")[at * targets + t]!,
    outOf: (s) => out[at * outs + s]!,
    total: numbers("total")[at]!,
    absolute: numbers("absolute")[at]!,
    reach: scale || 1,
  };
}
