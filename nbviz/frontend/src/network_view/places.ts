/** Where everything is, in px: slots come from Python, the width and the text's size only the browser knows. */

import type { LayerWire, NetworkWire } from "../wire.ts";
import type { Measure } from "../text.ts";
import { grouped } from "../numbers.ts";
import { type Fonts, NAME_LETTERS, PADDING } from "./type.ts";
import { unitName } from "./shown.ts";

export interface Place {
  key: string;
  layer: number;
  kind: "unit" | "rest" | "picture" | "block";
  /** Index in the layer and row among its candidates; -1 for a rest node. */
  unit: number;
  row: number;
  id: number | null;
  x: number;
  y: number;
  /** Half the width and half the height. */
  half: number;
  tall: number;
}

export interface Strip {
  layer: number;
  x: number;
  y: number;
  width: number;
  height: number;
  lanes: number;
  cell: number;
}

/** What there is room for: things go in this order as it shrinks. */
export interface Room {
  parameters: boolean;
  logits: boolean;
  values: boolean;
  types: boolean;
  /** px for the names of inputs and of outputs. */
  inputNames: number;
  outputNames: number;
  bar: number;
}

export interface Placement {
  width: number;
  columns: number[];
  room: Room;
  places: Place[];
  strips: Strip[];
}

const GAP_MOST = 240;
const STRIP_AIR = 12;
export const VALUE_COLUMN = 40;
export const VALUE_AIR = 8;
export const NAME_AIR = 10;

/** px from an input node's edge to where its name ends. */
export function nameOffset(layer: LayerWire, room: Room): number {
  return layer.face === "circle" && room.values ? VALUE_AIR + VALUE_COLUMN + 2 : NAME_AIR;
}

export function isCircle(layer: LayerWire): boolean {
  return layer.face === "circle";
}

export function hasRest(layer: LayerWire): boolean {
  return layer.y.length > layer.shown.length;
}

/** Whether name, bar and numbers of an output stand under each other. */
export function isStacked(layer: LayerWire): boolean {
  const [first, second] = layer.y;
  return second === undefined || second - first! >= 44;
}

export function shapeText(shape: readonly (number | null)[]): string {
  return shape.map((side) => side ?? "?").join(" × ");
}

function halfWidth(layer: LayerWire, fonts: Fonts, measure: Measure): number {
  if (layer.face === "circle") return layer.size;
  if (layer.face !== "block") return layer.size / 2;
  const widest = Math.max(
    measure(layer.type, fonts.name),
    measure(shapeText(layer.output_shape), fonts.small),
    measure(`${grouped(layer.parameters)} params`, fonts.small),
  );
  return Math.min(132, Math.max(72, Math.ceil(widest) + 20)) / 2;
}

function nameWidth(network: NetworkWire, index: number, fonts: Fonts, measure: Measure): number {
  const layer = network.layers[index]!;
  return layer.shown.reduce((most, unit) => Math.max(most, measure(unitName(network, index, unit), fonts.name)), 0);
}

/** The levels of tightness; each leaves out one thing more. */
function roomAt(level: number, width: number, measure: Measure, fonts: Fonts): Room {
  const letters = measure("n".repeat(NAME_LETTERS), fonts.body);
  return {
    parameters: level < 1,
    logits: level < 2,
    values: level < 3,
    types: level < 4,
    inputNames: level < 5 ? Math.max(letters, Math.min(200, width * 0.16)) : letters,
    outputNames: Math.max(letters, Math.min(200, width * 0.14)),
    bar: width >= 700 ? 84 : 52,
  };
}
const LEVELS = 6;

/** px right of an output's node that its label takes. */
export function outputLabelWidth(
  network: NetworkWire,
  index: number,
  room: Room,
  fonts: Fonts,
  measure: Measure,
): number {
  const layer = network.layers[index]!;
  const name = Math.min(room.outputNames, nameWidth(network, index, fonts, measure));
  const percent = measure("100 %", fonts.small);
  const rest = hasRest(layer) ? 30 : 0;
  if (layer.output === "linear" || layer.output === null) {
    const value = measure("+0.0000", fonts.small);
    return Math.max(rest, isStacked(layer) ? Math.max(name, value) : name + 8 + value);
  }
  if (!isStacked(layer)) return Math.max(rest, name + 8 + room.bar + 8 + percent);
  const logit = room.logits ? 8 + measure("z −10.0", fonts.small) : 0;
  return Math.max(rest, name, room.bar, percent + logit);
}

function margins(network: NetworkWire, halves: number[], room: Room, fonts: Fonts, measure: Measure): [number, number] {
  let left = PADDING;
  let right = PADDING;
  const last = network.columns - 1;
  for (const [index, layer] of network.layers.entries()) {
    const half = halves[index]!;
    // A caption is centred on its node and must not be cut at the border.
    const caption = PADDING + Math.min(60, measure(layer.name, fonts.name) / 2);
    if (layer.column === 0) {
      const named = layer.kind === "input" && (layer.face === "circle" || layer.face === "response");
      const name = named ? Math.min(room.inputNames, nameWidth(network, index, fonts, measure)) : 0;
      const strip = layer.cells > 0 ? 26 : 0;
      left = Math.max(left, caption, PADDING + name + (named ? nameOffset(layer, room) : 0) + half + strip);
    }
    if (layer.column === last) {
      const label =
        layer.output !== null ? NAME_AIR + outputLabelWidth(network, index, room, fonts, measure) : 0;
      right = Math.max(right, caption, PADDING + half + label);
    }
  }
  return [left, right];
}

