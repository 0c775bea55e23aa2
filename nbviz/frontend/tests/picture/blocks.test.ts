import { describe, expect, it } from "vitest";
import { cardFor } from "../../src/widgets/network_diagram/card/card_content.ts";
import { placeWords } from "../../src/widgets/network_diagram/tree.ts";
import { layer, network } from "./network.ts";
import { momentOf, plainly, sceneOf } from "./scene_of.ts";

/** The small network with its hidden layer folded into a block of so many layers. */
function folded(count: number) {
  const wire = network();
  const members = Array.from({ length: count }, (_, at) => `conv_${at}`);
  const looks = { kind: "block", face: "block", type: "3 × Conv2D", size: 56 } as const;
  wire.layers[1] = layer({
    name: "outer/stage",
    first_unit: 2,
    units: 1,
    column: 1,
    ...looks,
    y: [150],
    members,
    group: true,
  });
  wire.layers[1].notes = ["batch norm"];
  wire.connections = wire.connections.map((link) => ({ ...link, kind: "link", weights: 0 }));
  return sceneOf(wire);
}

describe("a block of several layers", () => {
  const texts = (count: number) =>
    folded(count)
      .captions.lines.filter(({ layer: at }) => at === 1)
      .map(({ text }) => text);

  it("says how many it holds under its own name", () => {
    expect(texts(14)).toEqual(["stage", "14 layers inside"]);
    expect(texts(1)).toEqual(["stage", "1 layer inside"]);
  });

  it("names what it holds in its card, the first twelve", () => {
    const card = (count: number) => {
      const scene = folded(count);
      const place = scene.places.findIndex(({ kind }) => kind === "block");
      return cardFor(scene, momentOf(), plainly("weight").showing, new Float64Array(0), { kind: "place", place })!;
    };
    expect(card(2).notes).toEqual(["with conv_0, conv_1"]);
    expect(card(14).notes[0]).toMatch(/^with conv_0, .*conv_11, and 2 more$/);
  });

  it("tells a screen reader all of them", () => {
    const scene = folded(14);
    const place = scene.places.findIndex(({ kind }) => kind === "block");
    expect(placeWords(scene, null, place)).toContain("conv_13");
  });
});

describe("a block that shows what happens inside", () => {
  const pictured = () => {
    const wire = network();
    const looks = { kind: "block", face: "block", type: "LSTM", size: 120 } as const;
    const told = { picture: "4 units × 9 steps", parts: ["input", "forget"], y: [150], output_shape: [4] };
    wire.layers[1] = layer({ name: "hidden", first_unit: 2, units: 1, column: 1, ...looks, ...told });
    wire.connections = wire.connections.map((link) => ({ ...link, kind: "link", weights: 0 }));
    return sceneOf(wire);
  };

  it("has room for its words and the names of its parts", () => {
    const block = pictured().places.find(({ kind }) => kind === "block")!;
    // 17 characters of 6 px, and air.
    expect([2 * block.half, 2 * block.tall]).toEqual([122, 120]);
  });

  it("tells them to a screen reader", () => {
    const scene = pictured();
    const place = scene.places.findIndex(({ kind }) => kind === "block");
    expect(placeWords(scene, null, place)).toBe("hidden, LSTM, 4 units × 9 steps, input, forget");
  });

  it("enlarges its picture in the card", () => {
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
