import { describe, expect, it } from "vitest";
import { edgeValues } from "../../src/picture/edges.ts";
import { decodeExplanation, drawnFor, flowOf, shareFor } from "../../src/picture/flows.ts";
import { buildScene } from "../../src/picture/scene.ts";
import { fillPlaces } from "../../src/picture/shown.ts";
import { fontsOf } from "../../src/style/type_scale.ts";
import { explanation, explanationBytes } from "./explanation.ts";
import { network } from "./network.ts";
import { measure, momentOf, sceneOf } from "./scene_of.ts";

const FEATURE = { layer: 0, unit: 1, id: 1, row: 1 };
const PATH = { ofClass: 0, feature: FEATURE };

function pathFlows() {
  return network().connections.map((_, index) => flowOf(network(), explanation(), index, PATH));
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
    expect(flowOf(network(), explanation(), 1, { ofClass: 0, feature: null })!.edge(3, 0)).toBeCloseTo(-1600, 0);
    expect(pathFlows()[1]!.edge(3, 0)).toBeCloseTo(-160, 1);
  });

  it("knows nothing of a class or a feature that was not sent", () => {
    expect(flowOf(network(), explanation(), 0, { ofClass: 1, feature: null })).toBeNull();
    expect(flowOf(network(), explanation(), 0, { ofClass: 0, feature: { ...FEATURE, id: 0 } })).toBeNull();
  });
});

describe("flowOf what is told of the units drawn for a question alone", () => {
  const part = () => explanation({}, [3, 1]);
  const flows = () => network().connections.map((_, index) => flowOf(network(), part(), index, PATH)!);

  it("knows the edges of those, by their row among the candidates, and nothing of others", () => {
    const [first, second] = flows();
    expect(first!.edge(1, 3)).toBeCloseTo(-160, 1);
    expect(first!.edge(1, 1)).toBeCloseTo(-40, 1);
    expect(second!.edge(1, 0)).toBeCloseTo(-40, 1);
    expect([first!.edge(1, 2), first!.into(2), second!.edge(2, 0), second!.outOf(0)]).toEqual([0, 0, 0, 0]);
    expect(drawnFor(part(), 1, PATH)).toEqual([3, 1]);
    expect(drawnFor(part(), 0, PATH)).toBeNull();
    expect(shareFor(part(), 1, PATH)).toBeCloseTo(200 / 340, 6);
  });

  it("has the edges of rest nodes on the scale: those not drawn carry 20 + 120", () => {
    expect(flows().map(({ reach }) => reach)).toEqual([expect.closeTo(160, 3), expect.closeTo(160, 3)]);
    const small = network().connections.map((_, index) => flowOf(network(), explanation({}, [0, 1]), index, PATH)!);
    // −160 and 120 are not drawn; each gap has one edge of a rest node for them, −40, and one scale.
    expect(small.map(({ total }) => total)).toEqual([-60, -60]);
  });

  it("adds up to the credit in every gap, whatever else is drawn", () => {
    for (const drawn of [[3, 1], [0, 1], [2]]) {
      const scene = buildScene(network(), fillPlaces(network(), [], [null, [3, 1]]), 960, fontsOf("sans"), measure);
      const told = explanation({}, drawn);
      const given = network().connections.map((_, index) => flowOf(network(), told, index, PATH));
      const values = edgeValues(network(), scene.edges, momentOf(), { meaning: "path", flows: given });
      for (const connection of [0, 1]) {
        const members = [...scene.edges.keys()].filter((index) => scene.edges[index]!.connection === connection);
        expect(members.reduce((sum, index) => sum + values[index]!, 0)).toBeCloseTo(-60, 6);
      }
    }
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