/** Least px between two columns' centres: what is comfortable, and what is still readable. */
function leastGaps(network: NetworkWire, halves: number[]): { comfortable: number[]; readable: number[] } {
  const reach = Array.from({ length: network.columns }, (_, column) =>
    Math.max(0, ...network.layers.map((layer, index) => (layer.column === column ? halves[index]! : 0))),
  );
  const strip = (column: number) => (network.layers.some((layer) => layer.column === column && layer.cells > 0) ? 24 : 0);
  const weighty = (column: number) =>
    network.connections.some(({ kind, target }) => kind !== "link" && network.layers[target]!.column === column);
  const gaps = Array.from({ length: Math.max(0, network.columns - 1) }, (_, gap) => gap + 1);
  const least = (weights: number, links: number, air: number) =>
    gaps.map((to) =>
      Math.max(weighty(to) ? weights : links, reach[to - 1]! + reach[to]! + strip(to) + (weighty(to) ? air : air / 2)),
    );
  return { comfortable: least(128, 90, 88), readable: least(96, 84, 52) };
}

function spanFor(least: number[], fractions: number[]): number {
  return least.reduce((most, gap, index) => Math.max(most, gap / Math.max(1e-6, fractions[index]!)), 0);
}

export function placeAll(
  network: NetworkWire,
  shown: readonly number[][],
  available: number,
  fonts: Fonts,
  measure: Measure,
): Placement {
  const halves = network.layers.map((layer) => halfWidth(layer, fonts, measure));
  const fractions: number[] = [];
  const at = Array.from({ length: network.columns }, (_, column) => {
    const layer = network.layers.find((candidate) => candidate.column === column);
    return layer?.x ?? (network.columns > 1 ? column / (network.columns - 1) : 0.5);
  });
  for (let column = 1; column < at.length; column += 1) fractions.push(at[column]! - at[column - 1]!);
  const least = leastGaps(network, halves);
  const comfortable = spanFor(least.comfortable, fractions);
  const readable = spanFor(least.readable, fractions);

  let room = roomAt(0, available, measure, fonts);
  let left = 0;
  let right = 0;
  let span = 0;
  for (let level = 0; level < LEVELS; level += 1) {
    room = roomAt(level, available, measure, fonts);
    [left, right] = margins(network, halves, room, fonts, measure);
    span = available - left - right;
    if (span >= comfortable) break;
  }
  if (span < readable) span = comfortable;
  span = Math.min(span, spanFor([GAP_MOST], [Math.max(1e-6, ...fractions)]));
  if (network.columns === 1) span = 0;
  const width = Math.max(available, Math.ceil(left + span + right));
  const start = left + Math.max(0, (width - left - span - right) / 2);
  const columns = at.map((fraction) => (network.columns === 1 ? start : start + (fraction - at[0]!) * span));

  const places: Place[] = [];
  const strips: Strip[] = [];
  for (const [index, layer] of network.layers.entries()) {
    const x = columns[layer.column]!;
    const half = halves[index]!;
    const tall = layer.face === "circle" ? layer.size : layer.size / 2;
    const kind = layer.face === "picture" || layer.face === "block" ? layer.face : "unit";
    for (const [slot, unit] of shown[index]!.entries()) {
      const y = layer.y[slot] ?? layer.y.at(-1) ?? 0;
      const key = `${layer.name}/${unit}`;
      const row = layer.candidates.indexOf(unit);
      places.push({ key, layer: index, kind, unit, row, id: layer.first_unit + unit, x, y, half, tall });
    }
    if (hasRest(layer)) {
      const text = `+${grouped(layer.units - shown[index]!.length)}`;
      const pill = Math.max(14, (measure(text, fonts.rest) + 10) / 2);
      // A wide pill grows away from the strip.
      const shift = Math.max(0, pill - 17);
      const y = layer.y.at(-1)!;
      const key = `${layer.name}/rest`;
      places.push({ key, layer: index, kind: "rest", unit: -1, row: -1, id: null, x: x + shift, y, half: pill, tall: 8.5 });
    }
    if (layer.cells > 0 && layer.y.length > 0) strips.push(strip(index, layer, x - half - STRIP_AIR, tall));
  }
  return { width, columns, room, places, strips };
}

function strip(index: number, layer: LayerWire, right: number, tall: number): Strip {
  const lanes = layer.cells > 64 ? 2 : 1;
  const cell = lanes === 2 ? 4 : 5;
  const width = 4 + lanes * cell + (lanes - 1);
  const y = layer.y[0]! - tall - 2;
  return { layer: index, x: right - width, y, width, height: layer.y.at(-1)! + tall + 2 - y, lanes, cell };
}

/** The rectangle of one cell of a strip; units run along the lanes, row by row. */
export function cellBox(strip: Strip, cells: number, cell: number): { x: number; y: number; height: number } {
  const rows = Math.ceil(cells / strip.lanes);
  const pitch = (strip.height - 4) / rows;
  const row = Math.floor(cell / strip.lanes);
  const lane = cell % strip.lanes;
  return {
    x: strip.x + 2 + lane * (strip.cell + 1),
    y: strip.y + 2 + row * pitch,
    height: pitch > 3 ? pitch - 1 : pitch,
  };
}

export function cellAt(strip: Strip, cells: number, x: number, y: number): number | null {
  if (x < strip.x || x > strip.x + strip.width || y < strip.y || y > strip.y + strip.height) return null;
  const rows = Math.ceil(cells / strip.lanes);
  const row = Math.max(0, Math.min(rows - 1, Math.floor(((y - strip.y - 2) / (strip.height - 4)) * rows)));
  const lane = Math.max(0, Math.min(strip.lanes - 1, Math.floor((x - strip.x - 2) / (strip.cell + 1))));
  return Math.min(cells - 1, row * strip.lanes + lane);
}
