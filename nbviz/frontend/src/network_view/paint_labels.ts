/** Names, values and bars beside the nodes; captions and scales beneath them. */

import { css, mix } from "../colour.ts";
import { max, min } from "../math.ts";
import { isKnown, isUnknown, percent, scientific, short, signed, UNKNOWN } from "../numbers.ts";
import { rampFromZero } from "../theme.ts";
import type { EdgeMeaning } from "../wire.ts";
import { type Scale, scaleText } from "./captions.ts";
import { showsActivation } from "./edges.ts";
import { floats, type Moment } from "./frame.ts";
import { NODE } from "./looks.ts";
import { fillName, type Pen } from "./paint_nodes.ts";
import { isStacked, NAME_AIR, nameOffset, outputLabelWidth, VALUE_AIR, VALUE_COLUMN } from "./places.ts";
import { unitName } from "./shown.ts";
import { CAPTION_LINE } from "./type.ts";

/** The rows of an output layer that win: the largest of a softmax, those above one half of a sigmoid. */
export function winners(values: Float32Array | null, output: string | null): Set<number> {
  if (!values || (output !== "softmax" && output !== "sigmoid")) return new Set();
  const rows = [...values.keys()];
  if (output === "sigmoid") return new Set(rows.filter((row) => values[row]! >= 0.5));
  const most = max(...[...values].filter((value) => isKnown(value)));
  return new Set(rows.filter((row) => values[row] === most).slice(0, 1));
}

export function paintLabels(pen: Pen, moment: Moment, selected: ReadonlySet<number>): void {
  const { context, scene, nodes } = pen;
  context.textBaseline = "middle";
  const tallies = scene.layers.map((layer) => {
    const values = floats(moment, `layer/${layer.name}/value`);
    const known = [...(values ?? [])].some((value) => isKnown(value));
    return {
      values: known ? values : null,
      negative: [...(values ?? [])].some((value) => value < 0),
      winning: winners(values, layer.output),
    };
  });
  for (const [index, place] of scene.places.entries()) {
    if (place.kind !== "unit") continue;
    const layer = scene.layers[place.layer]!;
    context.globalAlpha = nodes[index * NODE.stride + NODE.alpha]!;
    const tally = tallies[place.layer]!;
    const value = tally.values?.[place.row] ?? UNKNOWN;
    if (layer.kind === "input") paintInput(pen, index, value, tally.negative, selected.has(index));
    if (layer.output !== null) paintOutput(pen, moment, index, value, tally.winning, selected.has(index));
  }
  context.globalAlpha = 1;
}

function paintInput(pen: Pen, index: number, value: number, negative: boolean, selected: boolean): void {
  const { context, scene, theme, measure } = pen;
  const { layer: at, unit, x, y, half } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const strip = layer.cells > 0 ? 26 : 0;
  context.textAlign = "right";
  context.fillStyle = css(selected ? theme.accent : theme.ink1);
  const font = selected ? scene.fonts.name : scene.fonts.body;
  fillName(
    pen,
    unitName(scene.network, at, unit),
    x - half - strip - nameOffset(layer, scene.room),
    y,
    scene.room.inputNames,
    font,
  );
  if (!scene.room.values || layer.face !== "circle" || isUnknown(value)) return;
  context.fillStyle = css(theme.ink3);
  context.font = scene.fonts.small;
  const text = negative ? signed(value) : short(value);
  const fits = measure(text, scene.fonts.small) <= VALUE_COLUMN + 2;
  context.fillText(fits ? text : scientific(value), x - half - strip - VALUE_AIR, y);
}

