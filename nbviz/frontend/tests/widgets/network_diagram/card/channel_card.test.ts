import { describe, expect, it } from "vitest";
import { cardFor } from "../../../../src/widgets/network_diagram/card/card_content.ts";
import type { EdgeMeaning } from "../../../../src/wire.ts";
import { channelMoment, channels, channelValues } from "../../../picture/channels.ts";
import { plainly, sceneOf } from "../../../picture/scene_of.ts";

describe("the card of a channel", () => {
  const cardAt = (key: string, meaning: EdgeMeaning = "weight", perMap = false) => {
    const { scene, values } = channelValues(meaning);
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
      ["≈ mean z", "−1.00"],
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
