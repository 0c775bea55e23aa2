import { describe, expect, it } from "vitest";
import { edgeValues } from "../../../../src/picture/edges.ts";
import type { Target } from "../../../../src/picture/focus.ts";
import { cardFor } from "../../../../src/widgets/network_diagram/card/card_content.ts";
import type { FrameWire } from "../../../../src/wire.ts";
import { folded, pictured } from "../../../picture/blocks.ts";
import { network } from "../../../picture/network.ts";
import { momentOf, plainly, sceneOf } from "../../../picture/scene_of.ts";

function cardAt(find: string, given: Partial<FrameWire> = {}) {
  const scene = sceneOf();
  const moment = momentOf(given);
  const values = edgeValues(network(), scene.edges, moment, plainly("weight").showing);
  const place = scene.placeOf.get(find);
  const edge = scene.edges.findIndex(({ key }) => key === find);
  const target: Target = place === undefined ? { kind: "edge", edge } : { kind: "place", place };
  return cardFor(scene, moment, plainly("weight").showing, values, target)!;
}

describe("the card of a unit", () => {
  it("multiplies what enters with the weights", () => {
    const { title, aside, terms } = cardAt("hidden/0");
    expect([title, aside]).toEqual(["hidden · unit 0", "rank 1 of 4"]);
    expect(terms.slice(0, 2)).toEqual([
      { label: "x0", factors: "+1.00 × +1.00", value: 1 },
      { label: "x1", factors: "−2.00 × +2.00", value: -4 },
    ]);
  });

  it("adds up to z", () => {
    const { formula, chip, step } = cardAt("hidden/0");
    expect(formula).toEqual([
      ["Σ", "−19.0"],
      ["+ b", "+0.50"],
      ["= z", "+3.00"],
    ]);
    expect([step, chip!.text]).toEqual(["relu", "3.00"]);
  });

  it("draws no arrow from a mean to a mean", () => {
    const { formula, step } = cardAt("hidden/0", { sample: null, sample_name: "mean of 45 rows" });
    expect(formula.at(-1)![0]).toBe("= mean z");
    expect(step).toBe("mean a");
  });
});

describe("the card of a token", () => {
  const card = (sample_name: string) => {
    const wire = network();
    const words = { ...wire, layers: wire.layers.with(0, { ...wire.layers[0]!, value_names: { 5: "good" } }) };
    const scene = sceneOf(words);
    const moment = momentOf({ sample: null, sample_name });
    const arrays = new Map(moment.arrays).set("layer/in/value", Float32Array.of(5, 6));
    const target: Target = { kind: "place", place: scene.placeOf.get("in/0")! };
    const values = new Float64Array(scene.edges.length);
    return cardFor(scene, { ...moment, arrays }, plainly("weight").showing, values, target)!;
  };

  it("has its text and its id, and no z-score of an id", () => {
    expect(card("sample 3").facts.slice(0, 2)).toEqual([
      { label: "value", text: "good" },
      { label: "id", text: "5" },
    ]);
    expect(card("sample 3").facts.some(({ label }) => label.includes("z-score"))).toBe(false);
  });

  it("has no mean", () => {
    const { facts, notes } = card("mean of 45 rows");
    expect(facts.some(({ label }) => label.includes("value"))).toBe(false);
    expect(notes).toEqual(["Ids have no mean: choose a sample."]);
  });
});

describe("the card of an edge", () => {
  it("is one line", () => {
    expect(cardAt("in/0>hidden/1").title).toBe("x0 → unit 1: w +2.00");
  });

  it("says that a rest node’s edge is a sum", () => {
    expect(cardAt("in/0>hidden/rest").title).toBe("x0 → 2 other units: Σw +7.00");
  });
});

describe("the card of a rest node", () => {
  it("tells the mean of what it holds", () => {
    const { aside, facts } = cardAt("hidden/rest");
    expect(aside).toBe("2 units not drawn");
    // Of 8 in all, the shown units have 3 and 0.
    expect(facts[0]).toEqual({ label: "mean activation", text: "2.50" });
  });
});

describe("the card of a block", () => {
  it("names what it holds, the first twelve", () => {
    const card = (count: number) => {
      const scene = folded(count);
      const place = scene.places.findIndex(({ kind }) => kind === "block");
      return cardFor(scene, momentOf(), plainly("weight").showing, new Float64Array(0), { kind: "place", place })!;
    };
    expect(card(2).notes).toEqual(["with conv_0, conv_1"]);
    expect(card(14).notes[0]).toMatch(/^with conv_0, .*conv_11, and 2 more$/);
  });

  it("enlarges its picture", () => {
    const scene = pictured();
    const place = scene.places.findIndex(({ kind }) => kind === "block");
    const moment = momentOf();
    const face = "layer/hidden/face";
    const arrays = new Map(moment.arrays).set(face, Uint8Array.of(128, 255, 1, 128));
    const shapes = new Map(moment.shapes).set(face, [1, 2, 2]);
    const seen = { ...moment, arrays, shapes };
    const { showing } = plainly("weight");
    const card = cardFor(scene, seen, showing, new Float64Array(0), { kind: "place", place })!;
    expect(card.map).toEqual({ rows: 2, columns: 2, ratios: [0, 1, -1, 0], texts: [] });
    expect(card.facts).toContainEqual({ label: "shows", text: "4 units × 9 steps" });
    expect(card.facts).toContainEqual({ label: "parts", text: "input, forget" });
  });
});
