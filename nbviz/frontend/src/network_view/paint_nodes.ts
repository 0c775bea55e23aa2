/** Nodes, strips and rings on the upper canvas. */

import { css, inkOn, mix } from "../colour.ts";
import { max } from "../math.ts";
import { grouped, isKnown, isUnknown } from "../numbers.ts";
import { elide, isolate, type Measure } from "../text.ts";
import { rampFromGround, rampFromZero, type Theme } from "../theme.ts";
import type { Faces } from "./faces.ts";
import { NODE } from "./looks.ts";
import { cellBox, type Place, shapeText } from "./places.ts";
import type { Scene } from "./scene.ts";

export interface Pen {
  context: CanvasRenderingContext2D;
  scene: Scene;
  theme: Theme;
  measure: Measure;
  nodes: Float32Array;
}

const BIAS_SIDE = 5.5;
const RING_OFFSET = 3.5;

export function outlinePath(context: CanvasRenderingContext2D, place: Place, x: number, y: number, grow: number): void {
  context.beginPath();
  if (place.kind === "unit" && place.half === place.tall && place.half <= 11) {
    context.arc(x, y, place.half + grow, 0, 2 * Math.PI);
    return;
  }
  const { half, tall, kind } = place;
  const radius = kind === "rest" ? tall : kind === "block" ? 6 : 4;
  context.roundRect(x - half - grow, y - tall - grow, 2 * (half + grow), 2 * (tall + grow), radius + max(0, grow));
}

export function paintStrips({ context, scene, theme }: Pen, cells: Float32Array, marked: ReadonlySet<number>): void {
  let first = 0;
  for (const strip of scene.strips) {
    const { layer, x, y, width, height } = strip;
    const { cells: count, cell_units, first_unit } = scene.layers[layer]!;
    context.fillStyle = css(theme.background);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(x - 2, y - 2, width + 4, height + 4, 2);
    context.fill();
    context.beginPath();
    context.roundRect(x, y, width, height, 2);
    context.stroke();
    const shown = new Set(scene.shown[layer]);
    for (let cell = 0; cell < count; cell += 1) {
      const box = cellBox(strip, count, cell);
      const ratio = cells[first + cell]!;
      // Without activations the strip still tells where in the layer the shown units are.
      const unknown = shown.has(cell_units[cell]!) ? theme.ink3 : theme.zero;
      context.fillStyle = css(isUnknown(ratio) ? unknown : rampFromGround(theme, ratio));
      context.fillRect(box.x, box.y, strip.cell, box.height);
      if (!marked.has(first_unit + cell_units[cell]!)) continue;
      context.strokeStyle = css(theme.accent);
      context.lineWidth = 1.5;
      context.strokeRect(box.x - 1.25, box.y - 1.25, strip.cell + 2.5, max(3, box.height) + 2.5);
    }
    first += count;
  }
}

function paintFace(
  { context, theme }: Pen,
  place: Place,
  image: HTMLCanvasElement | undefined,
  x: number,
  y: number,
): void {
  outlinePath(context, place, x, y, 0);
  context.fillStyle = css(theme.background);
  context.fill();
  if (!image) return;
  context.save();
  context.clip();
  context.imageSmoothingEnabled = place.kind === "unit" || image.width > 2 * place.half;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x - place.half, y - place.tall, 2 * place.half, 2 * place.tall);
  context.restore();
}

function paintBlock({ context, scene, theme, measure }: Pen, place: Place, x: number, y: number): void {
  const { type, output_shape, parameters } = scene.layers[place.layer]!;
  outlinePath(context, place, x, y, 0);
  context.fillStyle = css(mix(theme.background, theme.zero, 0.35));
  context.fill();
  const shape = shapeText(output_shape);
  const lines: [string, string, string][] = [[type, scene.fonts.name, css(theme.ink1)]];
  if (place.tall >= 16 && shape) lines.push([shape, scene.fonts.small, css(theme.ink2)]);
  if (place.tall >= 24 && parameters > 0)
    lines.push([`${grouped(parameters)} params`, scene.fonts.small, css(theme.ink3)]);
  context.textAlign = "center";
  for (const [row, [text, font, colour]] of lines.entries()) {
    context.font = font;
    context.fillStyle = colour;
    context.fillText(elide(text, 2 * place.half - 10, font, measure), x, y + (row - (lines.length - 1) / 2) * 15.5);
  }
}

