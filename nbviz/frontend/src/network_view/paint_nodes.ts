/** Nodes, strips and rings on the upper canvas. */

import { type Colour, css, inkOn, mix } from "../colour.ts";
import { max } from "../math.ts";
import { grouped, isKnown, isUnknown } from "../numbers.ts";
import { elide } from "../text.ts";
import { rampFromGround, rampFromZero } from "../theme.ts";
import type { Faces } from "./faces.ts";
import { NODE } from "./looks.ts";
import type { Pen } from "./pen.ts";
import { cellBox, type Place, shapeText } from "./places.ts";

const BIAS_SIDE = 5.5;
const RING_OFFSET = 3.5;

function outlinePath({ context }: Pen, place: Place, x: number, y: number, grow: number): void {
  context.beginPath();
  if (place.kind === "unit" && place.half === place.tall && place.half <= 11) {
    context.arc(x, y, place.half + grow, 0, 2 * Math.PI);
    return;
  }
  const { half, tall, kind } = place;
  const radius = kind === "rest" ? tall : kind === "block" ? 6 : 4;
  context.roundRect(x - half - grow, y - tall - grow, 2 * (half + grow), 2 * (tall + grow), radius + max(0, grow));
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
  const { context } = pen;
  if (!image) return;
  context.save();
  outlinePath(pen, place, x, y, 0);
  context.clip();
  context.imageSmoothingEnabled = place.kind === "unit" || image.width > 2 * place.half;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x - place.half, y - place.tall, 2 * place.half, 2 * place.tall);
  context.restore();
}

function paintBlock(pen: Pen, place: Place, x: number, y: number): void {
  const { scene, theme, measure } = pen;
  const { type, output_shape, parameters } = scene.layers[place.layer]!;
  const { name, small } = scene.fonts;
  pen.fill(mix(theme.background, theme.zero, 0.35));
  const shape = shapeText(output_shape);
  const lines: [string, string, Colour][] = [[type, name, theme.ink1]];
  if (place.tall >= 16 && shape) lines.push([shape, small, theme.ink2]);
  if (place.tall >= 24 && parameters > 0) lines.push([`${grouped(parameters)} params`, small, theme.ink3]);
  for (const [row, [text, font, colour]] of lines.entries()) {
    const below = y + (row - (lines.length - 1) / 2) * 15.5;
    pen.write(elide(text, 2 * place.half - 10, font, measure), x, below, font, colour);
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
  const corner = place.half <= 11 ? 0.86 : 1;
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
    if ((layer.face === "response" && place.kind === "unit") || place.kind === "picture") {
      paintFace(pen, place, faces.get(index), x, y);
    } else if (place.kind === "block") paintBlock(pen, place, x, y);
    else pen.fill(colour);
    outlinePath(pen, place, x, y, 0);
    context.strokeStyle = css(broken.has(index) ? theme.warning : theme.outline);
    context.lineWidth = broken.has(index) ? 1.8 : 1;
    if (place.kind === "rest") context.setLineDash([3, 2]);
    context.stroke();
    context.setLineDash([]);
    const bias = nodes[at + NODE.bias]!;
    if (isKnown(bias)) paintBias(pen, place, bias, x, y);
    const numbered = layer.kind === "dense" && layer.output === null && layer.face === "circle";
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
