/** The edges on their canvas, and the dashes that flow along the strongest while training. */

import { css } from "../../style/colour.ts";
import { max, min, round } from "../../style/math.ts";
import { isUnknown } from "../../style/numbers.ts";
import { rampFromZero, type Theme } from "../../style/theme.ts";
import { EDGE, NODE } from "../looks.ts";
import { type Route, routeOf } from "../routes.ts";
import type { Scene } from "../scene.ts";

const SHADES = 48;
export const MOST_FLOWING = 60;
const DASH = 9;
const DASH_GAP = 1.6;

/** CSS colours of the ramp from -1 to 1: writing a thousand colour strings a frame would cost more than drawing. */
export function edgeShades(theme: Theme): string[] {
  return Array.from({ length: 2 * SHADES + 1 }, (_, at) => css(rampFromZero(theme, at / SHADES - 1)));
}

export function currentRoute(scene: Scene, nodes: Float32Array, index: number): Route {
  const edge = scene.edges[index]!;
  const position = (place: number) =>
    [nodes[place * NODE.stride + NODE.x]!, nodes[place * NODE.stride + NODE.y]!] as const;
  return routeOf(edge, scene.places, position, scene.lanes.get(edge.connection));
}

function tracePath(path: CanvasPath, route: Route): void {
  path.moveTo(route[0]!, route[1]!);
  for (let at = 0; at + 3 < route.length; at += 2) {
    const [x0, y0, x1, y1] = [route[at]!, route[at + 1]!, route[at + 2]!, route[at + 3]!];
    const middle = (x0 + x1) / 2;
    path.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  }
}

export function paintEdges(
  context: CanvasRenderingContext2D,
  scene: Scene,
  theme: Theme,
  shades: readonly string[],
  nodes: Float32Array,
  looks: Float32Array,
  order: Uint32Array,
): void {
  const grey = css(theme.outline);
  context.lineCap = "round";
  for (const index of order) {
    const at = index * EDGE.stride;
    const opacity = looks[at + EDGE.opacity]!;
    if (opacity < 0.004) continue;
    const ratio = looks[at + EDGE.ratio]!;
    const broken = isUnknown(ratio);
    context.globalAlpha = opacity;
    context.lineWidth = looks[at + EDGE.width]!;
    if (broken) context.setLineDash([3, 3]);
    if (broken) context.strokeStyle = css(theme.warning);
    else if (scene.edges[index]!.kind !== "weight" && ratio === 0) context.strokeStyle = grey;
    else context.strokeStyle = shades[round((ratio + 1) * SHADES)]!;
    context.beginPath();
    tracePath(context, currentRoute(scene, nodes, index));
    context.stroke();
    if (broken) context.setLineDash([]);
  }
  context.globalAlpha = 1;
}

/** The edges that carry dashes: the strongest that can be seen. */
export function flowingEdges(scene: Scene, looks: Float32Array, order: Uint32Array): number[] {
  const flowing: number[] = [];
  for (let at = order.length - 1; at >= 0 && flowing.length < MOST_FLOWING; at -= 1) {
    const index = order[at]!;
    if (scene.edges[index]!.kind !== "weight" || !(looks[index * EDGE.stride + EDGE.opacity]! > 0.2)) continue;
    flowing.push(index);
  }
  return flowing;
}

/** Small gaps travel along the edges: the solid line below then reads as dashes on their way. */
export function paintFlow(
  context: CanvasRenderingContext2D,
  scene: Scene,
  theme: Theme,
  nodes: Float32Array,
  looks: Float32Array,
  flowing: readonly number[],
  travelled: number,
): void {
  context.lineCap = "butt";
  context.strokeStyle = css(theme.background);
  context.setLineDash([DASH_GAP, DASH]);
  context.lineDashOffset = -travelled;
  for (const index of flowing) {
    context.lineWidth = looks[index * EDGE.stride + EDGE.width]! + 0.8;
    context.beginPath();
    tracePath(context, currentRoute(scene, nodes, index));
    context.stroke();
  }
  context.setLineDash([]);
}

/** px a second for a training speed: felt, but never a blur. */
export function flowSpeed(updatesPerSecond: number | null): number {
  return max(8, min(72, 14 * Math.log2(1 + max(0, updatesPerSecond ?? 10))));
}
