import { describe, expect, it } from "vitest";
import { lineageOf } from "../../src/picture/lineage.ts";
import { channels, link } from "./channels.ts";
import { sceneOf } from "./scene_of.ts";

function lineage(key: string, wire = channels()) {
  const scene = sceneOf(wire);
  const { same, edges } = lineageOf(scene, scene.placeOf.get(key)!);
  return {
    same: [...same].map((place) => scene.places[place]!.key).sort(),
    edges: [...edges].map((edge) => scene.edges[edge]!.key).sort(),
  };
}

describe("lineageOf", () => {
  it("joins a channel with the same one of the pooled layer, from either side", () => {
    expect(lineage("first/1").same).toEqual(["first/1", "first_pool/1"]);
    expect(lineage("first_pool/1")).toEqual(lineage("first/1"));
  });

  it("has the lines behind what comes in", () => {
    const { edges } = lineage("second/0");
    expect(edges).toContain("first_pool/2>second/0");
    expect(edges).toContain("first/2>first_pool/2");
    expect(edges).not.toContain("image/0>first/2");
  });

  it("ends at a sum of several channels", () => {
    const wire = channels();
    wire.connections.push(link(2, 4));
    expect(lineage("second/1", wire).same).toEqual(["second/1"]);
  });
});
