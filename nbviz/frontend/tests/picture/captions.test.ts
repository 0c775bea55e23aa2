import { describe, expect, it } from "vitest";
import type { NetworkWire } from "../../src/wire.ts";
import { folded } from "./blocks.ts";
import { channels } from "./channels.ts";
import { deep } from "./deep.ts";
import { connection, layer, network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

function expectApart(wire: NetworkWire, width: number): void {
  const { lines, scales } = sceneOf(wire, width).captions;
  const boxes = [
    ...lines.map(({ x, y, width: wide }) => ({ x0: x - wide / 2, x1: x + wide / 2, y0: y, y1: y + 15 })),
    ...scales.map(({ x, y, width: wide, lines: rows }) => ({
      x0: x - wide / 2,
      x1: x + wide / 2,
      y0: y,
      y1: y + 8 + 15 * rows.length,
    })),
  ];
  for (const [at, a] of boxes.entries()) {
    for (const b of boxes.slice(at + 1)) {
      const level = a.y0 < b.y1 && b.y0 < a.y1;
      if (level) expect(Math.max(a.x0 - b.x1, b.x0 - a.x1)).toBeGreaterThanOrEqual(8);
    }
  }
}

describe("captions", () => {
  it("say what a layer is and how much of it is shown", () => {
    const texts = sceneOf()
      .captions.lines.filter(({ layer }) => layer === 1)
      .map(({ text }) => text);
    expect(texts).toEqual(["hidden", "Dense · relu", "2 of 4 shown", "8 params"]);
  });

  it.each([320, 600, 960])("never come closer than 8 px to each other or to a scale, %i px wide", (width) => {
    expectApart(network(), width);
  });

  it.each([380, 440, 600])("of two outputs leave room to the scale that both share, %i px wide", (width) => {
    const wire = network();
    const outputs = ["kind", "alcohol"].map((name, at) =>
      layer({
        ...{ name, first_unit: 6 + at, units: 1, column: 2, output: "linear", activation: null },
        ...{ compact_caption: true, y: [120 + 200 * at], caption_y: 150 + 200 * at },
      }),
    );
    const layers = [...wire.layers.slice(0, 2), ...outputs];
    expectApart(
      { ...wire, layers, connections: [connection(0, 1, 8), connection(1, 2, 4), connection(1, 3, 4)] },
      width,
    );
  });
});

describe("captions of a deep network", () => {
  it("are whole, on two levels where there is little room, and say how many units are shown", () => {
    for (const width of [570, 820]) {
      const { lines, height } = sceneOf(deep(8), width).captions;
      const of = (at: number) => lines.filter(({ layer }) => layer === at);
      const [odd, even] = [of(3), of(4)];
      expect(odd.map(({ text }) => text)).toContain("dense_3");
      expect(odd.map(({ text }) => text)).toContain("3 of 64");
      if (width === 570) expect(odd[0]!.y).toBeGreaterThanOrEqual(even.at(-1)!.y + 15);
      expect(height).toBeLessThan(560);
      for (const a of lines)
        for (const b of lines)
          if (a.layer < b.layer && a.y === b.y)
            expect(b.x - b.width / 2 - (a.x + a.width / 2)).toBeGreaterThanOrEqual(2);
    }
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
    const wire = channels();
    wire.layers[1] = up;
    expect(texts(wire, 1).slice(0, 3)).toEqual(["first", "Conv2DTranspose", "3 × 3 / 2"]);
  });
});

describe("the caption of a block of several layers", () => {
  const texts = (count: number) =>
    folded(count)
      .captions.lines.filter(({ layer: at }) => at === 1)
      .map(({ text }) => text);

  it("says how many it holds under its own name", () => {
    expect(texts(14)).toEqual(["stage", "14 layers inside"]);
    expect(texts(1)).toEqual(["stage", "1 layer inside"]);
  });
});
