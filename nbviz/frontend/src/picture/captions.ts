/** What stands beneath the drawing: a caption for each layer, and in each gap the scale of its edges. */

import { abs, ceil, max, min } from "../style/math.ts";
import { cutNames } from "../style/names.ts";
import { elide, type Measure } from "../style/text.ts";
import { CAPTION_LINE, type Fonts, PADDING } from "../style/type_scale.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import { halved } from "./block_words.ts";
import { captionParts, type Detail, handsOn, type Part } from "./caption_words.ts";
import { symbolOf } from "./edges.ts";
import { isStacked } from "./label_room.ts";
import type { Placement } from "./places.ts";
import { isChannels } from "./shown.ts";

export interface CaptionLine extends Part {
  layer: number;
  /** Centre and top. */
  x: number;
  y: number;
  width: number;
}

/** A line under a scale's bar: of a connection its reach, else a note. */
export interface ScaleLine {
  connection: number | null;
  /** Of a connection what tells it from others under the same bar, else the note. */
  text: string;
}

export interface Scale {
  x: number;
  y: number;
  bar: number;
  width: number;
  lines: ScaleLine[];
}

export interface Captions {
  lines: CaptionLine[];
  scales: Scale[];
  height: number;
  /** Of the height what lies beneath the last line. */
  slack: number;
}

/** What the captions tell, and whether the scales stand above them. */
interface Variant extends Detail {
  above: boolean;
  /** Whether every other column's stand beneath those of its neighbours. */
  tiers: boolean;
  /** Whether long names stand in two lines. */
  halves: boolean;
}

const AIR = 8;
const BAR_HEIGHT = 8;

/** Px that a shared column's caption gives way to the percentage beneath the last node. */
function hanging(layer: LayerWire): number {
  return layer.compact_caption && layer.output !== null && isStacked(layer) ? 8 : 0;
}

/** Top of the captions of layers that have a column of their own. */
function bottomRow(network: NetworkWire): number {
  const own = network.layers.filter((layer) => !layer.compact_caption);
  return own.length > 0 ? max(...own.map(({ caption_y }) => caption_y)) : network.height - 96;
}

/** Below the captions of layers that share a column, where those reach further down than the others. */
function belowShared(network: NetworkWire, column: number): number {
  const ends = network.layers
    .filter((layer) => layer.column === column)
    .map((layer) => layer.caption_y + hanging(layer) + 2 * CAPTION_LINE);
  return max(bottomRow(network), ...ends);
}

/**
 * A scale for each layer that edges run into, in the gap before it. Where one layer fans out into several that
 * share a column, their edges cross the whole gap: one scale beneath it then speaks for all.
 */
function composeScales(network: NetworkWire, { columns }: Placement): Scale[] {
  const scales = new Map<string, Scale>();
  const told = new Set<number>();
  for (const [target, layer] of network.layers.entries()) {
    const lines = layer.column === 0 ? [] : scaleLines(network, target, told);
    if (lines.length === 0) continue;
    const before = network.layers.filter(({ column }) => column === layer.column - 1);
    const fans = layer.compact_caption && before.every((source) => !source.compact_caption);
    const gap = columns[layer.column]! - columns[layer.column - 1]!;
    const key = fans ? `column ${layer.column}` : `layer ${target}`;
    // Beside the captions of a shared column there is no room: the scale is their third line.
    const beneath = layer.compact_caption && !fans;
    const scale = scales.get(key) ?? {
      x: columns[layer.column]! - (beneath ? 0 : gap / 2),
      y: fans
        ? belowShared(network, layer.column)
        : layer.caption_y + (beneath ? hanging(layer) + 2 * CAPTION_LINE : 0),
      bar: 0,
      width: 0,
      lines: [],
    };
    if (!beneath && lines.some(({ connection }) => connection !== null)) scale.bar = max(36, min(64, gap * 0.34));
    scale.lines.push(
      ...lines.map((line) =>
        fans && line.connection !== null ? { ...line, text: `${layer.name}: ${line.text}` } : line,
      ),
    );
    scales.set(key, scale);
  }
  return [...scales.values()];
}

