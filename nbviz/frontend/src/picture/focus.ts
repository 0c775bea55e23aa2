/** What the pointer or the selection brings forward. */

import { abs } from "../style/math.ts";
import type { Showing } from "./edges.ts";
import { lineageOf } from "./lineage.ts";
import type { Scene } from "./scene.ts";
import type { Emphasis } from "./strokes.ts";

export type Target =
  | { kind: "place"; place: number }
  | { kind: "edge"; edge: number }
  | { kind: "cell"; strip: number; cell: number }
  | { kind: "units"; ids: readonly number[] }
  | { kind: "path" };

export function sameTarget(a: Target | null, b: Target | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

export interface Focus {
  /** Places at full strength; the others step back. */
  lit: ReadonlySet<number>;
  /** Places with a ring. */
  ringed: ReadonlySet<number>;
  edge: (index: number) => Emphasis;
  node: (index: number) => number;
}

export const QUIET: Focus = { lit: new Set(), ringed: new Set(), edge: () => "none", node: () => 1 };
const STEPPED_BACK = 0.42;
/** Names stay readable: this state lasts. */
const BESIDE_PATH = 0.64;

/** Edges with less of the gap's largest flow are no part of a path; between units there are many. */
const LEAST_FLOW = 0.04;
const LEAST_BETWEEN_UNITS = 0.1;

export function focusOn(scene: Scene, target: Target | null, showing: Showing, values: Float64Array): Focus {
  const { edges, places } = scene;
  if (target?.kind === "place") {
    const lineage = lineageOf(scene, target.place);
    return {
      lit: lineage.places,
      ringed: new Set([target.place]),
      edge: (index) => (lineage.edges.has(index) ? "lit" : "dimmed"),
      node: (index) => (lineage.places.has(index) ? 1 : STEPPED_BACK),
    };
  }
  if (target?.kind === "edge") {
    const { source, target: end } = edges[target.edge]!;
    const ends = new Set([source, end]);
    return { lit: ends, ringed: ends, edge: (index) => (index === target.edge ? "full" : "faded"), node: () => 1 };
  }
  if (target?.kind === "units") {
    const ids = new Set(target.ids);
    const lit = new Set(places.flatMap(({ id }, index) => (id !== null && ids.has(id) ? [index] : [])));
    return { lit, ringed: lit, edge: () => "none", node: (index) => (lit.has(index) ? 1 : STEPPED_BACK) };
  }
  if (target?.kind === "path") return focusOnPath(scene, showing, values);
  return QUIET;
}

function focusOnPath(scene: Scene, { flows }: Showing, values: Float64Array): Focus {
  const { edges, places, layers, connections } = scene;
  const least = connections.map(({ source, target }, index) => {
    const hidden = layers[source]!.kind === "dense" && layers[target]!.output === null;
    return (flows[index]?.reach ?? Number.POSITIVE_INFINITY) * (hidden ? LEAST_BETWEEN_UNITS : LEAST_FLOW);
  });
  const onPath = edges.map(
    ({ kind, connection }, index) => kind === "weight" && abs(values[index]!) >= least[connection]!,
  );
  const lit = new Set(edges.flatMap(({ source, target }, index) => (onPath[index] ? [source, target] : [])));
  return {
    lit,
    ringed: new Set(),
    edge: (index) => (onPath[index] ? "none" : edges[index]!.kind === "link" ? "dimmed" : "ghost"),
    node: (index) => (lit.has(index) || places[index]!.kind === "block" ? 1 : BESIDE_PATH),
  };
}
