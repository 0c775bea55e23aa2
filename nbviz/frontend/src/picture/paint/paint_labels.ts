/** Names, values and bars beside the nodes; captions and scales beneath them. */

import { css, mix } from "../../style/colour.ts";
import { max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { isKnown, isUnknown, percent, scientific, short, signed, UNKNOWN } from "../../style/numbers.ts";
import { isolate } from "../../style/text.ts";
import { rampFromZero } from "../../style/theme.ts";
import { CAPTION_LINE } from "../../style/type_scale.ts";
import { type Scale, scaleText } from "../captions.ts";
import { type Showing, shownBy } from "../edges.ts";
import { floats, isMean, type Moment } from "../frame.ts";
import {
  isStacked,
  NAME_AIR,
  nameOffset,
  namesMaps,
  outputLabelWidth,
  VALUE_AIR,
  VALUE_COLUMN,
  valueColumn,
} from "../label_room.ts";
import { NODE } from "../looks.ts";
import { STRIP_ROOM } from "../places.ts";
import type { Scene } from "../scene.ts";
import { unitName, valueText } from "../shown.ts";
import type { Pen } from "./pen.ts";

/** The rows of an output layer that win: the largest of a softmax, those above one half of a sigmoid. */
export function winners(values: Float32Array | null, output: string | null): Set<number> {
  if (!values || (output !== "softmax" && output !== "sigmoid")) return new Set();
  const rows = [...values.keys()];
  if (output === "sigmoid") return new Set(rows.filter((row) => values[row]! > 0.5));
  const most = max(...[...values].filter((value) => isKnown(value)));
  return new Set(rows.filter((row) => values[row] === most).slice(0, 1));
}

export function paintLabels(pen: Pen, moment: Moment, selected: ReadonlySet<number>): void {
  const { context, scene, nodes } = pen;
  const tallies = scene.layers.map((layer) => {
    const values = floats(moment, `layer/${layer.name}/value`);
    const known = [...(values ?? [])].some((value) => isKnown(value));
    return {
      values: known ? values : null,
      negative: [...(values ?? [])].some((value) => value < 0),
      isMean: isMean(moment.header),
      winning: winners(values, layer.output),
    };
  });
  for (const [index, place] of scene.places.entries()) {
    if (place.kind !== "unit") continue;
    const layer = scene.layers[place.layer]!;
    context.globalAlpha = nodes[index * NODE.stride + NODE.alpha]!;
    const tally = tallies[place.layer]!;
    const value = tally.values?.[place.row] ?? UNKNOWN;
    if (layer.kind === "input") paintInput(pen, index, value, tally, selected.has(index));
    if (layer.output !== null) paintOutput(pen, moment, index, value, tally.winning, selected.has(index));
    else if (namesMaps(scene.network, layer)) paintMapName(pen, index, selected.has(index));
  }
  context.globalAlpha = 1;
}

/** The names of a scene's inputs, or of an output, as they fit, by their places. */
const labelsOf = new WeakMap<Scene, Map<string, ReadonlyMap<number, string>>>();

/** The name of a place: where cut ends would make two of its layer's alike, the middle goes. */
function label({ scene, measure }: Pen, index: number, room: number, font: string): string {
  const { layer: own } = scene.places[index]!;
  const isInput = scene.layers[own]!.kind === "input";
  const key = isInput ? "inputs" : `${own} ${room} ${font}`;
  const known = labelsOf.get(scene) ?? new Map<string, ReadonlyMap<number, string>>();
  labelsOf.set(scene, known);
  let labels = known.get(key);
  if (!labels) {
    const places = [...scene.places.keys()].filter((at) => {
      const { kind, layer } = scene.places[at]!;
      return kind === "unit" && (isInput ? scene.layers[layer]!.kind === "input" : layer === own);
    });
    const names = places.map((at) => unitName(scene.network, scene.places[at]!.layer, scene.places[at]!.unit));
    const cut = cutNames(names, room, font, measure);
    labels = new Map(places.map((at, place) => [at, cut[place]!]));
    known.set(key, labels);
  }
  return labels.get(index) ?? "";
}

function paintInput(
  pen: Pen,
  index: number,
  value: number,
  { negative, isMean }: { negative: boolean; isMean: boolean },
  selected: boolean,
): void {
  const { scene, theme, measure } = pen;
  const { layer: at, x: centre, y, half } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const { fonts, room } = scene;
  const x = centre - half - (layer.cells > 0 ? STRIP_ROOM : 0);
  const [font, colour] = selected ? [fonts.name, theme.accent] : [fonts.body, theme.ink1];
  const meant = isUnknown(value) ? null : valueText(layer, value, isMean);
  // Where there is room for one of both, what a token is called says more than which it is.
  const name = !room.values && meant ? meant : label(pen, index, room.inputNames, fonts.body);
  pen.name(name, x - nameOffset(layer, room), y, room.inputNames, font, colour, "right");
  if (!room.values || layer.face !== "circle" || isUnknown(value)) return;
  if (meant !== null) {
    pen.name(meant, x - VALUE_AIR, y, valueColumn(layer), fonts.small, theme.ink2, "right");
    return;
  }
  const text = negative ? signed(value) : short(value);
  const fits = measure(text, fonts.small) <= VALUE_COLUMN + 2;
  pen.write(fits ? text : scientific(value), x - VALUE_AIR, y, fonts.small, theme.ink3, "right");
}

function paintMapName(pen: Pen, index: number, selected: boolean): void {
  const { x, y, half } = pen.scene.places[index]!;
  const { fonts, room } = pen.scene;
  const name = label(pen, index, room.outputNames, fonts.name);
  const colour = selected ? pen.theme.accent : pen.theme.ink1;
  pen.name(name, x + half + NAME_AIR, y, room.outputNames, selected ? fonts.name : fonts.body, colour, "left");
}

function paintOutput(
  pen: Pen,
  moment: Moment,
  index: number,
  value: number,
  winning: ReadonlySet<number>,
  selected: boolean,
): void {
  const { scene, theme, measure, nodes } = pen;
  const { layer: at, row, x: centre, y, half } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const { fonts, room } = scene;
  const { small } = fonts;
  const wins = winning.has(row);
  const stacked = isStacked(layer);
  const x = centre + half + NAME_AIR;
  const width = outputLabelWidth(scene.network, at, room, fonts, measure);
  const probability = layer.output !== "linear";
  const known = isKnown(value);
  const percentWidth = measure("100 %", small);
  const beside = 8 + (probability ? room.bar + 8 + percentWidth : measure("+0.0000", small));
  const rise = stacked && known ? (probability ? 11 : 8) : 0;
  const font = stacked || wins || selected ? fonts.name : fonts.body;
  const nameRoom = width - (stacked || !known ? 0 : beside);
  const name = label(pen, index, nameRoom, font);
  pen.name(name, x, y - rise, nameRoom, font, selected ? theme.accent : theme.ink1, "left");
  if (!known) return;
  if (!probability) {
    const [right, below] = stacked ? [x, y + 8] : [x + width, y];
    pen.write(signed(value), right, below, small, theme.ink2, stacked ? "left" : "right");
    return;
  }
  const left = stacked ? x : x + width - percentWidth - 8 - room.bar;
  const top = (stacked ? y + 3 : y) - 2.5;
  const share = max(0, min(1, nodes[index * NODE.stride + NODE.bar]!));
  pen.rounded(left, top, room.bar, 5, 2.5);
  pen.fill(mix(theme.background, theme.zero, 0.9));
  pen.rounded(left, top, max(1.5, share * room.bar), 5, 2.5);
  if (value > 0) pen.fill(wins ? theme.positive : theme.ink3);
  // A probability is never quite nothing.
  const text = percent(max(value, 1e-9));
  const [below, beneath] = stacked ? [x, y + 16] : [left + room.bar + 8, y];
  const [weight, ink] = wins ? [fonts.smallStrong, theme.ink1] : [small, theme.ink2];
  pen.write(text, below, beneath, weight, ink, "left");
  const z = floats(moment, `layer/${layer.name}/z`)?.[row] ?? UNKNOWN;
  if (!stacked || !room.logits || isUnknown(z)) return;
  const logit = `z ${signed(z)}`;
  const together = measure(text, weight) + 8 + measure(logit, small);
  if (together <= width) pen.write(logit, x + max(room.bar, together), y + 16, small, theme.ink2, "right");
}

export function paintCaptions(pen: Pen, moment: Moment, showing: Showing): void {
  const { scene, theme } = pen;
  for (const { text, font, tone, x, y } of scene.captions.lines) {
    pen.write(isolate(text), x, y + CAPTION_LINE / 2, scene.fonts[font], theme[tone]);
  }
  for (const scale of scene.captions.scales) paintScale(pen, moment, scale, showing);
}

function paintScale(pen: Pen, moment: Moment, { x, y, bar, width, lines }: Scale, showing: Showing): void {
  const { context, scene, theme } = pen;
  // Edges of a lower group may pass behind.
  pen.block(x - width / 2 - 3, y - 1, width + 6, 10 + lines.length * CAPTION_LINE, theme.background, 0.86);
  const middle = y + CAPTION_LINE / 2;
  if (bar > 0) {
    const ramp = context.createLinearGradient(x - bar / 2, 0, x + bar / 2, 0);
    for (let stop = 0; stop <= 8; stop += 1) ramp.addColorStop(stop / 8, css(rampFromZero(theme, stop / 4 - 1)));
    context.fillStyle = ramp;
    context.beginPath();
    const corners = [
      [-bar / 2, -3],
      [0, -0.3],
      [bar / 2, -3],
      [bar / 2, 3],
      [0, 0.3],
      [-bar / 2, 3],
    ] as const;
    for (const [dx, dy] of corners) context.lineTo(x + dx, middle + dy);
    context.fill();
  }
  for (const [row, line] of lines.entries()) {
    const { connection } = line;
    const shown = connection === null ? null : shownBy(scene.network, moment, connection, showing);
    const text = scaleText(line, shown?.symbol ?? "", shown ? short(shown.reach) : "–");
    const below = middle + (bar > 0 ? 13 : 0) + row * CAPTION_LINE;
    pen.write(text, x, below, scene.fonts.small, connection === null ? theme.ink3 : theme.ink2);
  }
}
