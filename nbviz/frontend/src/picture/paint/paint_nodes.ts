/** Nodes, strips and rings on the upper canvas. */

import { type Colour, css, inkOn, mix } from "../../style/colour.ts";
import { abs, max } from "../../style/math.ts";
import { grouped, isKnown, isUnknown } from "../../style/numbers.ts";
import { elide } from "../../style/text.ts";
import { rampFromGround, rampFromZero } from "../../style/theme.ts";
import { BLOCK_AIR, wrapType } from "../block_words.ts";
import { NODE } from "../looks.ts";
import { CHEVRON_ROOM, cellBox, isCircle, type Place, partsText, shapeText } from "../places.ts";
import type { Scene } from "../scene.ts";
import type { Faces } from "./paint_faces.ts";
import type { Pen } from "./pen.ts";

const BIAS_SIDE = 5.5;
const RING_OFFSET = 3.5;
/** px below which the picture in a block stands closer to its sides. */
const SLIM_ROOM = 72;

function outlinePath({ context, scene }: Pen, place: Place, x: number, y: number, grow: number): void {
  context.beginPath();
  if (isRound(scene, place)) {
    context.arc(x, y, place.half + grow, 0, 2 * Math.PI);
    return;
  }
  const { half, tall, kind } = place;
  const radius = kind === "rest" ? tall : kind === "block" ? 6 : 4;
  context.roundRect(x - half - grow, y - tall - grow, 2 * (half + grow), 2 * (tall + grow), radius + max(0, grow));
}

function isRound({ layers }: Scene, { kind, layer }: Place): boolean {
  return kind === "unit" && isCircle(layers[layer]!);
}

export function paintStrips(pen: Pen, cells: Float32Array, marked: ReadonlySet<number>): void {
  const { context, scene, theme } = pen;
  let first = 0;
  for (const strip of scene.strips) {
    const { layer, x, y, width, height } = strip;
    const { cells: count, cell_units, first_unit } = scene.layers[layer]!;
    pen.rounded(x - 2, y - 2, width + 4, height + 4, 2);
    pen.fill(theme.background);
    pen.rounded(x, y, width, height, 2);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.stroke();
    const shown = new Set(scene.shown[layer]);
    for (let cell = 0; cell < count; cell += 1) {
      const box = cellBox(strip, count, cell);
      const ratio = cells[first + cell]!;
      // Without activations the strip still tells where in the layer the shown units are.
      const unknown = shown.has(cell_units[cell]!) ? theme.ink3 : theme.zero;
      pen.block(box.x, box.y, strip.cell, box.height, isUnknown(ratio) ? unknown : rampFromGround(theme, ratio));
      if (!marked.has(first_unit + cell_units[cell]!)) continue;
      context.strokeStyle = css(theme.accent);
      context.lineWidth = 1.5;
      context.strokeRect(box.x - 1.25, box.y - 1.25, strip.cell + 2.5, max(3, box.height) + 2.5);
    }
    first += count;
  }
}

function paintFace(pen: Pen, place: Place, image: HTMLCanvasElement | undefined, x: number, y: number): void {
  const { context, scene } = pen;
  if (!image) return;
  context.save();
  outlinePath(pen, place, x, y, 0);
  context.clip();
  const isResponse = scene.layers[place.layer]!.face === "response";
  paintImage(pen, image, x - place.half, y - place.tall, 2 * place.half, 2 * place.tall, isResponse);
  context.restore();
}

/** Numbers stay squares where they are enlarged, and are averaged where there are more of them than pixels. */
function paintImage(
  { context }: Pen,
  image: HTMLCanvasElement,
  x: number,
  y: number,
  width: number,
  height: number,
  smooth = false,
): void {
  const ratio = devicePixelRatio || 1;
  context.imageSmoothingEnabled = smooth || image.width > width * ratio || image.height > height * ratio;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, width, height);
}

