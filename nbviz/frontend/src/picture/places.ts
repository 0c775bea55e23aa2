/** Where everything is, in px: slots come from Python, the width and the text's size only the browser knows. */

import { ceil, floor, max, min } from "../style/math.ts";
import { grouped } from "../style/numbers.ts";
import type { Measure } from "../style/text.ts";
import { type Fonts, NAME_LETTERS, PADDING } from "../style/type_scale.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import { slimWidth } from "./block_words.ts";
import { fillSpan, hasStrip, leastGaps, squeezedGaps, total } from "./gaps.ts";
import { NAME_AIR, nameOffset, namesMaps, nameWidth, outputLabelWidth, type Room, valueColumn } from "./label_room.ts";
import { hasRest, isChannels } from "./shown.ts";

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

/** Whether all columns stand in the room there is, or as far apart as edges want it, and the drawing scrolls. */
export type Zoom = "fit" | "read";

export interface Placement {
  width: number;
  /** Whether columns stand closer than is easy to read, so that the first and the last are in sight. */
  squeezed: boolean;
  columns: number[];
  room: Room;
  places: Place[];
  strips: Strip[];
}

/** Widths of its blocks and pictures, and px that edges keep: small blocks rather than edges that nobody can read. */
const WIDE = [...slim(64, 152, 120, 104, 92, 80), ...slim(44, 80, 72, 64)];
const SLIM = [...WIDE, ...slim(28, 68, 64, 56, 48, 44, 40)];
/** The same where blocks are, which keep room for words. */
const SLIM_BLOCKS = [...WIDE, ...slim(28, 68, 64, 56, 48), ...slim(20, 56, 48), ...slim(16, 48, 40, 36, 32)];
/** The same where maps alone are drawn: those shrink, too. */
const SLIM_MAPS = [...SLIM, ...slim(20, 40, 36, 32), ...slim(12, 32, 28, 24)];
const STRIP_AIR = 12;
/** px of a probability's bar where there is little room. */
const SHORT_BAR = 40;
/** A block that shows a picture is as wide as the words for it, up to this. */
const PICTURED_MOST = 200;
const BLOCK_MOST = 152;
const BLOCK_LEAST = 72;
/** For the sign that a block opens. */
export const CHEVRON_ROOM = 12;
/** px that a strip takes at the left of its column. */
export const STRIP_ROOM = 26;
function slim(edges: number, ...widths: number[]): [number, number][] {
  return widths.map((width) => [width, edges]);
}

export function isCircle(layer: LayerWire): boolean {
  return layer.face === "circle";
}

export function shapeText(shape: readonly (number | null)[]): string {
  return shape.map((side) => side ?? "?").join(" × ");
}

/** Gates or heads of a block in one line. */
export function partsText({ parts }: LayerWire): string {
  return parts.join(" · ");
}

function halfWidth(layer: LayerWire, fonts: Fonts, measure: Measure, most = Number.POSITIVE_INFINITY): number {
  if (layer.face === "circle") return layer.size;
  if (layer.face !== "block") return min(layer.size, most) / 2;
  // Where all are narrow each is as wide as its words: short ones leave room to long ones.
  if (most < BLOCK_LEAST) return slimWidth(layer.type, most, layer.opens ? CHEVRON_ROOM / 2 : 0, fonts, measure) / 2;
  const texts = [shapeText(layer.output_shape), `${grouped(layer.parameters)} params`];
  const pictured = layer.picture !== null;
  if (pictured) texts.push(layer.picture!, partsText(layer));
  const widest = max(measure(layer.type, fonts.name), ...texts.map((text) => measure(text, fonts.small)));
  const room = 20 + (layer.opens ? CHEVRON_ROOM : 0);
  return min(most, pictured ? PICTURED_MOST : BLOCK_MOST, max(BLOCK_LEAST, ceil(widest) + room)) / 2;
}

