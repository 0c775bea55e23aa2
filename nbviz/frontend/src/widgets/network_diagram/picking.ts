/** What lies under a point: found by arithmetic, so that it takes no time. */

import type { Target } from "../../picture/focus.ts";
import { NAME_AIR, nameOffset, outputLabelWidth } from "../../picture/label_room.ts";
import { EDGE, NODE } from "../../picture/looks.ts";
import { currentRoute } from "../../picture/paint/paint_edges.ts";
import { cellAt } from "../../picture/places.ts";
import { heightAt } from "../../picture/routes.ts";
import type { Scene } from "../../picture/scene.ts";
import { abs, hypot, max } from "../../style/math.ts";
import type { Measure } from "../../style/text.ts";

const NODE_SLACK = 4;
const EDGE_SLACK = 4;
/** Fainter edges are texture, not things to point at. */
const FAINTEST = 0.1;

export function pick(
  scene: Scene,
  measure: Measure,
  nodes: Float32Array,
  edges: Float32Array,
  x: number,
  y: number,
): Target | null {
  const place = pickPlace(scene, measure, nodes, x, y);
  if (place !== null) return { kind: "place", place };
  for (const [strip, box] of scene.strips.entries()) {
    const cell = cellAt(box, scene.layers[box.layer]!.cells, x, y);
    if (cell !== null) return { kind: "cell", strip, cell };
  }
  const edge = pickEdge(scene, nodes, edges, x, y);
  return edge === null ? null : { kind: "edge", edge };
}

function pickPlace(scene: Scene, measure: Measure, nodes: Float32Array, x: number, y: number): number | null {
  let best: number | null = null;
  let nearest = 1;
  for (const [index, { half, tall, layer: at, kind }] of scene.places.entries()) {
    const dx = x - nodes[index * NODE.stride + NODE.x]!;
    const dy = y - nodes[index * NODE.stride + NODE.y]!;
    const layer = scene.layers[at]!;
    // Names and bars belong to their node.
    let left = half + NODE_SLACK;
    let right = half + NODE_SLACK;
    if (kind === "unit" && layer.kind === "input") left = half + nameOffset(layer, scene.room) + scene.room.inputNames;
    if (kind === "unit" && layer.output !== null) {
      right = half + NAME_AIR + outputLabelWidth(scene.network, at, scene.room, scene.fonts, measure);
    }
    const far = max(abs(dx) / (dx < 0 ? left : right), abs(dy) / (tall + NODE_SLACK));
    if (far <= nearest) {
      nearest = far;
      best = index;
    }
  }
  return best;
}

function pickEdge(scene: Scene, nodes: Float32Array, looks: Float32Array, x: number, y: number): number | null {
  let best: number | null = null;
  let most = 0;
  for (const index of scene.edges.keys()) {
    const opacity = looks[index * EDGE.stride + EDGE.opacity]!;
    if (opacity < FAINTEST) continue;
    const at = heightAt(currentRoute(scene, nodes, index), x);
    if (!at) continue;
    const distance = abs(y - at.y) / hypot(1, at.slope);
    const reach = EDGE_SLACK + looks[index * EDGE.stride + EDGE.width]! / 2;
    const merit = (1 - distance / reach) * (0.3 + opacity);
    if (distance < reach && merit > most) {
      most = merit;
      best = index;
    }
  }
  return best;
}
