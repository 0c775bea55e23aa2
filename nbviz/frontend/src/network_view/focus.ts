/** What the pointer or the selection brings forward. */

import type { Scene } from "./scene.ts";
import type { Emphasis } from "./strokes.ts";

export type Target =
  | { kind: "place"; place: number }
  | { kind: "edge"; edge: number }
  | { kind: "cell"; strip: number; cell: number }
  | { kind: "units"; ids: readonly number[] };

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

const QUIET: Focus = { lit: new Set(), ringed: new Set(), edge: () => "none", node: () => 1 };
const STEPPED_BACK = 0.42;

export function focusOn(scene: Scene, target: Target | null): Focus {
  const { edges, places } = scene;
  if (target?.kind === "place") {
    const lit = new Set([target.place]);
    for (const { source, target: end } of edges) {
      if (source === target.place) lit.add(end);
      if (end === target.place) lit.add(source);
    }
    return {
      lit,
      ringed: new Set([target.place]),
      edge: (index) => {
        const { source, target: end } = edges[index]!;
        return source === target.place || end === target.place ? "lit" : "dimmed";
      },
      node: (index) => (lit.has(index) ? 1 : STEPPED_BACK),
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
  return QUIET;
}