/** The levels of tightness; each leaves out more. Captions shrink with what stands above them. */
function roomAt(level: number, width: number, measure: Measure, fonts: Fonts): Room {
  const letters = measure("n".repeat(NAME_LETTERS), fonts.body);
  const most = level < 1 ? 0.26 : level < 4 ? 0.16 : 0;
  return {
    parameters: level < 3,
    logits: level < 2,
    values: level < 3,
    types: level < 4,
    inputNames: max(letters, min(200, width * most)),
    outputNames: max(letters, min(200, width * (level < 1 ? 0.2 : 0.14))),
    bar: width >= 700 ? 84 : 52,
  };
}
const LEVELS = 5;

function margins(network: NetworkWire, halves: number[], room: Room, fonts: Fonts, measure: Measure): [number, number] {
  let left = PADDING;
  let right = PADDING;
  const last = network.columns - 1;
  for (const [index, layer] of network.layers.entries()) {
    const half = halves[index]!;
    // A caption is centred on its node and must not be cut at the border.
    const slides = isChannels(layer) ? [shapeText(layer.window), layer.activation ?? ""].join(" · ") : "";
    const caption = PADDING + min(60, max(measure(layer.name, fonts.name), measure(slides, fonts.small)) / 2);
    if (layer.column === 0) {
      const named = layer.kind === "input" && (layer.face === "circle" || layer.face === "response");
      const texts = layer.value_names && !room.values ? valueColumn(layer) : 0; // in the place of the names
      const name = named ? max(texts, min(room.inputNames, nameWidth(network, index, fonts, measure))) : 0;
      const strip = hasStrip(layer) ? STRIP_ROOM : 0;
      left = max(left, caption, PADDING + name + (named ? nameOffset(layer, room) : 0) + half + strip);
    }
    if (layer.column === last) {
      const label =
        layer.output !== null
          ? outputLabelWidth(network, index, room, fonts, measure)
          : namesMaps(network, layer)
            ? min(room.outputNames, nameWidth(network, index, fonts, measure))
            : 0;
      right = max(right, caption, PADDING + half + (label && NAME_AIR + label));
    }
  }
  return [left, right];
}

/** How the columns share the room. */
interface Spread {
  room: Room;
  halves: number[];
  /** px at the left of the first column and at the right of the last. */
  left: number;
  right: number;
  gaps: number[];
  squeezed: boolean;
}

/** All columns in the room there is, blocks and gaps as small as it takes; null where not even that helps. */
function squeeze(
  network: NetworkWire,
  available: number,
  fractions: readonly number[],
  fonts: Fonts,
  measure: Measure,
): Spread | null {
  const room = { ...roomAt(LEVELS - 1, available, measure, fonts), bar: SHORT_BAR };
  const { layers } = network;
  const maps = layers.some(isChannels) ? SLIM_MAPS : SLIM;
  for (const [most, edges] of layers.some(({ face }) => face === "block") ? SLIM_BLOCKS : maps) {
    const halves = network.layers.map((layer) => halfWidth(layer, fonts, measure, most));
    const [left, right] = margins(network, halves, room, fonts, measure);
    const least = squeezedGaps(network, halves, edges);
    const span = available - left - right;
    if (total(least) <= span) {
      // What is left goes to the edges of all gaps alike.
      const spare = (span - total(least)) / max(1, least.length);
      const even = fractions.some((fraction) => fraction <= 0) ? least : least.map((gap) => gap + spare);
      return { room, halves, left, right, gaps: even, squeezed: true };
    }
  }
  return null;
}

function spread(
  network: NetworkWire,
  available: number,
  fractions: readonly number[],
  fonts: Fonts,
  measure: Measure,
  zoom: Zoom,
): Spread {
  const halves = network.layers.map((layer) => halfWidth(layer, fonts, measure));
  const least = leastGaps(network, halves);
  const tries = Array.from({ length: LEVELS }, (_, level) => {
    const room = roomAt(level, available, measure, fonts);
    const [left, right] = margins(network, halves, room, fonts, measure);
    return { room, left, right, span: available - left - right };
  });
  const widest = max(...tries.map(({ span }) => span));
  const scrolls = widest < total(least.readable);
  const squeezed = scrolls && zoom === "fit" ? squeeze(network, available, fractions, fonts, measure) : null;
  if (squeezed) return squeezed;
  // Where not even leaving things out helps, nothing is left out and the drawing scrolls.
  const { room, left, right, span } = scrolls
    ? tries[0]!
    : (tries.find((chosen) => chosen.span >= total(least.comfortable)) ??
      tries.find((chosen) => chosen.span > widest - 4)!);
  const tight = span < total(least.comfortable);
  const gaps = fillSpan(scrolls ? 0 : span, fractions, scrolls || !tight ? least.comfortable : least.readable);
  return { room, halves, left, right, gaps, squeezed: false };
}

