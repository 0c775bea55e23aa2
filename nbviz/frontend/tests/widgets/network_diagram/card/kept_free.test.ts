import { describe, expect, it } from "vitest";
import { focusOn } from "../../../../src/picture/focus.ts";
import { pointsAlong, routeOf } from "../../../../src/picture/routes.ts";
import type { Scene } from "../../../../src/picture/scene.ts";
import { findRoom } from "../../../../src/widgets/network_diagram/card/card_room.ts";
import { keptFree } from "../../../../src/widgets/network_diagram/card/kept_free.ts";
import type { NetworkWire } from "../../../../src/wire.ts";
import { connection, layer, network } from "../../../picture/network.ts";
import { plainly, sceneOf } from "../../../picture/scene_of.ts";

/** Dense layers as Python places them in 480 px, with so many places each; a layer of more than 16 units is folded. */
function dense(...units: number[]): NetworkWire {
  const last = units.length - 1;
  let first = 0;
  const layers = units.map((count, column) => {
    const folded = column > 0 && column < last && count > 16;
    const slots = folded ? 17 : count;
    const pitch = Math.min(340 / Math.max(1, slots - 1), Math.max(28, 340 / (slots + 1)));
    const shown = Array.from({ length: folded ? 16 : count }, (_, unit) => unit);
    const one = layer({
      name: `layer_${column}`,
      kind: column === 0 ? "input" : "dense",
      first_unit: first,
      units: count,
      column,
      x: column / last,
      shown,
      candidates: shown,
      ranks: shown,
      cells: folded ? count : 0,
      y: Array.from({ length: slots }, (_, slot) => 194 + (slot - (slots - 1) / 2) * pitch),
      size: column === 0 ? 7 : column === last ? 11 : 9,
      ...(column === last && { output: "softmax" as const, activation: "softmax" }),
    });
    first += count;
    return one;
  });
  const connections = layers.slice(1).map((_, at) => connection(at, at + 1, 9));
  return { ...network(), layers, connections, columns: layers.length, arrays: [] };
}

const NETS = {
  wine: dense(13, 32, 16, 3),
  deep: dense(20, 256, 256, 256, 3),
  digits: dense(24, 48, 10),
};

/** Where the card of a place stands, as high as told. */
function cardOf(scene: Scene, place: number, height: number, foot: number): [number, number] {
  const { x, y, half, tall } = scene.places[place]!;
  const focus = focusOn(
    scene,
    { kind: "place", place },
    plainly("weight").showing,
    new Float64Array(scene.edges.length),
  );
  const anchor = { x: x - half - 12, y: y - tall - 12, width: 2 * (half + 12), height: 2 * (tall + 12) };
  const bounds = { x: 0, y: 0, width: scene.width, height: scene.height + foot };
  return findRoom({ width: 256, height }, bounds, anchor, keptFree(scene, focus));
}

/** How many of the cards of all places lie on a lit edge; `foot`: px beneath the drawing that belong to the widget. */
function covering(scene: Scene, height: number, foot: number): number {
  const values = new Float64Array(scene.edges.length);
  let wrong = 0;
  for (const place of scene.places.keys()) {
    const focus = focusOn(scene, { kind: "place", place }, plainly("weight").showing, values);
    const [left, top] = cardOf(scene, place, height, foot);
    const position = (at: number) => [scene.places[at]!.x, scene.places[at]!.y] as const;
    const crosses = scene.edges.some((edge, index) => {
      if (focus.edge(index) !== "lit") return false;
      const route = routeOf(edge, scene.places, position, undefined);
      return pointsAlong(route).some(([px, py]) => px > left && px < left + 256 && py > top && py < top + height);
    });
    if (crosses) wrong += 1;
  }
  return wrong;
}

describe("a card", () => {
  it("leaves free what the classes are called that a hidden unit leads to", () => {
    const scene = sceneOf(dense(13, 32, 16, 10), 1300);
    const outputs = scene.places.filter(({ layer: of }) => of === 3);
    for (const [place, { layer: of }] of scene.places.entries()) {
      if (of !== 2) continue;
      const [left, top] = cardOf(scene, place, 180, 90);
      const right = left + 256;
      expect(outputs.some(({ x, y }) => right > x && y > top && y < top + 180)).toBe(false);
    }
  });

  for (const [name, wire] of Object.entries(NETS))
    for (const width of [700, 940, 1300]) {
      it(`lies on no lit edge of ${name}, ${width} px wide`, () => {
        // As high as what is said of an input, and of a unit with its five terms.
        for (const height of [110, 180]) expect(covering(sceneOf(wire, width), height, 90)).toBe(0);
      });
    }
});
