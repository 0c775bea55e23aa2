/** All that is fixed until the network, its places or the width change. */

import { ceil, max } from "../style/math.ts";
import type { Measure } from "../style/text.ts";
import type { Fonts } from "../style/type_scale.ts";
import type { ConnectionWire, LayerWire, NetworkWire } from "../wire.ts";
import { type Captions, composeCaptions } from "./captions.ts";
import { type Edge, listEdges } from "./edges.ts";
import type { Moment } from "./frame.ts";
import { clearOfFrames } from "./framed_captions.ts";
import { type Group, groupsOf } from "./groups.ts";
import type { Room } from "./label_room.ts";
import { type Place, placeAll, type Strip, type Zoom } from "./places.ts";
import { findLanes, type Lane } from "./routes.ts";

/** px above a frame. */
const FRAME_AIR = 6;

export interface Scene {
  network: NetworkWire;
  layers: LayerWire[];
  connections: ConnectionWire[];
  shown: number[][];
  width: number;
  height: number;
  /** Whether columns stand closer than is easy to read, so that the first and the last are in sight. */
  squeezed: boolean;
  columns: number[];
  room: Room;
  places: Place[];
  placeOf: ReadonlyMap<string, number>;
  strips: Strip[];
  edges: Edge[];
  lanes: ReadonlyMap<number, Lane>;
  captions: Captions;
  /** Frames round what is drawn in the place of an opened block, outer ones first. */
  groups: Group[];
  fonts: Fonts;
}

export function buildScene(
  network: NetworkWire,
  shown: number[][],
  available: number,
  fonts: Fonts,
  measure: Measure,
  moment: Moment | null = null,
  zoom: Zoom = "fit",
): Scene {
  const placement = placeAll(network, shown, available, fonts, measure, zoom);
  const { places, strips, columns, room, width, squeezed } = placement;
  const { lanes, above: lanesAbove } = findLanes(network, places, strips, columns);
  const captions = composeCaptions(network, placement, fonts, measure);
  const groups = groupsOf({ network, places, strips, lanes, captions });
  clearOfFrames(captions.lines, groups, fonts, measure);
  const above = max(lanesAbove, ...groups.map(({ y }) => ceil(FRAME_AIR - y)));
  for (const thing of [...places, ...strips, ...lanes.values(), ...captions.lines, ...captions.scales, ...groups])
    thing.y += above;
  return {
    network,
    layers: network.layers,
    connections: network.connections,
    shown,
    width,
    squeezed,
    height: captions.height + above,
    columns,
    room,
    places,
    placeOf: new Map(places.map(({ key }, at) => [key, at])),
    strips,
    edges: listEdges(network, places, moment),
    lanes,
    captions,
    groups,
    fonts,
  };
}

export function placeOfUnit(scene: Scene, id: number | null): number | null {
  if (id === null) return null;
  const at = scene.places.findIndex((place) => place.id === id);
  return at < 0 ? null : at;
}
