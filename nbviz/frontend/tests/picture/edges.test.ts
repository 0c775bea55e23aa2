import { describe, expect, it } from "vitest";
import { countDrawn, edgeValues, listEdges, shownBy } from "../../src/picture/edges.ts";
import type { EdgeMeaning, NetworkWire } from "../../src/wire.ts";
import { channelMoment, channels, channelValues, link } from "./channels.ts";
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

const keysOf = (wire: NetworkWire) => sceneOf(wire).edges.map(({ key }) => key);

describe("edges between channels", () => {
  it("join the same channel of a layer that hands channels on, and no other", () => {
    expect(keysOf(channels()).filter((key) => key.startsWith("first/"))).toEqual([
      "first/0>first_pool/0",
      "first/1>first_pool/1",
      "first/2>first_pool/2",
    ]);
  });

  it("join channel c with c + offset where channels are put behind one another", () => {
    const wire = channels();
    wire.layers[2] = { ...wire.layers[2]!, units: 5, candidates: [0, 1, 2, 3, 4], shown: [0, 1, 2, 3, 4] };
    wire.connections = [link(1, 2, 2)];
    expect(keysOf(wire)).toEqual(["first/0>first_pool/2", "first/1>first_pool/3", "first/2>first_pool/4"]);
  });

  it("run into the rest node where the same channel is not shown", () => {
    const wire = channels();
    wire.layers[2] = { ...wire.layers[2]!, shown: [0, 2], y: [40, 68, 96] };
    wire.connections = [link(1, 2)];
    expect(keysOf(wire)).toEqual(["first/0>first_pool/0", "first/1>first_pool/rest", "first/2>first_pool/2"]);
  });

  it("show the signed norm, and for a sample what passes through the kernel", () => {
    expect(channelValues("weight").at("first_pool/2>second/1")).toBeCloseTo(-2 * Math.sqrt(5));
    expect(channelValues("weight_activation").at("first_pool/2>second/1")).toBe(-6);
    expect(channelValues("weight_activation").at("second_pool/1>out/0")).toBe(4);
    // From a picture one edge carries all that enters the channel.
    expect(channelValues("weight_activation").at("image/0>first/1")).toBeCloseTo(-0.2);
  });

  it("are named by what they stand for", () => {
    const symbols = (meaning: EdgeMeaning) =>
      [0, 2, 4].map((index) => shownBy(channels(), channelMoment(), index, plainly(meaning).showing)!.symbol);
    expect(symbols("weight")).toEqual(["‖k‖", "‖k‖", "‖w‖"]);
    expect(symbols("weight_activation")).toEqual(["k∗a", "k∗a", "Σw·a"]);
  });
});

describe("a sparse connection", () => {
  const sparse = () => {
    const wire = channels();
    wire.connections[2] = { ...wire.connections[2]!, sparse: true, weights: 27 };
    return wire;
  };
  const moment = channelMoment({ "connection/2/kernel": Float32Array.of(1, 0, 0, 2, 3, 0) });
  const edges = () =>
    listEdges(sparse(), sceneOf(sparse()).places, moment).filter(({ connection }) => connection === 2);

  it("has no edges of exactly 0", () => {
    expect(edges().map(({ key }) => key)).toEqual([
      "first_pool/0>second/0",
      "first_pool/1>second/1",
      "first_pool/2>second/0",
    ]);
  });

  it("counts one edge for each kernel", () => {
    const wire = sparse();
    const all = countDrawn(wire, edges(), new Float64Array(3), moment, plainly("weight").showing).all;
    // 3 from the picture, 27 weights in kernels of 3 x 3, 2 x 2 into the dense units.
    expect(all).toBe(3 + 3 + 4);
  });
});