export function placeAll(
  network: NetworkWire,
  shown: readonly number[][],
  available: number,
  fonts: Fonts,
  measure: Measure,
  zoom: Zoom = "fit",
): Placement {
  const fractions: number[] = [];
  const at = Array.from({ length: network.columns }, (_, column) => {
    const layer = network.layers.find((candidate) => candidate.column === column);
    return layer?.x ?? (network.columns > 1 ? column / (network.columns - 1) : 0.5);
  });
  for (let column = 1; column < at.length; column += 1) fractions.push(at[column]! - at[column - 1]!);
  const { room, halves, left, right, gaps, squeezed } = spread(network, available, fractions, fonts, measure, zoom);
  const width = max(available, ceil(left + total(gaps) + right - 0.01));
  const columns = [left + max(0, (width - left - total(gaps) - right) / 2)];
  for (const gap of gaps) columns.push(columns.at(-1)! + gap);

  const places: Place[] = [];
  const strips: Strip[] = [];
  for (const [index, layer] of network.layers.entries()) {
    const x = columns[layer.column]!;
    const half = halves[index]!;
    // Circles, pictures and faces stay as they are, smaller.
    const tall = layer.face === "block" ? layer.size / 2 : half;
    const kind = layer.face === "picture" || layer.face === "block" ? layer.face : "unit";
    for (const [slot, unit] of shown[index]!.entries()) {
      const y = layer.y[slot] ?? layer.y.at(-1) ?? 0;
      const key = `${layer.name}/${unit}`;
      const row = layer.candidates.indexOf(unit);
      places.push({ key, layer: index, kind, unit, row, id: layer.first_unit + unit, x, y, half, tall });
    }
    if (hasRest(layer)) {
      const text = `+${grouped(layer.units - shown[index]!.length)}`;
      const pill = max(14, (measure(text, fonts.rest) + 10) / 2);
      // A wide pill grows away from the strip.
      const shift = max(0, pill - 17);
      const y = layer.y.at(-1)!;
      const key = `${layer.name}/rest`;
      places.push({
        key,
        layer: index,
        kind: "rest",
        unit: -1,
        row: -1,
        id: null,
        x: x + shift,
        y,
        half: pill,
        tall: 8.5,
      });
    }
    if (hasStrip(layer) && layer.y.length > 0 && !squeezed)
      strips.push(strip(index, layer, x - half - STRIP_AIR, tall));
  }
  return { width, squeezed, columns, room, places, strips };
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
  const rows = ceil(cells / strip.lanes);
  const pitch = (strip.height - 4) / rows;
  const row = floor(cell / strip.lanes);
  const lane = cell % strip.lanes;
  return {
    x: strip.x + 2 + lane * (strip.cell + 1),
    y: strip.y + 2 + row * pitch,
    height: pitch > 3 ? pitch - 1 : pitch,
  };
}

export function cellAt(strip: Strip, cells: number, x: number, y: number): number | null {
  if (x < strip.x || x > strip.x + strip.width || y < strip.y || y > strip.y + strip.height) return null;
  const rows = ceil(cells / strip.lanes);
  const row = max(0, min(rows - 1, floor(((y - strip.y - 2) / (strip.height - 4)) * rows)));
  const lane = max(0, min(strip.lanes - 1, floor((x - strip.x - 2) / (strip.cell + 1))));
  return min(cells - 1, row * strip.lanes + lane);
}