function paintOutput(
  pen: Pen,
  moment: Moment,
  index: number,
  value: number,
  winning: ReadonlySet<number>,
  selected: boolean,
): void {
  const { context, scene, theme, measure, nodes } = pen;
  const { layer: at, unit, row, x: centre, y, half } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const { fonts, room } = scene;
  const wins = winning.has(row);
  const stacked = isStacked(layer);
  const x = centre + half + NAME_AIR;
  const width = outputLabelWidth(scene.network, at, room, fonts, measure);
  const probability = layer.output !== "linear";
  const known = isKnown(value);
  const strong = stacked || wins || selected;
  context.textAlign = "left";
  context.fillStyle = css(selected ? theme.accent : theme.ink1);
  const font = strong ? fonts.name : fonts.body;
  const percentWidth = measure("100 %", fonts.small);
  if (stacked) fillName(pen, unitName(scene.network, at, unit), x, known ? y - (probability ? 11 : 8) : y, width, font);
  else {
    const room = width - 8 - (probability ? scene.room.bar + 8 + percentWidth : measure("+0.0000", fonts.small));
    fillName(pen, unitName(scene.network, at, unit), x, y, known ? room : width, font);
  }
  if (!known) return;
  context.font = fonts.small;
  context.fillStyle = css(theme.ink2);
  if (!probability) {
    if (stacked) context.fillText(signed(value), x, y + 8);
    else {
      context.textAlign = "right";
      context.fillText(signed(value), x + width, y);
    }
    return;
  }
  const left = stacked ? x : x + width - percentWidth - 8 - room.bar;
  const top = (stacked ? y + 3 : y) - 2.5;
  const share = max(0, min(1, nodes[index * NODE.stride + NODE.bar]!));
  context.fillStyle = css(mix(theme.background, theme.zero, 0.9));
  context.beginPath();
  context.roundRect(left, top, room.bar, 5, 2.5);
  context.fill();
  if (value > 0) {
    context.fillStyle = css(wins ? theme.positive : theme.ink3);
    context.beginPath();
    context.roundRect(left, top, max(1.5, share * room.bar), 5, 2.5);
    context.fill();
  }
  context.fillStyle = css(wins ? theme.ink1 : theme.ink2);
  context.font = wins ? fonts.smallStrong : fonts.small;
  // A probability is never quite nothing.
  context.fillText(percent(max(value, 1e-9)), stacked ? x : left + room.bar + 8, stacked ? y + 16 : y);
  const z = floats(moment, `layer/${layer.name}/z`)?.[row] ?? UNKNOWN;
  if (!stacked || !room.logits || isUnknown(z)) return;
  context.font = fonts.small;
  context.fillStyle = css(theme.ink2);
  context.textAlign = "right";
  const right = max(room.bar, min(width, percentWidth + 8 + measure("z −10.0", fonts.small)));
  const text = `z ${signed(z)}`;
  if (measure(text, fonts.small) <= right - percentWidth - 4) context.fillText(text, x + right, y + 16);
}

export function paintCaptions(pen: Pen, moment: Moment | null, meaning: EdgeMeaning): void {
  const { context, scene, theme } = pen;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const line of scene.captions.lines) {
    context.font = scene.fonts[line.font];
    context.fillStyle = css(theme[line.tone]);
    context.fillText(
      line.tone === "accent" ? line.text : `\u2068${line.text}\u2069`,
      line.x,
      line.y + CAPTION_LINE / 2,
    );
  }
  if (moment) for (const scale of scene.captions.scales) paintScale(pen, moment, scale, meaning);
}

function paintScale(pen: Pen, moment: Moment, scale: Scale, meaning: EdgeMeaning): void {
  const { context, scene, theme } = pen;
  const { x, y, bar, width, lines } = scale;
  // Edges of a lower group may pass behind.
  context.fillStyle = css(theme.background, 0.86);
  context.fillRect(x - width / 2 - 3, y - 1, width + 6, 10 + lines.length * CAPTION_LINE);
  const middle = y + CAPTION_LINE / 2;
  if (bar > 0) {
    const ramp = context.createLinearGradient(x - bar / 2, 0, x + bar / 2, 0);
    for (let stop = 0; stop <= 8; stop += 1) ramp.addColorStop(stop / 8, css(rampFromZero(theme, stop / 4 - 1)));
    context.fillStyle = ramp;
    context.beginPath();
    context.moveTo(x - bar / 2, middle - 3);
    context.lineTo(x, middle - 0.3);
    context.lineTo(x + bar / 2, middle - 3);
    context.lineTo(x + bar / 2, middle + 3);
    context.lineTo(x, middle + 0.3);
    context.lineTo(x - bar / 2, middle + 3);
    context.fill();
  }
  context.font = scene.fonts.small;
  for (const [row, line] of lines.entries()) {
    const { connection } = line;
    const active = connection !== null && showsActivation(moment, connection, meaning);
    const header = connection === null ? null : moment.header.connections[connection];
    const reach = (active ? header?.scale_a : header?.scale) ?? UNKNOWN;
    context.fillStyle = css(connection === null ? theme.ink3 : theme.ink2);
    const text = scaleText(scene.network, line, active, isUnknown(reach) ? "–" : short(reach));
    context.fillText(text, x, middle + (bar > 0 ? 13 : 0) + row * CAPTION_LINE);
  }
}