/** A block that shows what happens inside: the picture between its type and the words for it. */
function paintPicturedBlock(pen: Pen, place: Place, image: HTMLCanvasElement, x: number, y: number): void {
  const { context, scene, theme, measure } = pen;
  const layer = scene.layers[place.layer]!;
  const { name, small, smallStrong } = scene.fonts;
  const room = 2 * place.half - BLOCK_AIR;
  const width = 2 * place.half - (room < SLIM_ROOM ? 8 : 16);
  const left = x - width / 2;
  const fits = (text: string) => measure(text, small) <= room;
  // Names of gates fit; those of many heads are told in the card.
  const told = [layer.picture ?? "", partsText(layer)].filter((text) => text && fits(text));
  const type = measure(layer.type, name) <= room ? [layer.type] : wrapType(layer.type, room, smallStrong, measure);
  const font = type[0] === layer.type ? name : smallStrong;
  const head = 12 + 14 * type.length;
  const top = y - place.tall + head;
  const height = 2 * place.tall - head - 6 - 15 * told.length;
  for (const [row, line] of type.entries())
    pen.write(elide(line, room, font, measure), x, top - head + 14 + row * 14, font, theme.ink1);
  context.save();
  pen.rounded(left, top, width, height, 3);
  pen.fill(theme.background);
  context.clip();
  paintImage(pen, image, left, top, width, height);
  context.restore();
  pen.rounded(left, top, width, height, 3);
  context.strokeStyle = css(theme.lineStrong);
  context.lineWidth = 1;
  context.stroke();
  for (const [row, text] of told.entries()) {
    const below = top + height + 9 + row * 15;
    pen.write(text, x, below, small, row === 0 ? theme.ink2 : theme.ink3);
  }
}

function paintBlock(pen: Pen, place: Place, image: HTMLCanvasElement | undefined, x: number, y: number): void {
  const { scene, theme, measure } = pen;
  const { type, output_shape, parameters, opens } = scene.layers[place.layer]!;
  const { name, small, smallStrong } = scene.fonts;
  pen.fill(mix(theme.background, theme.zero, 0.35));
  if (image && place.tall >= 48) {
    paintPicturedBlock(pen, place, image, x, y);
    return;
  }
  const most = 2 * place.half - BLOCK_AIR;
  const whole = shapeText(output_shape);
  const shape = measure(whole, small) > most ? whole.replaceAll(" × ", "×") : whole;
  const params = `${grouped(parameters)} params`;
  const aside = opens ? CHEVRON_ROOM / 2 : 0;
  const told = measure(type, name) <= most - aside ? [type] : wrapType(type, most - aside, smallStrong, measure);
  const strong = told.length === 1 && measure(told[0]!, name) <= most - aside ? name : smallStrong;
  const lines: [string, string, Colour][] = told.map((text) => [text, strong, theme.ink1]);
  // What has no room goes, rather than stand there cut: parameters before the shape.
  if (told.length === 1 && place.tall >= 16 && shape && measure(shape, small) <= most)
    lines.push([shape, small, theme.ink2]);
  if (told.length === 1 && place.tall >= 24 && parameters > 0 && measure(params, small) <= most)
    lines.push([params, small, theme.ink3]);
  for (const [row, [text, font, colour]] of lines.entries()) {
    const below = y + (row - (lines.length - 1) / 2) * 15.5;
    const atChevron = opens && abs(below - y) < 7;
    const room = most - (atChevron ? aside : 0);
    const shown = elide(text, room, font, measure);
    // Beside the sign that it opens a long line moves aside.
    const moves = atChevron && measure(shown, font) > room - CHEVRON_ROOM;
    pen.write(shown, x - (moves ? aside : 0), below, font, colour);
  }
}

