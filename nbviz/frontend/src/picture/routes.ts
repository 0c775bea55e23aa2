/** The way of each edge: curves with horizontal tangents, round the columns that a connection skips. */

import { abs, ceil, max, min, round } from "../style/math.ts";
import type { NetworkWire } from "../wire.ts";
import type { Edge } from "./edges.ts";
import type { Place, Strip } from "./places.ts";

/** A passage past the columns between: in at one x, out at the other, at one height. */
export interface Lane {
  enter: number;
  leave: number;
  y: number;
}

const LANE_ROOM = 22;
const LANE_PITCH = 8;
const COLUMN_AIR = 30;
const APART = 6; // px at most from point to point

interface Span {
  top: number;
  bottom: number;
}

/** The free heights between obstacles, from `top` to `bottom`. */
export function freeSpans(obstacles: readonly Span[], top: number, bottom: number): Span[] {
  const free: Span[] = [];
  let y = top;
  for (const obstacle of [...obstacles].sort((a, b) => a.top - b.top)) {
    if (obstacle.top - y >= LANE_ROOM) free.push({ top: y, bottom: obstacle.top });
    y = max(y, obstacle.bottom);
  }
  if (bottom - y >= LANE_ROOM) free.push({ top: y, bottom });
  return free;
}

/** A lane for each connection that skips columns, by its index, and px to add above the drawing for them. */
export function findLanes(
  network: NetworkWire,
  places: readonly Place[],
  strips: readonly Strip[],
  columns: readonly number[],
): { lanes: Map<number, Lane>; above: number } {
  const lanes = new Map<number, Lane>();
  const taken = new Map<string, number>();
  let above = 0;
  const { layers } = network;
  const bottom = min(
    network.height,
    ...layers.map((layer) => (layer.compact_caption ? network.height : layer.caption_y)),
  );
  const spanOf = ({ source, target }: { source: number; target: number }) =>
    layers[target]!.column - layers[source]!.column;
  // The shorter ones nearest to what they pass, so that they nest.
  const skipping = [...network.connections.entries()].filter(([, connection]) => spanOf(connection) > 1);
  skipping.sort(([, a], [, b]) => spanOf(a) - spanOf(b));
  for (const [index, { source, target }] of skipping) {
    const from = layers[source]!.column;
    const to = layers[target]!.column;
    const between = (layer: number) => layers[layer]!.column > from && layers[layer]!.column < to;
    const obstacles: Span[] = places
      .filter((place) => between(place.layer))
      .map(({ y, tall }) => ({ top: y - tall - 6, bottom: y + tall + 6 }));
    for (const strip of strips) {
      if (between(strip.layer)) obstacles.push({ top: strip.y - 6, bottom: strip.y + strip.height + 6 });
    }
    for (const [at, layer] of layers.entries()) {
      if (!between(at) || !layer.compact_caption) continue;
      obstacles.push({ top: layer.caption_y, bottom: layer.caption_y + 32 });
    }
    const ends = places.filter((place) => place.layer === source || place.layer === target).map(({ y }) => y);
    const middle = mean(ends);
    const nearest = (span: Span) => max(span.top + LANE_ROOM / 2, min(span.bottom - LANE_ROOM / 2, middle));
    const free = freeSpans(obstacles, 0, bottom);
    // Across from one arm of a U to the other: level, with nothing in the way.
    if (ends.every((y) => y === middle) && free.some((span) => span.top <= middle && middle <= span.bottom)) continue;
    const spans = free.sort((a, b) => abs(nearest(a) - middle) - abs(nearest(b) - middle));
    const highest = min(...obstacles.map((obstacle) => obstacle.top));
    const wished = spans[0] ? nearest(spans[0]) : highest - LANE_ROOM / 2;
    const slot = `${round(wished / LANE_ROOM)}`;
    const before = taken.get(slot) ?? 0;
    taken.set(slot, before + 1);
    // Away from what lies between.
    const away = spans[0] && spans[0].bottom > middle ? 1 : -1;
    const y = wished + away * before * LANE_PITCH;
    above = max(above, 10 - y);
    lanes.set(index, { enter: columns[from + 1]! - COLUMN_AIR, leave: columns[to - 1]! + COLUMN_AIR, y });
  }
  return { lanes, above: max(0, ceil(above)) };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / max(1, values.length);
}

/** The stations an edge passes, as x, y pairs; between two of them runs one curve. */
export type Route = number[];

export function routeOf(
  edge: Edge,
  places: readonly Place[],
  position: (place: number) => readonly [number, number],
  lane: Lane | undefined,
): Route {
  const [sx, sy] = position(edge.source);
  const [tx, ty] = position(edge.target);
  const x0 = sx + places[edge.source]!.half;
  const x1 = tx - places[edge.target]!.half;
  if (!lane) return [x0, sy, x1, ty];
  // Edges of a bundle keep a little of their order, so that one can be told from the next.
  const y = lane.y + ((sy + ty) % 13) - 6;
  return [x0, sy, max(x0 + 8, lane.enter), y, min(x1 - 8, lane.leave), y, x1, ty];
}

/** How far along, 0 to 1, a curve's parameter is where it has come `x` of its way, 0 to 1. */
function parameterAt(x: number): number {
  let u = x;
  for (let step = 0; step < 4; step += 1) {
    const value = 1.5 * u - 1.5 * u * u + u * u * u;
    u -= (value - x) / (1.5 - 3 * u + 3 * u * u);
  }
  return max(0, min(1, u));
}

/** The height of a route at x and its slope there; null where the route does not pass x. */
export function heightAt(route: Route, x: number): { y: number; slope: number } | null {
  for (let at = 0; at + 3 < route.length; at += 2) {
    const [x0, y0, x1, y1] = [route[at]!, route[at + 1]!, route[at + 2]!, route[at + 3]!];
    if (x < x0 || x > x1 || x1 <= x0) continue;
    const u = parameterAt((x - x0) / (x1 - x0));
    const rise = 6 * u * (1 - u) * (y1 - y0);
    const run = (1.5 - 3 * u + 3 * u * u) * (x1 - x0);
    return { y: y0 + (3 * u * u - 2 * u * u * u) * (y1 - y0), slope: rise / run };
  }
  return null;
}

/** Points on a route, some px from each other. */
export function pointsAlong(route: Route): [number, number][] {
  const points: [number, number][] = [];
  for (let at = 0; at + 3 < route.length; at += 2) {
    const [x0, y0, x1, y1] = [route[at]!, route[at + 1]!, route[at + 2]!, route[at + 3]!];
    const count = ceil(max(8, abs(x1 - x0) / APART, (1.5 * abs(y1 - y0)) / APART));
    for (let step = 1; step < count; step += 1) {
      const x = x0 + ((x1 - x0) * step) / count;
      points.push([x, heightAt(route.slice(at, at + 4), x)?.y ?? y0]);
    }
  }
  return points;
}
