import { describe, expect, it } from "vitest";
import { edgeValues } from "../../src/picture/edges.ts";
import { decodeExplanation, flowOf } from "../../src/picture/flows.ts";
import { buildScene } from "../../src/picture/scene.ts";
import { fillPlaces } from "../../src/picture/shown.ts";
import { fontsOf } from "../../src/style/type_scale.ts";
import { explanation, explanationBytes } from "./explanation.ts";
import { network } from "./network.ts";
import { measure, momentOf, sceneOf } from "./scene_of.ts";

const FEATURE = { layer: 0, unit: 1, id: 1, row: 1 };

function pathFlows() {
  return network().connections.map((_, index) => flowOf(explanation(), index, 0, FEATURE));
}

describe("decodeExplanation", () => {
  it("refuses what belongs to another version of the network", () => {
    expect(decodeExplanation(explanationBytes({ version: 6 }), network())).toBeNull();
    expect(decodeExplanation(null, network())).toBeNull();
  });
});

describe("flowOf", () => {
  it("gives a feature's edges from its own row alone", () => {
    const flow = pathFlows()[0]!;
    expect(flow.edge(1, 2)).toBeCloseTo(120, 1);
    expect(flow.edge(0, 2)).toBe(0);
  });

  it("keeps contributions and paths apart", () => {
    expect(flowOf(explanation(), 1, 0, null)!.edge(3, 0)).toBeCloseTo(-1600, 0);
    expect(pathFlows()[1]!.edge(3, 0)).toBeCloseTo(-160, 1);
  });

  it("knows nothing of a class or a feature that was not sent", () => {
    expect(flowOf(explanation(), 0, 1, null)).toBeNull();
    expect(flowOf(explanation(), 0, 0, { ...FEATURE, id: 0 })).toBeNull();
  });
});

describe("a path's edges", () => {
  it("add up to the feature's credit in every gap, rest nodes included, whatever units are shown", () => {
    for (const pulled of [[], [{ layer: 1, unit: 3 }], [3, 2].map((unit) => ({ layer: 1, unit }))]) {
      const shown = fillPlaces(network(), pulled);
      const scene = pulled.length === 0 ? sceneOf() : buildScene(network(), shown, 960, fontsOf("sans"), measure);
      const values = edgeValues(network(), scene.edges, momentOf(), { meaning: "path", flows: pathFlows() });
      for (const connection of [0, 1]) {
        const members = [...scene.edges.keys()].filter((index) => scene.edges[index]!.connection === connection);
        expect(members.some((index) => scene.edges[index]!.kind === "rest")).toBe(true);
        expect(members.reduce((sum, index) => sum + values[index]!, 0)).toBeCloseTo(-60, 6);
      }
    }
  });
});