function paintNumber(pen: Pen, place: Place, fill: number, x: number, y: number): void {
  const { scene, measure, theme } = pen;
  const rest = place.kind === "rest";
  const { units } = scene.layers[place.layer]!;
  const text = rest ? `+${grouped(units - scene.shown[place.layer]!.length)}` : `${place.unit}`;
  const font = rest ? scene.fonts.rest : scene.fonts.unit;
  const width = measure(text, font);
  const most = 2 * place.half - 2;
  // Four figures only fit a circle in smaller type.
  const fitting = rest || width <= most ? font : font.replace(/[\d.]+px/, `${max(6.5, (9.5 * most) / width)}px`);
  pen.write(text, x, y + 0.5, fitting, inkOn(rampFromGround(theme, isUnknown(fill) ? 0 : fill)));
}

function paintBias(pen: Pen, place: Place, bias: number, x: number, y: number): void {
  const { theme } = pen;
  const corner = isRound(pen.scene, place) ? 0.86 : 1;
  const left = x - place.half * corner - BIAS_SIDE / 2;
  const top = y + place.tall * corner - BIAS_SIDE / 2;
  pen.block(left - 1, top - 1, BIAS_SIDE + 2, BIAS_SIDE + 2, theme.background);
  pen.block(left, top, BIAS_SIDE, BIAS_SIDE, rampFromZero(theme, bias));
}

/** `broken`: places whose number is NaN or infinite though there is a sample. */
export function paintNodes(pen: Pen, faces: Faces, broken: ReadonlySet<number>): void {
  const { context, scene, theme, nodes } = pen;
  for (const [index, place] of scene.places.entries()) {
    const at = index * NODE.stride;
    const x = nodes[at + NODE.x]!;
    const y = nodes[at + NODE.y]!;
    const fill = nodes[at + NODE.fill]!;
    const alpha = nodes[at + NODE.alpha]!;
    const layer = scene.layers[place.layer]!;
    const colour = rampFromGround(theme, isUnknown(fill) ? 0 : fill);
    // Edges end at the rim; under a node that has stepped back they must not show through.
    outlinePath(pen, place, x, y, 0);
    pen.fill(theme.background);
    context.globalAlpha = alpha;
    const image = faces.get(index);
    const isFace = layer.face === "response" || (layer.face === "map" && image !== undefined);
    if ((isFace && place.kind === "unit") || place.kind === "picture") paintFace(pen, place, image, x, y);
    else if (place.kind === "block") paintBlock(pen, place, image, x, y);
    else pen.fill(colour);
    outlinePath(pen, place, x, y, 0);
    context.strokeStyle = css(broken.has(index) ? theme.warning : theme.outline);
    context.lineWidth = broken.has(index) ? 1.8 : 1;
    if (place.kind === "rest") context.setLineDash([3, 2]);
    context.stroke();
    context.setLineDash([]);
    const bias = nodes[at + NODE.bias]!;
    if (isKnown(bias)) paintBias(pen, place, bias, x, y);
    const numbered = layer.kind !== "input" && layer.output === null && layer.face === "circle";
    if (place.kind === "rest" || (place.kind === "unit" && numbered)) paintNumber(pen, place, fill, x, y);
    context.globalAlpha = 1;
  }
}

export interface Rings {
  hovered: ReadonlySet<number>;
  selected: ReadonlySet<number>;
  focused: number | null;
}

export function paintRings(pen: Pen, rings: Rings): void {
  const { context, scene, theme, nodes } = pen;
  const ring = (index: number, offset: number, width: number, colour: string) => {
    const place = scene.places[index];
    if (!place) return;
    const at = index * NODE.stride;
    outlinePath(pen, place, nodes[at + NODE.x]!, nodes[at + NODE.y]!, offset);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  for (const index of new Set([...rings.hovered, ...rings.selected])) ring(index, RING_OFFSET, 2, css(theme.accent));
  for (const index of rings.hovered) ring(index, RING_OFFSET + 2.5, 3, css(theme.accent, 0.22));
  if (rings.focused === null) return;
  context.setLineDash([3, 2.5]);
  ring(rings.focused, RING_OFFSET + 3.5, 1.5, css(theme.accent));
  context.setLineDash([]);
}
