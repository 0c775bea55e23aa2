import { describe, expect, it } from "vitest";

import { ask, carried, classLayer, throughRest } from "../../src/picture/edge_question.ts";
import type { Edge } from "../../src/picture/edges.ts";
import type { Place } from "../../src/picture/places.ts";

import type { EdgeMeaning } from "../../src/wire.ts";
import { explanation } from "./explanation.ts";
import { network } from "./network.ts";
import { momentOf } from "./scene_of.ts";

const asked = (meaning: EdgeMeaning, unit: number | null = 1, toClass: number | null = 0) => ({
  meaning,
  unit,
  toClass,
  kernel: false,
  error: null,
});

describe("classLayer", () => {
  it("is the output that is explained, else the first", () => {
    const drawn = network();
    const first = drawn.layers.findIndex(({ output }) => output !== null);
    expect(classLayer(drawn)).toBe(first);
    expect(classLayer({ ...drawn, class_layer: drawn.layers[1]!.name })).toBe(1);
    expect(classLayer({ ...drawn, class_layer: "gone" })).toBe(first);
  });
});

describe("ask", () => {
  it("shows the path of the selected feature to the selected class", () => {
    const question = ask(network(), momentOf(), explanation(), asked("path"));
    expect(question.showing.meaning).toBe("path");
    expect(question.feature?.unit).toBe(1);
    expect(question.lacking).toBeNull();
  });

  it("draws the units that Python chose for it, and tells what they carry", () => {
    const { drawn, shares } = ask(network(), momentOf(), explanation({}, [3, 2]), asked("path"));
    expect(drawn).toEqual([null, [3, 2], null]);
    expect(shares.map(({ layer }) => layer)).toEqual([1]);
    expect(shares[0]!.share).toBeCloseTo(280 / 340, 6); // of 20, 40, 120 and 160
    expect(ask(network(), momentOf(), explanation({}, [3, 2]), asked("weight")).drawn).toEqual([]);
  });

  it("draws the likeliest of many classes where nothing is asked of the edges, but not while one looks back", () => {
    const moment = momentOf({ likely: [{ layer: 2, units: [0] }] });
    expect(ask(network(), moment, null, asked("weight")).drawn).toEqual([null, null, [0]]);
    expect(ask(network(), moment, null, { ...asked("weight"), past: true }).drawn).toEqual([]);
  });

  it("shows the path of a part of flat rows, without a unit, and tells a part that is not known", () => {
    const of = { ...asked("path", null), part: 4 };
    const told = explanation({ features: [-5], parts: [{ id: -5, name: "rows 0-2" }] });
    const question = ask(network(), momentOf(), told, of);
    expect([question.showing.meaning, question.feature?.id, question.lacking]).toEqual(["path", -5, null]);
    const other = ask(network(), momentOf(), told, { ...of, part: 3 });
    expect([other.showing.meaning, other.lacking]).toEqual([
      "contribution",
      "what the edges carry is not in this page",
    ]);
    expect(ask(network(), momentOf(), told, { ...of, unit: 3 }).feature).toBeNull();
    expect(ask(network(), momentOf(), told, { ...of, meaning: "contribution" as const }).feature).toBeNull();
  });

  it("shows contributions where no feature is selected", () => {
    const question = ask(network(), momentOf(), explanation(), asked("path", 3));
    expect(question.showing.meaning).toBe("contribution");
    expect(question.feature).toBeNull();
  });

  it("shows contributions, and says why, where a path is not at hand", () => {
    const without = explanation({ features: [], reason: "a layer has no forward-mode derivative" });
    const question = ask(network(), momentOf(), without, asked("path"));
    expect(question.showing.meaning).toBe("contribution");
    expect(question.lacking).toBe("a layer has no forward-mode derivative");
  });

  it("falls back to weights without a kernel where the explanation is that of another sample", () => {
    const other = explanation({ sample: 3, sample_name: "sample 3" });
    expect(ask(network(), momentOf(), other, asked("path")).showing.meaning).toBe("weight");
  });

  it("keeps the old picture while a kernel works on the new sample", () => {
    const other = explanation({ sample: 3, sample_name: "sample 3" });
    const question = ask(network(), momentOf(), other, { ...asked("path"), kernel: true });
    expect(question.showing.meaning).toBe("path");
    expect(question.sample).toBe("sample 3");
  });

  it("says what went wrong in Python", () => {
    const question = ask(network(), momentOf(), null, { ...asked("contribution"), error: "no way for a gradient" });
    expect(question.lacking).toBe("no way for a gradient");
  });
});

describe("throughRest", () => {
  it("adds up what a layer's rest node hands on", () => {
    const rest = { kind: "rest", layer: 1 } as Place;
    const unit = { kind: "unit", layer: 1 } as Place;
    const edge = (source: number, kind: "rest" | "weight") => ({ source, kind }) as Edge;
    const edges = [edge(0, "rest"), edge(1, "weight"), edge(1, "rest"), edge(0, "rest")];
    expect(throughRest({ edges, places: [rest, unit] }, Float64Array.of(2, 5, 7, -0.5), [1, 2])).toEqual([1.5, 0]);
  });
});

describe("carried", () => {
  it("adds up what a path carries in all, and what its lit edges do, gap by gap", () => {
    const question = ask(network(), momentOf(), explanation(), asked("path"));
    // Two edges in the first gap, of which one is lit, and one in the second.
    const edges = [{ connection: 0 }, { connection: 0 }, { connection: 1 }];
    const sums = carried({ network: network(), edges }, question, Float64Array.of(20, -80, -45), (edge) => edge !== 1);
    expect(sums).toEqual({ total: -60, least: -45, most: 20 });
  });

  it("leaves out the gap to another output, to which nothing of the path runs", () => {
    const drawn = network();
    const head = drawn.layers[2]!;
    const other = { ...drawn.connections[1]!, target: 3 };
    const two = {
      ...drawn,
      class_layer: head.name,
      layers: [...drawn.layers, { ...head, name: "other" }],
      connections: [...drawn.connections, other],
    };
    const one = ask(drawn, momentOf(), explanation(), asked("path"));
    const flows = [...one.showing.flows, { ...one.showing.flows[1]!, total: 0 }];
    const question = { ...one, showing: { ...one.showing, flows } };
    const edges = [{ connection: 0 }, { connection: 1 }, { connection: 2 }];
    const sums = carried({ network: two, edges }, question, Float64Array.of(-80, -45, 0), () => true);
    expect(sums).toEqual({ total: -60, least: -80, most: -45 });
  });
});
