/** What a card should leave free: the edges that are brought forward, and the nodes. */

import type { Focus } from "../../../picture/focus.ts";
import { pointsAlong, routeOf } from "../../../picture/routes.ts";
import type { Scene } from "../../../picture/scene.ts";
import { COST, type KeptFree } from "./card_room.ts";

/** px from one point of a label to the next: less than a card is wide. */
const LABEL = 24;

export function keptFree(scene: Scene, focus: Focus): KeptFree[] {
  const { places, edges, lanes } = scene;
  const kept: KeptFree[] = [];
  for (const [index, place] of places.entries()) {
    const { x, y, half, tall } = place;
    const isLit = focus.lit.has(index);
    kept.push([x, y, isLit ? COST.node : COST.dimmed]);
    // What a class is called, and how likely it is.
    if (place.kind === "unit" && scene.layers[place.layer]!.output !== null)
      for (let right = x + half + LABEL; right < scene.width; right += LABEL)
        kept.push([right, y, isLit ? COST.node : COST.dimmed]);
    if (!isLit) continue;
    for (const across of [-half, half]) for (const down of [-tall, tall]) kept.push([x + across, y + down, COST.node]);
  }
  // Where they will be, not where they are on their way.
  const position = (place: number) => [places[place]!.x, places[place]!.y] as const;
  for (const [index, edge] of edges.entries()) {
    const emphasis = focus.edge(index);
    if (emphasis !== "lit" && emphasis !== "full") continue;
    const route = routeOf(edge, places, position, lanes.get(edge.connection));
    for (const [x, y] of pointsAlong(route)) kept.push([x, y, COST.edge]);
  }
  return kept;
}
