import { describe, expect, it } from "vitest";
import { cardFor } from "../../../../src/widgets/network_diagram/card/card_content.ts";
import type { EdgeMeaning } from "../../../../src/wire.ts";
import { channelMoment, channels, channelValues } from "../../../picture/channels.ts";
import { plainly, sceneOf } from "../../../picture/scene_of.ts";

describe("the card of a channel", () => {
  const cardAt = (key: string, meaning: EdgeMeaning = "weight", perMap = false, moment = channelMoment()) => {
    const { scene, values } = channelValues(meaning);
    const place = scene.placeOf.get(key);
    const edge = scene.edges.findIndex((one) => one.key === key);
    const target = place === undefined ? ({ kind: "edge", edge } as const) : ({ kind: "place", place } as const);
    return cardFor(scene, moment, plainly(meaning).showing, values, target, perMap)!;
  };

  it("shows its map with mean, range and bias", () => {
    const { title, map, facts } = cardAt("second/0");
    expect(title).toBe("second · channel 0");
    expect([map!.rows, map!.columns, map!.ratios[1]]).toEqual([2, 2, 1]);
    expect(map!.ratios[3]).toBeCloseTo(-64 / 127);
    expect(facts).toEqual([
      { label: "mean", text: "0.50" },
      { label: "lowest", text: "−2.02" },
      { label: "highest", text: "4.00" },
      { label: "bias", text: "+0.25" },
    ]);
  });

  it("stretches the map where each has a scale of its own", () => {
    expect(cardAt("second/1").map!.ratios[2]).toBeCloseTo(2 / 127);
    expect(cardAt("second/1", "weight", true).map!.ratios[2]).toBe(1);
  });

  it("lists its kernels, those first that pass most", () => {
    const { terms, formula, notes } = cardAt("second/1");
    expect(terms.map(({ label, factors, value }) => [label, factors, value])).toEqual([
      ["channel 2", "‖k‖ 4.47", -6],
      ["channel 1", "‖k‖ 2.00", 4],
      ["channel 0", "‖k‖ 2.00", 2],
    ]);
    expect(notes).toContain("k∗a: what the kernel makes of its map, the mean over all positions.");
    // Of the largest number of the layer, 4.
    expect(terms[0]!.tile!.ratios).toEqual([0, 0, 0, 0, 0.5, 0, 0, 0, -1]);
    expect(formula).toEqual([
      ["Σ", "0.00"],
      ["+ b", "−1.00"],
      ["= mean z", "−1.00"],
    ]);
  });

  it("sums the kernels that pass less than those it lists", () => {
    const scene = sceneOf(channels());
    // Six channels enter; without data the norms are at hand alone.
    const first = { ...scene.layers[2]!, units: 6, candidates: [0, 1, 2, 3, 4, 5] };
    const wide = { ...scene, layers: scene.layers.with(2, first) };
    const moment = channelMoment();
    const flow = Float32Array.of(1, 0, 0.25, 0, -5, 0, 0.5, 0, 2, 0, -3, 0);
    const norms = Float32Array.of(9, 0, 8, 0, 1, 0, 7, 0, 2, 0, -3, 0);
    const arrays = new Map(moment.arrays).set("connection/2/flow", flow).set("connection/2/kernel", norms);
    arrays.set("connection/2/in_sum_a", Float32Array.of(-4.25, 0)).delete("layer/second/kernels");
    const target = { kind: "place", place: scene.placeOf.get("second/0")! } as const;
    const cardOf = (numbers: typeof arrays, all = wide) =>
      cardFor(all, { ...moment, arrays: numbers }, plainly("weight").showing, new Float64Array(0), target)!;
    const told = cardOf(arrays).terms.map(({ label, value }) => [label, value]);
    expect(told).toEqual([
      ["channel 2", -5],
      ["channel 5", -3],
      ["channel 4", 2],
      ["channel 0", 1],
      ["Σ 2 smaller kernels", 0.75],
    ]);
    // Of a layer that is drawn in part, one that is not at hand may pass more.
    const part = { ...wide, layers: scene.layers.with(2, { ...first, units: 40 }) };
    expect(cardOf(arrays, part).terms.at(-1)!.label).toBe("Σ 36 other kernels");
    arrays.delete("connection/2/flow");
    const { terms, notes } = cardOf(arrays);
    expect(terms.map(({ value }) => value)).toEqual([9, 8, 7, -3]);
    expect(notes).toContain("2 smaller kernels more");
  });

  it("adds up what the channels of a picture bring", () => {
    const moment = channelMoment();
    const arrays = new Map(moment.arrays).set("layer/first/kernels", Float32Array.of(3, -4, 1, 1, 1, 1));
    arrays.set("layer/first/passing", Float32Array.of(0.5, -2, 1, 1, 1, 1));
    arrays.set("connection/0/in_sum_a", Float32Array.of(-1.5, 2, 2));
    const shapes = new Map(moment.shapes).set("layer/first/kernels", [3, 2, 1, 1]);
    const { terms, formula } = cardAt("first/0", "weight", false, { ...moment, arrays, shapes });
    expect(terms.map(({ label, factors, value }) => [label, factors, value])).toEqual([
      ["image · channel 1", "‖k‖ 4.00", -2],
      ["image · channel 0", "‖k‖ 3.00", 0.5],
    ]);
    expect(formula).toEqual([
      ["Σ", "−1.50"],
      ["= mean z", "−1.50"],
    ]);
    arrays.delete("layer/first/kernels");
    const whole = cardAt("first/0", "weight", false, { ...moment, arrays, shapes }).terms;
    expect(whole.map(({ label, factors, value }) => [label, factors, value])).toEqual([["image", "‖k‖ 1.00", -1.5]]);
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
