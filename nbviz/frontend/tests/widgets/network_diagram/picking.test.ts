import { describe, expect, it } from "vitest";
import { EDGE, NODE } from "../../../src/picture/looks.ts";
import { pick } from "../../../src/widgets/network_diagram/picking.ts";
import { measure, sceneOf } from "../../picture/scene_of.ts";

const scene = sceneOf();
const nodes = new Float32Array(scene.places.length * NODE.stride);
for (const [index, { x, y }] of scene.places.entries()) nodes.set([x, y], index * NODE.stride);

function under(x: number, y: number, opacity = 1) {
  const edges = new Float32Array(scene.edges.length * EDGE.stride);
  for (const index of scene.edges.keys()) edges.set([0, 1, opacity], index * EDGE.stride);
  return pick(scene, measure, nodes, edges, x, y);
}

describe("pick", () => {
  it("finds a node up to 4 px beside it, and its name", () => {
    const place = scene.placeOf.get("in/0")!;
    const { x, y, half, tall } = scene.places[place]!;
    expect(under(x, y + tall + 3)).toEqual({ kind: "place", place });
    expect(under(x, y + tall + 5)).not.toEqual({ kind: "place", place });
    expect(under(x - half - 20, y)).toEqual({ kind: "place", place });
  });

  it("finds the cell of a strip", () => {
    const strip = scene.strips[0]!;
    // Four cells, one above the other.
    const y = strip.y + (2.5 / 4) * strip.height;
    expect(under(strip.x + strip.width / 2, y)).toEqual({ kind: "cell", strip: 0, cell: 2 });
  });

  it("finds an edge half way, unless it is too faint to be seen", () => {
    const edge = scene.edges.findIndex(({ key }) => key === "hidden/0>out/0");
    const [from, to] = ["hidden/0", "out/0"].map((key) => scene.places[scene.placeOf.get(key)!]!);
    // A curve with level ends crosses the middle at the middle.
    const x = (from!.x + from!.half + to!.x - to!.half) / 2;
    const y = (from!.y + to!.y) / 2;
    expect(under(x, y)).toEqual({ kind: "edge", edge });
    expect(under(x, y, 0.09)).toBeNull();
  });

  it("finds nothing beside the drawing", () => {
    expect(under(-500, -500)).toBeNull();
  });
});
