import { describe, expect, it } from "vitest";
import { kernelText } from "../../src/picture/caption_words.ts";
import { countDrawn, edgeValues, listEdges, shownBy } from "../../src/picture/edges.ts";
import { hasMaps } from "../../src/picture/faces.ts";
import { focusOn } from "../../src/picture/focus.ts";
import { EDGE, edgeLooks } from "../../src/picture/looks.ts";
import { fillPlaces, unitName } from "../../src/picture/shown.ts";
import { cardFor } from "../../src/widgets/network_diagram/card/card_content.ts";
import { drawnWords, selectedWords } from "../../src/widgets/network_diagram/status.ts";
import { placeWords } from "../../src/widgets/network_diagram/tree.ts";
import type { EdgeMeaning, NetworkWire } from "../../src/wire.ts";
import { channelMoment, channels, link } from "./channels.ts";
import { layer } from "./network.ts";
import { plainly, sceneOf } from "./scene_of.ts";

const keysOf = (wire: NetworkWire) => sceneOf(wire).edges.map(({ key }) => key);

function valuesOf(meaning: EdgeMeaning) {
  const scene = sceneOf(channels());
  const values = edgeValues(scene.network, scene.edges, channelMoment(), plainly(meaning).showing);
  return { scene, at: (key: string) => values[scene.edges.findIndex((edge) => edge.key === key)]!, values };
}

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
    expect(valuesOf("weight").at("first_pool/2>second/1")).toBeCloseTo(-2 * Math.sqrt(5));
    expect(valuesOf("weight_activation").at("first_pool/2>second/1")).toBe(-6);
    expect(valuesOf("weight_activation").at("second_pool/1>out/0")).toBe(4);
    // From a picture one edge carries all that enters the channel.
    expect(valuesOf("weight_activation").at("image/0>first/1")).toBeCloseTo(-0.2);
  });

  it("are named by what they stand for", () => {
    const symbols = (meaning: EdgeMeaning) =>
      [0, 2, 4].map((index) => shownBy(channels(), channelMoment(), index, plainly(meaning).showing)!.symbol);
    expect(symbols("weight")).toEqual(["‖k‖", "‖k‖", "‖w‖"]);
    expect(symbols("weight_activation")).toEqual(["k∗a", "k∗a", "Σw·a"]);
  });

  it("of a norm in the middle of the scale are much fainter than the largest", () => {
    const { scene, values } = valuesOf("weight");
    const looks = edgeLooks(
      scene,
      channelMoment(),
      values,
      plainly("weight").showing,
      focusOn(scene, null, plainly("weight").showing, values),
    );
    const opacity = (key: string) =>
      looks[scene.edges.findIndex((edge) => edge.key === key) * EDGE.stride + EDGE.opacity]!;
    expect(opacity("first_pool/2>second/1")).toBeGreaterThan(0.8);
    expect(opacity("first_pool/2>second/0")).toBeLessThan(0.12);
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

describe("a channel in focus", () => {
  const focusAt = (key: string) => {
    const scene = sceneOf(channels());
    const place = scene.placeOf.get(key)!;
    const focus = focusOn(scene, { kind: "place", place }, plainly("weight").showing, new Float64Array(99));
    return {
      lit: [...focus.lit].map((at) => scene.places[at]!.key).sort(),
      edges: scene.edges.filter((_, index) => focus.edge(index) === "lit").map(({ key: edge }) => edge),
    };
  };

  it("lights its kernels with the maps behind them, its pooled map and what that leads to", () => {
    const { lit, edges } = focusAt("second/1");
    expect(lit).toEqual(
      ["first/0", "first/1", "first/2", "first_pool/0", "first_pool/1", "first_pool/2", "out/0", "out/1"].concat([
        "second/1",
        "second_pool/1",
      ]),
    );
    expect(edges).toContain("second_pool/1>out/0");
    expect(edges).not.toContain("image/0>first/0");
    expect(edges).not.toContain("first_pool/0>second/0");
  });

  it("is the same seen from its pooled map", () => {
    expect(focusAt("second_pool/1")).toEqual(focusAt("second/1"));
  });

  it("does not reach through a sum of several channels", () => {
    const wire = channels();
    wire.connections.push(link(2, 4));
    const scene = sceneOf(wire);
    const place = scene.placeOf.get("second/1")!;
    const focus = focusOn(scene, { kind: "place", place }, plainly("weight").showing, new Float64Array(99));
    const lit = [...focus.lit].map((at) => scene.places[at]!.key);
    expect(lit).toContain("second_pool/1");
    expect(lit).not.toContain("out/0");
  });
});

describe("a channel that is pulled into view", () => {
  it("comes with the same channel of the layers it is joined with", () => {
    const wire = channels();
    for (const at of [1, 2]) wire.layers[at] = { ...wire.layers[at]!, shown: [0, 1], y: [40, 68, 96] };
    const shown = fillPlaces(wire, [{ layer: 1, unit: 2 }]);
    expect([shown[1], shown[2]]).toEqual([
      [0, 2],
      [0, 2],
    ]);
    expect(fillPlaces(wire, [{ layer: 2, unit: 2 }])).toEqual(shown);
  });

  it("takes its place behind those put before it", () => {
    const wire = channels();
    wire.layers[2] = {
      ...wire.layers[2]!,
      units: 5,
      candidates: [0, 1, 2, 3, 4],
      ranks: [0, 1, 2, 3, 4],
      shown: [0, 1],
    };
    wire.connections = [link(1, 2, 2)];
    expect(fillPlaces(wire, [{ layer: 1, unit: 2 }])[2]).toContain(4);
  });
});

describe("words for channels", () => {
  it("name them so", () => {
    expect(unitName(channels(), 3, 1)).toBe("channel 1");
    const scene = sceneOf(channels());
    const words = placeWords(scene, channelMoment(), scene.placeOf.get("second/1")!);
    expect(words).toBe("channel 1 of second, mean activation 2.00, rank 2");
  });

  it("say once what an edge between channels is", () => {
    const { scene, values } = valuesOf("weight");
    const question = plainly("weight");
    const drawn = countDrawn(scene.network, scene.edges, values, channelMoment(), question.showing);
    const words = drawnWords(scene, channelMoment(), drawn, question, false).join("");
    expect(words).toBe(
      "all 13 edges drawn  ·  a conv edge’s width is the norm of its kernel, its colour the sign of its sum",
    );
    expect(drawnWords(scene, channelMoment(), drawn, question, true).join("")).toBe("all 13 edges drawn");
  });

  it("count the kernels of a channel and the edges behind its pooled map", () => {
    const scene = sceneOf(channels());
    const words = selectedWords(scene, channelMoment(), scene.placeOf.get("second/1")!).join("");
    expect(words).toContain("channel 1 of second: its 3 kernels in and 2 edges out are lit  ·  mean activation 2.00");
  });
});

describe("captions of channels", () => {
  const texts = (wire: NetworkWire, at: number, width = 1600) =>
    sceneOf(wire, width)
      .captions.lines.filter((line) => line.layer === at)
      .map(({ text }) => text);

  it("tell the kernel, what comes out and the parameters", () => {
    expect(texts(channels(), 1)).toEqual(["first", "3 × 3 · relu", "4 × 4 × 3", "30 params"]);
    expect(texts(channels(), 2)).toEqual(["first_pool", "2 × 2", "2 × 2 × 3"]);
  });

  it("use a brief word for a thin column where its name has no room", () => {
    const wire = channels();
    wire.layers[2] = { ...wire.layers[2]!, name: "a_long_name_for_a_max_pooling_layer_2d" };
    expect(texts(wire, 2, 900)[0]).toBe("max");
  });

  it("say how many of a folded layer’s channels are shown", () => {
    const wire = channels();
    wire.layers[1] = { ...wire.layers[1]!, shown: [0, 1], y: [40, 68, 96] };
    expect(texts(wire, 1)).toContain("2 of 3 shown");
  });

  it("tell strides and types that are not plain", () => {
    const up = layer({ ...channels().layers[1]!, type: "Conv2DTranspose", strides: [2, 2], activation: null });
    expect(kernelText(up)).toBe("3 × 3 / 2");
    expect(kernelText({ ...up, strides: [2, 1] })).toBe("3 × 3 / 2 × 1");
    const wire = channels();
    wire.layers[1] = up;
    expect(texts(wire, 1).slice(0, 3)).toEqual(["first", "Conv2DTranspose", "3 × 3 / 2"]);
  });
});

describe("the card of a channel", () => {
  const cardAt = (key: string, meaning: EdgeMeaning = "weight", perMap = false) => {
    const { scene, values } = valuesOf(meaning);
    const place = scene.placeOf.get(key);
    const edge = scene.edges.findIndex((one) => one.key === key);
    const target = place === undefined ? ({ kind: "edge", edge } as const) : ({ kind: "place", place } as const);
    return cardFor(scene, channelMoment(), plainly(meaning).showing, values, target, perMap)!;
  };

  it("shows its map with mean, range and bias", () => {
    const { title, map, facts } = cardAt("second/0");
    expect(title).toBe("second · channel 0");
    expect([map!.rows, map!.columns, map!.ratios[1]]).toEqual([2, 2, 1]);
    expect(map!.ratios[3]).toBeCloseTo(-64 / 127);
    // The scale of the layer is 4.
    expect(facts).toEqual([
      { label: "mean", text: "0.50" },
      { label: "lowest, about", text: "−2.02" },
      { label: "highest, about", text: "4.00" },
      { label: "bias", text: "+0.25" },
    ]);
  });

  it("stretches the map where each has a scale of its own", () => {
    expect(cardAt("second/1").map!.ratios[2]).toBeCloseTo(2 / 127);
    expect(cardAt("second/1", "weight", true).map!.ratios[2]).toBe(1);
  });

  it("lists its kernels, largest first, with what passes", () => {
    const { terms, formula } = cardAt("second/1");
    expect(terms.map(({ label, factors, value }) => [label, factors, value])).toEqual([
      ["channel 2", "‖k‖ 4.47", -6],
      ["channel 0", "‖k‖ 2.00", 2],
      ["channel 1", "‖k‖ 2.00", 4],
    ]);
    // Of the largest number of the layer, 4.
    expect(terms[0]!.tile!.ratios).toEqual([0, 0, 0, 0, 0.5, 0, 0, 0, -1]);
    expect(formula).toEqual([
      ["Σ", "0.00"],
      ["+ b", "−1.00"],
      ["= mean z", "−1.00"],
    ]);
  });

  it("tells where a pooled map comes from", () => {
    expect(cardAt("second_pool/1").notes).toEqual(["MaxPooling2D 2 × 2 of second · channel 1"]);
    expect(cardAt("second/1>second_pool/1").title).toBe("second → second_pool: channel 1");
  });

  it("shows the numbers of a kernel for an edge", () => {
    const { title, kernel, facts } = cardAt("first_pool/2>second/0");
    expect(title).toBe("channel 2 → channel 0");
    expect(kernel!.texts).toEqual(["0.00", "0.00", "0.00", "0.00", "+1.00", "0.00", "0.00", "0.00", "−2.00"]);
    expect(facts).toEqual([
      { label: "‖k‖", text: "2.24" },
      { label: "Σk", text: "−1.00" },
    ]);
    expect(cardAt("first_pool/2>second/0", "weight_activation").facts[2]).toEqual({ label: "k∗a", text: "−3.00" });
  });

  it("says that an edge into a dense unit stands for several weights", () => {
    const { facts } = cardAt("second_pool/0>out/1");
    expect(facts).toEqual([
      { label: "‖w‖", text: "1.00" },
      { label: "Σw", text: "below 0" },
    ]);
  });
});

describe("the card of a dense unit behind maps", () => {
  it("names the channel and the position of what enters", () => {
    const wire = channels();
    // 2 x 1 positions of 2 channels, the last axis fastest: cell 3 is channel 1 of the second row.
    wire.layers[4] = { ...wire.layers[4]!, output_shape: [2, 1, 2] };
    wire.connections[4] = { ...wire.connections[4]!, weights: 8 };
    const scene = sceneOf(wire);
    const moment = channelMoment();
    const arrays = new Map(moment.arrays).set("layer/out/term_unit", Int32Array.of(3, 0));
    arrays.set("layer/out/term_w", Float32Array.of(1, 1)).set("layer/out/term_a", Float32Array.of(2, 1));
    const shapes = new Map(moment.shapes).set("layer/out/term_unit", [2, 1]);
    const target = { kind: "place", place: scene.placeOf.get("out/0")! } as const;
    const values = new Float64Array(scene.edges.length);
    const card = cardFor(scene, { ...moment, arrays, shapes }, plainly("weight").showing, values, target)!;
    expect(card.terms[0]!.label).toBe("channel 1 at 1, 0");
  });
});

describe("a layer of channels without data", () => {
  it("has no maps to scale", () => {
    const moment = channelMoment();
    const [second, out] = [channels().layers[3]!, channels().layers[5]!];
    expect(hasMaps(second, moment)).toBe(true);
    expect(hasMaps(out, moment)).toBe(false);
    expect(hasMaps(channels().layers[1]!, moment)).toBe(false);
  });
});
