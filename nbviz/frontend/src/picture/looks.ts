/** How nodes, edges and cells should look at a moment: flat arrays of numbers, ready to be eased to. */

import { abs, max, min } from "../style/math.ts";
import { isUnknown, UNKNOWN } from "../style/numbers.ts";
import { isNormOfUnits, mostBetweenUnits, type Showing, shownBy, showsActivation } from "./edges.ts";
import type { Focus } from "./focus.ts";
import { floats, type Moment, numberAt } from "./frame.ts";
import type { Scene } from "./scene.ts";
import {
  besideRest,
  emphasise,
  LINK_STROKE,
  lineStroke,
  normStroke,
  pathStroke,
  REST_STROKE,
  ribbonStroke,
} from "./strokes.ts";

/** Where a node's and an edge's numbers lie; enums, so that their names cost nothing in the bundle. */
export enum NODE {
  x,
  y,
  fill,
  bias,
  alpha,
  bar,
  stride,
}
export enum EDGE {
  ratio,
  width,
  opacity,
  stride,
}

const ratioOf = (value: number, scale: number | null | undefined) =>
  scale ? max(-1, min(1, value / scale)) : value === 0 ? 0 : UNKNOWN;

function restMean(scene: Scene, moment: Moment, layer: number): number {
  const { name, candidates, units } = scene.layers[layer]!;
  const shown = scene.shown[layer]!;
  const a = floats(moment, `layer/${name}/a`);
  const rest = units - shown.length;
  const all = moment.header.layers[layer]?.a_sum ?? UNKNOWN;
  return (all - shown.reduce((sum, unit) => sum + (a?.[candidates.indexOf(unit)] ?? UNKNOWN), 0)) / rest;
}

/** The value that a place is coloured by. */
export function activationAt(scene: Scene, moment: Moment, index: number): number {
  const { layer, row, kind } = scene.places[index]!;
  if (kind === "rest") return restMean(scene, moment, layer);
  return numberAt(moment, `layer/${scene.layers[layer]!.name}/a`, row);
}

function largestBias(bias: Float32Array | null): number {
  let most = 0;
  for (const value of bias ?? []) if (Number.isFinite(value)) most = max(most, abs(value));
  return most;
}

export function nodeLooks(scene: Scene, moment: Moment, focus: Focus): Float32Array<ArrayBuffer> {
  const looks = new Float32Array(scene.places.length * NODE.stride);
  const biases = scene.layers.map(({ name }) => floats(moment, `layer/${name}/bias`));
  const most = biases.map(largestBias);
  for (const [index, { layer, row, x, y }] of scene.places.entries()) {
    const { name, output } = scene.layers[layer]!;
    const at = index * NODE.stride;
    const bias = row >= 0 ? biases[layer]?.[row] : undefined;
    looks[at + NODE.x] = x;
    looks[at + NODE.y] = y;
    looks[at + NODE.fill] = ratioOf(activationAt(scene, moment, index), moment.header.layers[layer]?.a_scale);
    looks[at + NODE.bias] = bias === undefined ? UNKNOWN : ratioOf(bias, most[layer]);
    looks[at + NODE.alpha] = focus.node(index);
    looks[at + NODE.bar] = output ? numberAt(moment, `layer/${name}/value`, row) : UNKNOWN;
  }
  return looks;
}

export function edgeLooks(
  scene: Scene,
  moment: Moment,
  values: Float64Array,
  showing: Showing,
  focus: Focus,
): Float32Array<ArrayBuffer> {
  const looks = new Float32Array(scene.edges.length * EDGE.stride);
  const { layers, connections } = scene.network;
  const scales = connections.map((_, index) => shownBy(scene.network, moment, index, showing)?.reach ?? 0);
  const strokes = connections.map((wire, index) => {
    const { source, target } = wire;
    if (showing.meaning === "path" && showing.flows[index]) return pathStroke;
    const plain = !showing.flows[index] && !showsActivation(moment, index, showing.meaning);
    if (plain && isNormOfUnits(scene.network, wire)) return normStroke;
    if (layers[source]!.face === "response" || layers[target]!.face === "response") return ribbonStroke;
    // In short gaps only the strongest can be told apart.
    return scene.squeezed ? normStroke : lineStroke;
  });
  const most = mostBetweenUnits(scene.edges, values, connections.length);
  for (const [index, { connection, kind }] of scene.edges.entries()) {
    const stroke = strokes[connection]!;
    const plain =
      kind === "link"
        ? LINK_STROKE
        : kind === "rest" && !showing.flows[connection]
          ? REST_STROKE
          : showing.flows[connection]
            ? besideRest(stroke, values[index]!, scales[connection]!, most[connection]!)
            : stroke(values[index]!, scales[connection]!);
    const { ratio, width, opacity } = emphasise(plain, focus.edge(index));
    const at = index * EDGE.stride;
    looks[at + EDGE.ratio] = ratio;
    looks[at + EDGE.width] = width;
    looks[at + EDGE.opacity] = opacity;
  }
  return looks;
}

/** Painting order: strongest last; what is broken or lit comes on top of all. */
export function paintingOrder(scene: Scene, looks: Float32Array, focus: Focus): Uint32Array {
  const rank = new Float32Array(scene.edges.length);
  for (const [index, { kind }] of scene.edges.entries()) {
    const ratio = looks[index * EDGE.stride + EDGE.ratio]!;
    const emphasis = focus.edge(index);
    // What nothing is known of beside its being there lies below all else.
    const isPlain = kind === "link" || (kind === "rest" && ratio === 0);
    const strength = isPlain ? -1 : isUnknown(ratio) ? 3 : abs(ratio);
    rank[index] = strength + (emphasis === "lit" || emphasis === "full" ? 10 : 0);
  }
  return Uint32Array.from(rank.keys()).sort((a, b) => rank[a]! - rank[b]!);
}

/** Colour of each cell of each strip, one after the other; NaN where nothing is known. */
export function cellLooks(scene: Scene, moment: Moment): Float32Array<ArrayBuffer> {
  const all: number[] = [];
  for (const { layer } of scene.strips) {
    const { name, cells } = scene.layers[layer]!;
    const scale = moment.header.layers[layer]?.a_scale;
    const values = floats(moment, `layer/${name}/cells`);
    for (let cell = 0; cell < cells; cell += 1) all.push(ratioOf(values?.[cell] ?? UNKNOWN, scale));
  }
  return Float32Array.from(all);
}

export function cellKeys(scene: Scene): string[] {
  return scene.strips.flatMap(({ layer }) => {
    const { name, cells } = scene.layers[layer]!;
    return Array.from({ length: cells }, (_, cell) => `${name}/${cell}`);
  });
}
