import { describe, expect, it } from "vitest";
import { EDGE } from "../../../src/picture/looks.ts";
import { flowingEdges, flowSpeed } from "../../../src/picture/paint/paint_edges.ts";
import { sceneOf } from "../scene_of.ts";

describe("the dashes that flow", () => {
  it("run along edges between units that can be seen, the last painted first", () => {
    const scene = sceneOf();
    const looks = new Float32Array(scene.edges.length * EDGE.stride).fill(0.5);
    const keys = (order: number[]) =>
      flowingEdges(scene, looks, Uint32Array.from(order)).map((edge) => scene.edges[edge]!.key);
    const at = (key: string) => scene.edges.findIndex((edge) => edge.key === key);
    const order = ["in/0>hidden/0", "in/0>hidden/rest", "in/1>hidden/1"].map(at);
    expect(keys(order)).toEqual(["in/1>hidden/1", "in/0>hidden/0"]);
    looks[at("in/1>hidden/1") * EDGE.stride + EDGE.opacity] = 0.19;
    expect(keys(order)).toEqual(["in/0>hidden/0"]);
  });

  it("are felt at any speed of the training, and never a blur", () => {
    // 14 px for each doubling of the updates a second.
    expect(flowSpeed(7)).toBe(42);
    expect(flowSpeed(0)).toBe(8);
    expect(flowSpeed(1e6)).toBe(72);
  });
});
