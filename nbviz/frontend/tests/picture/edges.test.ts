import { describe, expect, it } from "vitest";
import { countDrawn, edgeValues } from "../../src/picture/edges.ts";
import type { EdgeMeaning } from "../../src/wire.ts";
import { header, network } from "./network.ts";
import { momentOf, plainly, sceneOf } from "./scene_of.ts";

function valuesOf(meaning: EdgeMeaning): Record<string, number> {
  const scene = sceneOf();
  const values = edgeValues(network(), scene.edges, momentOf(), plainly(meaning).showing);
  return Object.fromEntries(scene.edges.map(({ key }, index) => [key, values[index]!]));
}

describe("edgeValues", () => {
  it("is weight times the deviation of what enters", () => {
    const values = valuesOf("weight");
    expect(values["in/0>hidden/0"]).toBe(1);
    expect(values["in/1>hidden/1"]).toBe(20 * 0.5);
  });

  it("is weight times activation when asked", () => {
    expect(valuesOf("weight_activation")["in/1>hidden/1"]).toBe(20 * -2);
  });

  it("gives a rest node what the shown units leave", () => {
    const values = valuesOf("weight");
    // Into hidden: unit 0 of in sends 10 in all, 1 and 2 of them to shown units; unit 1 sends 100, halved.
    expect(values["in/0>hidden/rest"]).toBe(10 - 1 - 2);
    expect(values["in/1>hidden/rest"]).toBe(50 - 5 - 10);
    // Out of hidden: the sum is 0, of which 1 and -1 are shown.
    expect(values["hidden/rest>out/0"]).toBe(0);
  });

  it("adds up to the sum over all edges, rest nodes included", () => {
    const values = valuesOf("weight_activation");
    const out = Object.entries(values).filter(([key]) => key.endsWith("out/0"));
    expect(out.reduce((sum, [, value]) => sum + value, 0)).toBe(13);
  });

  it("shows weights where nothing flows through the network", () => {
    const scene = sceneOf();
    const connections = header().connections.map((connection) => ({ ...connection, scale_a: null }));
    const values = edgeValues(network(), scene.edges, momentOf({ connections }), plainly("weight_activation").showing);
    expect(values[scene.edges.findIndex(({ key }) => key === "in/0>hidden/1")]).toBe(2);
  });
});

describe("countDrawn", () => {
  it("counts edges between units and the share of the sum they carry", () => {
    const scene = sceneOf();
    const moment = momentOf();
    const values = edgeValues(network(), scene.edges, moment, plainly("weight").showing);
    // 1 + 2 + 5 + 10 in the first gap, 1 + 1 in the second, of 60 + 6.
    expect(countDrawn(network(), scene.edges, values, moment, plainly("weight").showing)).toEqual({
      edges: 6,
      all: 12,
      share: 20 / 66,
    });
  });
});