function paintNumber({ context, scene, measure, theme }: Pen, place: Place, fill: number, x: number, y: number): void {
  const rest = place.kind === "rest";
  const { units } = scene.layers[place.layer]!;
  const text = rest ? `+${grouped(units - scene.shown[place.layer]!.length)}` : `${place.unit}`;
  const font = rest ? scene.fonts.rest : scene.fonts.unit;
  const width = measure(text, font);
  const most = 2 * place.half - 2;
  // Four figures only fit a circle in smaller type.
  context.font = rest || width <= most ? font : font.replace(/[\d.]+px/, `${max(6.5, (9.5 * most) / width)}px`);
  context.fillStyle = css(inkOn(rampFromGround(theme, isUnknown(fill) ? 0 : fill)));
  context.textAlign = "center";
  context.fillText(text, x, y + 0.5);
}

function paintBias({ context, theme }: Pen, place: Place, bias: number, x: number, y: number): void {
  const circle = place.half <= 11;
  const left = x - place.half * (circle ? 0.86 : 1) - BIAS_SIDE / 2;
  const top = y + place.tall * (circle ? 0.86 : 1) - BIAS_SIDE / 2;
  context.fillStyle = css(theme.background);
  context.fillRect(left - 1, top - 1, BIAS_SIDE + 2, BIAS_SIDE + 2);
  context.fillStyle = css(rampFromZero(theme, bias));
  context.fillRect(left, top, BIAS_SIDE, BIAS_SIDE);
}

/** `broken`: places whose number is NaN or infinite though there is a sample. */
export function paintNodes(pen: Pen, faces: Faces, broken: ReadonlySet<number>): void {
  const { context, scene, theme, nodes } = pen;
  context.textBaseline = "middle";
  for (const [index, place] of scene.places.entries()) {
    const at = index * NODE.stride;
    const x = nodes[at + NODE.x]!;
    const y = nodes[at + NODE.y]!;
    const fill = nodes[at + NODE.fill]!;
    const alpha = nodes[at + NODE.alpha]!;
    const layer = scene.layers[place.layer]!;
    const colour = rampFromGround(theme, isUnknown(fill) ? 0 : fill);
    // Edges end at the rim; under a node that has stepped back they must not show through.
    outlinePath(context, place, x, y, 0);
    context.fillStyle = css(theme.background);
    context.fill();
    context.globalAlpha = alpha;
    if (layer.face === "response" && place.kind === "unit") paintFace(pen, place, faces.get(index), x, y);
    else if (place.kind === "picture") paintFace(pen, place, faces.get(index), x, y);
    else if (place.kind === "block") paintBlock(pen, place, x, y);
    else {
      outlinePath(context, place, x, y, 0);
      context.fillStyle = css(colour);
      context.fill();
    }
    outlinePath(context, place, x, y, 0);
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

export function paintRings({ context, scene, theme, nodes }: Pen, rings: Rings): void {
  const ring = (index: number, offset: number, width: number, colour: string) => {
    const place = scene.places[index];
    if (!place) return;
    const at = index * NODE.stride;
    outlinePath(context, place, nodes[at + NODE.x]!, nodes[at + NODE.y]!, offset);
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

/** An elided name, isolated so that its direction stays its own. */
export function fillName(pen: Pen, name: string, x: number, y: number, width: number, font: string): void {
  pen.context.font = font;
  pen.context.fillText(isolate(elide(name, width, font, pen.measure)), x, y);
}
