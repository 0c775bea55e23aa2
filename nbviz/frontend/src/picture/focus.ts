/** What the pointer or the selection brings forward. */

import { abs, max } from "../style/math.ts";
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

/** Edges with less of the gap's largest flow are no part of a path; between hidden units there are many. */
const LEAST_FLOW = 0.04;
const LEAST_BETWEEN_UNITS = 0.1;
/** So many between hidden units are still told apart. */
const MOST_BETWEEN_UNITS = 40;

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
  const { edges, places } = scene;
  const onPath = new Set<number>();
  for (const [connection, flow] of flows.entries()) {
    if (flow) for (const index of strongest(scene, connection, values)) onPath.add(index);
  }
  const lit = new Set([...onPath].flatMap((index) => [edges[index]!.source, edges[index]!.target]));
  return {
    lit,
    ringed: new Set(),
    edge: (index) => (onPath.has(index) ? "none" : edges[index]!.kind === "link" ? "dimmed" : "ghost"),
    node: (index) => (lit.has(index) || places[index]!.kind === "block" ? 1 : BESIDE_PATH),
  };
}

/** The edges of a gap that are part of a path. Rest nodes may carry far more than any unit, which is seen beside them. */
function strongest({ edges, layers, connections }: Scene, connection: number, values: Float64Array): number[] {
  const { source, target } = connections[connection]!;
  const hidden = layers[source]!.kind === "dense" && layers[target]!.output === null;
  const least = hidden ? LEAST_BETWEEN_UNITS : LEAST_FLOW;
  const size = (index: number) => abs(values[index]!);
  const members = [...edges.keys()].filter(
    (index) => edges[index]!.connection === connection && edges[index]!.kind !== "link" && size(index) > 0,
  );
  const [units, rests] = ["weight", "rest"].map((kind) => members.filter((index) => edges[index]!.kind === kind));
  const ofUnits = max(0, ...units!.map(size));
  const ofAll = max(ofUnits, ...rests!.map(size));
  const between = units!.filter((index) => size(index) >= least * ofUnits).sort((a, b) => size(b) - size(a));
  return [
    ...(hidden ? between.slice(0, MOST_BETWEEN_UNITS) : between),
    ...rests!.filter((index) => size(index) >= least * ofAll),
  ];
}
