import { describe, expect, it } from "vitest";
import { fillPlaces, findUnit, nameInside, unitName, valueText } from "../../src/picture/shown.ts";
import { channels, link } from "./channels.ts";
import { network } from "./network.ts";

describe("fillPlaces", () => {
  it("shows what Python chose", () => {
    expect(fillPlaces(network(), [])[1]).toEqual([0, 1]);
  });

  it("gives a pulled unit the place of the lowest ranked", () => {
    expect(fillPlaces(network(), [{ layer: 1, unit: 3 }])[1]).toEqual([0, 3]);
  });

  it("keeps units pulled before", () => {
    const pulled = [
      { layer: 1, unit: 3 },
      { layer: 1, unit: 2 },
    ];
    expect(fillPlaces(network(), pulled)[1]).toEqual([2, 3]);
  });

  it("shows what is drawn for a question, in its order; a pulled unit takes the last place of it", () => {
    const drawn = [null, [3, 1], null];
    expect(fillPlaces(network(), [], drawn)[1]).toEqual([3, 1]);
    expect(fillPlaces(network(), [{ layer: 1, unit: 1 }], drawn)[1]).toEqual([3, 1]);
    expect(fillPlaces(network(), [{ layer: 1, unit: 0 }], drawn)[1]).toEqual([3, 0]);
  });

  it("fills up with those that are always shown where numbers of what is drawn are not at hand", () => {
    const wire = network();
    wire.layers[1]!.candidates = [0, 1, 2];
    expect(fillPlaces(wire, [], [null, [3, 2], null])[1]).toEqual([2, 0]);
  });

  it("leaves a unit without numbers to Python", () => {
    const wire = network();
    wire.layers[1]!.candidates = [0, 1, 2];
    expect(fillPlaces(wire, [{ layer: 1, unit: 3 }])[1]).toEqual([0, 1]);
  });
});

describe("findUnit", () => {
  it("finds the layer of an id", () => {
    expect(findUnit(network(), 5)).toEqual({ layer: 1, unit: 3 });
    expect(findUnit(network(), 7)).toBeNull();
    expect(findUnit(network(), null)).toBeNull();
  });
});

describe("unitName", () => {
  it("falls back to what the unit is", () => {
    const wire = network();
    expect(unitName(wire, 0, 1)).toBe("x1");
    expect(unitName(wire, 1, 3)).toBe("unit 3");
    expect(unitName(channels(), 3, 1)).toBe("channel 1");
    wire.layers[2]!.output = "softmax";
    expect(unitName(wire, 2, 0)).toBe("class 0");
    wire.layers[2]!.output = "sigmoid";
    wire.layers[2]!.units = 1;
    expect(unitName(wire, 2, 0)).toBe("class 1");
    wire.layers[2]!.units = 2;
    expect(unitName(wire, 2, 0)).toBe("label 0");
    wire.layers[2]!.unit_names = ["Barolo"];
    expect(unitName(wire, 2, 0)).toBe("Barolo");
  });
});

describe("a value of an input", () => {
  const words = { ...network().layers[0]!, value_names: { 5: "good", 7: "bad" } };

  it("is the text that its number stands for, or the number where that has none", () => {
    expect([5, 7, 6].map((value) => valueText(words, value, false))).toEqual(["good", "bad", "6"]);
    expect(valueText(network().layers[0]!, 5, false)).toBeNull();
  });

  it("is nothing between two ids", () => {
    expect([valueText(words, 5, true), valueText(words, 5.5, false)]).toEqual(["", ""]);
  });
});

describe("a name inside an opened block", () => {
  it.each([
    ["conv3_block1_0_conv", "conv3_block1", "0_conv"],
    ["net/block_3_expand", "net/block_3", "expand"],
    ["net/block_3", "net", "block_3"],
    ["net/stem", "net/first", "stem"],
    ["conv10_1", "conv1", "conv10_1"],
    ["conv1", "conv1", "conv1"],
    ["dense", null, "dense"],
  ])("%s in %s is %s", (name, around, own) => {
    expect(nameInside(name, around)).toBe(own);
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