interface Box {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

const tooClose = (a: Box, b: Box) => a.x0 < b.x1 + AIR && b.x0 < a.x1 + AIR && a.y0 < b.y1 && b.y0 < a.y1;

function scaleLines(network: NetworkWire, target: number, told: Set<number>): ScaleLine[] {
  const into = [...network.connections.entries()].filter(
    ([, { target: end, kind }]) => end === target && kind !== "link",
  );
  const lines: ScaleLine[] = into.map(([connection, { source }]) => ({
    connection,
    text: into.length > 1 ? `${network.layers[source]!.name}: ` : "",
  }));
  for (const connection of network.connections) {
    if (connection.target !== target) continue;
    const source = network.layers[connection.source]!;
    const notes = [...connection.notes];
    const inGap = source.kind !== "input" && source.face !== "block" && !handsOn(network, connection.source);
    if (inGap && !told.has(connection.source)) {
      notes.unshift(...source.notes);
      told.add(connection.source);
    }
    for (const text of notes) if (!lines.some((line) => line.text === text)) lines.push({ connection: null, text });
  }
  return lines;
}

/** The words for a scale line, given how far its edges reach. */
export function scaleText(line: ScaleLine, symbol: string, reach: string): string {
  if (line.connection === null) return line.text;
  return `${line.text}${symbol} ${symbol.startsWith("‖") ? "≤ " : "±"}${reach}`;
}

export function composeCaptions(network: NetworkWire, placement: Placement, fonts: Fonts, measure: Measure): Captions {
  const { room } = placement;
  const variants: Variant[] = [];
  const hasChannels = network.layers.some(isChannels);
  const briefly = network.layers.some(({ brief, name }) => brief && brief !== name);
  for (const above of [false, true]) {
    for (const [parameters, types] of [
      [true, true],
      [false, true],
      [false, false],
    ] as const) {
      if ((parameters && !room.parameters) || (types && !room.types)) continue;
      for (const names of briefly ? [true, false] : [true])
        variants.push({ names, parameters, types, above, tiers: false, halves: false, short: false });
    }
  }
  // What slides is more than a kernel's size: rather than leave it out the scales rise.
  if (hasChannels) variants.sort((a, b) => Number(b.types) - Number(a.types));
  if (placement.squeezed) {
    const told = { parameters: false, above: true, short: true };
    variants.splice(0);
    for (const [types, tiers, halves, names] of [
      [true, false, false, true],
      [false, false, false, true],
      [true, true, false, true],
      [false, true, false, true],
      [true, true, true, true],
      [false, true, true, true],
      [false, true, true, false],
    ] as const)
      variants.push({ ...told, types, tiers, halves, names });
  }
  if (variants.length === 0)
    variants.push({
      names: false,
      parameters: false,
      types: false,
      above: true,
      tiers: false,
      halves: false,
      short: true,
    });
  let composed: Captions | null = null;
  for (const variant of variants) {
    composed = compose(network, placement, fonts, measure, variant, false);
    if (!collides(network, composed, placement.width)) return composed;
  }
  return compose(network, placement, fonts, measure, variants.at(-1)!, true);
}

function collides({ layers }: NetworkWire, { lines, scales }: Captions, width: number): boolean {
  const boxes = new Map<string, Box>();
  for (const [index, { layer, x, y, width: wide }] of lines.entries()) {
    // Between thin columns lines of unequal length fit together; elsewhere a caption is a block.
    const key = isChannels(layers[layer]!) ? `${layer}/${index}` : `${layer}`;
    const box = boxes.get(key) ?? { x0: x, x1: x, y0: y, y1: y };
    boxes.set(key, {
      x0: min(box.x0, x - wide / 2),
      x1: max(box.x1, x + wide / 2),
      y0: min(box.y0, y),
      y1: max(box.y1, y + CAPTION_LINE),
    });
  }
  const all = [...boxes.values()];
  if (all.some((box) => box.x0 < 2 || box.x1 > width - 2)) return true;
  for (const { x, y, width: wide, lines: rows } of scales) {
    const half = wide / 2;
    all.push({ x0: x - half, x1: x + half, y0: y, y1: y + BAR_HEIGHT + rows.length * CAPTION_LINE });
  }
  return all.some((box, at) => all.some((other, before) => before < at && tooClose(box, other)));
}

function widestSymbol(network: NetworkWire, { connection }: ScaleLine): string {
  return connection === null ? "" : symbolOf(network, network.connections[connection]!, false);
}

/** The one layer in the column so far away whose captions stand at the same height, or null. */
function neighbour({ layers }: NetworkWire, layer: LayerWire, away: number): number | null {
  const beside = [...layers.keys()].filter((at) => layers[at]!.column === layer.column + away);
  if (layer.compact_caption || beside.length !== 1 || layers[beside[0]!]!.compact_caption) return null;
  return beside[0]!;
}

function compose(
  network: NetworkWire,
  placement: Placement,
  fonts: Fonts,
  measure: Measure,
  variant: Variant,
  cut: boolean,
): Captions {
  const { columns, width } = placement;
  const scales = composeScales(network, placement);
  for (const scale of scales) {
    const texts = scale.lines.map((line) => measure(scaleText(line, widestSymbol(network, line), "0.00"), fonts.small));
    scale.width = max(scale.bar, ...texts);
  }
  const bottom = bottomRow(network);
  const risers = scales.filter(({ y }) => y === bottom);
  const high = max(0, ...risers.map(({ lines }) => BAR_HEIGHT + 6 + lines.length * CAPTION_LINE));
  const rise = variant.above ? high * (takesTurns(risers, high) ? 2 : 1) : 0;
  const lines: CaptionLine[] = [];
  const step = variant.tiers ? 2 : 1;
  const told = network.layers.map((layer, index) => {
    const parts = captionParts(network, index, variant);
    const around = [-step, step].map((away) =>
      abs((columns[layer.column + away] ?? Number.POSITIVE_INFINITY) - columns[layer.column]!),
    );
    const isLong = variant.halves && !layer.compact_caption;
    return isLong ? inHalves(parts, min(...around) - AIR, fonts, measure) : parts;
  });
  const isLower = (layer: LayerWire) => variant.tiers && layer.column % 2 === 1 && !layer.compact_caption;
  const upper = network.layers.flatMap((layer, at) =>
    isLower(layer) || layer.compact_caption ? [] : told[at]!.length,
  );
  const tier = max(0, ...upper) * CAPTION_LINE;
  const limitAt = (index: number, row: number) => {
    const layer = network.layers[index]!;
    const x = columns[layer.column]!;
    const far = layer.compact_caption ? 1 : step;
    const around = [columns[layer.column - far], columns[layer.column + far]].map((other) =>
      other === undefined ? Number.POSITIVE_INFINITY : abs(other - x),
    );
    const border = min(2 * (x - 4), 2 * (width - 4 - x)) - AIR;
    const beside = [-far, far].flatMap((away) => {
      const other = neighbour(network, layer, away);
      const there = columns[layer.column + away];
      if (there === undefined) return [];
      if (other === null) return [abs(there - x) - AIR];
      const text = told[other]![row];
      return [2 * (abs(there - x) - AIR) - (text ? measure(text.text, fonts[text.font]) : 0)];
    });
    // Beside a short line there is room for a longer one.
    return min(border, max(min(...around) - AIR, beside.length > 0 ? min(...beside) : 0));
  };
  if (cut && variant.halves)
    for (const index of told.keys()) {
      const lines = told[index]!.filter(({ font }) => font === "name");
      const fits = lines.every(({ text }, row) => measure(text, fonts.name) <= limitAt(index, row));
      if (!fits) told[index] = captionParts(network, index, variant);
    }
  const names = told.map(([name]) => name!.text);
  const cutTo = cut ? cutNames(names, (at) => limitAt(at, 0), fonts.name, measure) : names;
  for (const [index, layer] of network.layers.entries()) {
    const x = columns[layer.column]!;
    let y = layer.caption_y + (layer.compact_caption ? hanging(layer) : rise + (isLower(layer) ? tier : 0));
    for (const [row, part] of told[index]!.entries()) {
      const limit = limitAt(index, row);
      const font = fonts[part.font];
      // Sides of a shape close up before one of them goes.
      const whole = cut && measure(part.text, font) > limit ? part.text.replaceAll(" × ", "×") : part.text;
      const fitting = cut && part.tone !== "accent" ? elide(whole, limit, font, measure) : part.text;
      const text = row === 0 ? cutTo[index]! : fitting;
      lines.push({ ...part, text, layer: index, x, y, width: measure(text, font) });
      y += CAPTION_LINE;
    }
  }
  if (cut) sink(scales, lines);
  const lowest = max(
    0,
    ...lines.map(({ y }) => y + CAPTION_LINE),
    ...scales.map(({ y, lines: rows }) => y + BAR_HEIGHT + rows.length * CAPTION_LINE),
  );
  const end = ceil(lowest + PADDING / 2);
  return { lines, scales, height: max(network.height, end), slack: max(0, network.height - end) };
}

/** A caption whose name has no room in one line, with the name in two. */
function inHalves(parts: Part[], room: number, fonts: Fonts, measure: Measure): Part[] {
  const [name, ...rest] = parts;
  const lines = measure(name!.text, fonts.name) > room ? halved(name!.text, fonts.name, measure) : null;
  return lines ? [...lines.map((text) => ({ ...name!, text })), ...rest] : parts;
}

/** Scales that would lie on each other take turns in two rows; whether any had to. */
function takesTurns(risers: readonly Scale[], by: number): boolean {
  let end = Number.NEGATIVE_INFINITY;
  let isLower = false;
  for (const scale of [...risers].sort((a, b) => a.x - b.x)) {
    if (scale.x - scale.width / 2 < end + AIR) {
      scale.y += by;
      isLower = true;
    } else end = scale.x + scale.width / 2;
  }
  return isLower;
}

/** Scales that would still lie on captions go beneath all of these. */
function sink(scales: readonly Scale[], lines: readonly CaptionLine[]): void {
  const foot = max(0, ...lines.map(({ y }) => y + CAPTION_LINE));
  for (const scale of scales) {
    const half = scale.width / 2;
    const height = BAR_HEIGHT + scale.lines.length * CAPTION_LINE;
    const box = { x0: scale.x - half, x1: scale.x + half, y0: scale.y, y1: scale.y + height };
    const lies = lines.some(({ x, y, width }) =>
      tooClose(box, { x0: x - width / 2, x1: x + width / 2, y0: y, y1: y + CAPTION_LINE }),
    );
    if (lies) scale.y = foot + AIR;
  }
}
