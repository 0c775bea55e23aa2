/** Blocks that are opened: the frame round the layers drawn in the place of each, and what opening changes. */

import { max, min } from "../style/math.ts";
import { CAPTION_LINE } from "../style/type_scale.ts";
import type { NetworkWire } from "../wire.ts";
import type { Captions } from "./captions.ts";
import type { Place, Strip } from "./places.ts";
import type { Lane } from "./routes.ts";
import { nameInside } from "./shown.ts";

export interface Group {
  name: string;
  /** The name without those of the models around it. */
  label: string;
  /** Indices of the layers inside, those of groups inside it included. */
  layers: ReadonlySet<number>;
  /** px. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a group is framed by. */
interface Drawn {
  network: NetworkWire;
  places: readonly Place[];
  strips: readonly Strip[];
  lanes: ReadonlyMap<number, Lane>;
  captions: Pick<Captions, "lines">;
}

export const AIR = 10;
/** px by which a frame stands outside of the one inside it. */
const STEP = 6;
/** px from a frame to the middle between what it holds and what stands beside that. */
const APART = 2;
export const HEADER = 20;
const CAPTION_AIR = 5;
const LANE_AIR = 8;
const LANE_REACH = 30;

/** Opened blocks with their frames, outer ones first. */
export function groupsOf(drawn: Drawn): Group[] {
  const { opened, layers } = drawn.network;
  const around = new Map(opened.map(({ name, inside }) => [name, inside]));
  const levels = new Map<string, number>();
  const members = new Map<string, Set<number>>(opened.map(({ name }) => [name, new Set()]));
  for (const [index, layer] of layers.entries()) {
    for (let name = layer.inside; name !== null; name = around.get(name) ?? null) members.get(name)?.add(index);
  }
  for (const { name, inside } of [...opened].reverse()) {
    if (inside !== null) levels.set(inside, max(levels.get(inside) ?? 0, (levels.get(name) ?? 0) + 1));
  }
  const depths = new Map<string, number>();
  for (const { name, inside } of opened) depths.set(name, inside === null ? 0 : (depths.get(inside) ?? 0) + 1);
  return opened
    .filter(({ name }) => members.get(name)!.size > 0)
    .map(({ name, inside }) => {
      const own = members.get(name)!;
      const level = { inside: levels.get(name) ?? 0, outside: depths.get(name)! };
      return { name, label: nameInside(name, inside), layers: own, ...frame(drawn, own, level) };
    });
}

/** `level`: of frames inside this one, and of those around it. */
function frame(
  drawn: Drawn,
  layers: ReadonlySet<number>,
  { inside, outside }: { inside: number; outside: number },
): Pick<Group, "x" | "y" | "width" | "height"> {
  const { network, places, strips, lanes, captions } = drawn;
  let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
  const take = (x0: number, y0: number, x1: number, y1: number) => {
    left = min(left, x0);
    top = min(top, y0);
    right = max(right, x1);
    bottom = max(bottom, y1);
  };
  for (const { layer, x, y, half, tall } of places)
    if (layers.has(layer)) take(x - half - AIR, y - tall - AIR, x + half + AIR, y + tall + AIR);
  for (const { layer, x, y, width, height } of strips)
    if (layers.has(layer)) take(x - AIR, y - AIR, x + width + AIR, y + height + AIR);
  for (const [index, { source, target }] of network.connections.entries()) {
    const lane = lanes.get(index);
    // One that comes from outside passes the layers inside as well.
    if (
      lane &&
      (layers.has(source) || layers.has(target)) &&
      lane.enter > left - LANE_REACH &&
      lane.leave < right + LANE_REACH
    )
      take(left, lane.y - LANE_AIR, right, lane.y + LANE_AIR);
  }
  for (const { layer, x, y, width } of captions.lines)
    if (layers.has(layer))
      take(x - width / 2 - CAPTION_AIR, y, x + width / 2 + CAPTION_AIR, y + CAPTION_LINE + CAPTION_AIR);
  const wide = inside * STEP;
  // The headers of the groups inside stand under this one's own.
  const high = HEADER * (inside + 1) + wide;
  const most = betweenNeighbours(drawn, layers, APART + outside * STEP);
  const [x, end] = [max(left - wide, most.left), min(right + wide, most.right)];
  return { x, y: top - high, width: end - x, height: bottom - top + high + wide };
}

/** How far a frame may reach: half of the way to the columns beside it, though never into what it holds. */
function betweenNeighbours({ network, places, strips }: Drawn, layers: ReadonlySet<number>, apart: number) {
  const columns = [...layers].map((at) => network.layers[at]!.column);
  const ends = (column: number) => {
    const here = ({ layer }: { layer: number }) => network.layers[layer]!.column === column;
    const nodes = places.filter(here);
    if (nodes.length === 0) return null;
    return {
      x: nodes[0]!.x,
      left: min(...nodes.map(({ x, half }) => x - half), ...strips.filter(here).map(({ x }) => x)),
      right: max(...nodes.map(({ x, half }) => x + half)),
    };
  };
  const [first, last] = [ends(min(...columns)), ends(max(...columns))];
  const [before, after] = [ends(min(...columns) - 1), ends(max(...columns) + 1)];
  return {
    left:
      before && first
        ? min(max((before.x + first.x) / 2 + apart, before.right + 1), first.left - 1)
        : Number.NEGATIVE_INFINITY,
    right:
      last && after
        ? max(min((last.x + after.x) / 2 - apart, after.left - 1), last.right + 1)
        : Number.POSITIVE_INFINITY,
  };
}

/** What was opened or closed between two pictures of a network. */
export function changedGroup(before: NetworkWire | null, after: NetworkWire): { opened?: string; closed?: string } {
  const names = (network: NetworkWire | null) => network?.opened.map(({ name }) => name) ?? [];
  const [old, now] = [names(before), names(after)];
  const opened = now.find((name) => !old.includes(name));
  const closed = old.find((name) => !now.includes(name));
  return before === null
    ? {}
    : { ...(opened === undefined ? {} : { opened }), ...(closed === undefined ? {} : { closed }) };
}

/** What stays open when a block is closed: what is inside it closes too. */
export function withoutGroup({ opened }: NetworkWire, closing: string): string[] {
  const closed = new Set([closing]);
  // Outer ones come first.
  for (const { name, inside } of opened) if (inside !== null && closed.has(inside)) closed.add(name);
  return opened.map(({ name }) => name).filter((name) => !closed.has(name));
}
