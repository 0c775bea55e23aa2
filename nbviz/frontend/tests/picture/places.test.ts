import { describe, expect, it } from "vitest";
import { BLOCK_AIR, wrapType } from "../../src/picture/block_words.ts";
import { NAME_AIR, namesMaps } from "../../src/picture/label_room.ts";
import { cellAt, cellBox } from "../../src/picture/places.ts";
import { unitName } from "../../src/picture/shown.ts";
import { min } from "../../src/style/math.ts";
import { chained, pictured } from "./blocks.ts";
import { channels } from "./channels.ts";
import { deep } from "./deep.ts";
import { network } from "./network.ts";
import { measure, sceneOf } from "./scene_of.ts";

describe("placeAll", () => {
  it("stays inside any width from 600 to 1600 px", () => {
    for (const width of [600, 900, 1280, 1600]) {
      const scene = sceneOf(network(), width);
      expect(scene.width).toBe(width);
      for (const { x, half } of scene.places) {
        expect(x - half).toBeGreaterThan(0);
        expect(x + half).toBeLessThan(width);
      }
    }
  });

  it("scrolls rather than squeeze", () => {
    expect(sceneOf(network(), 200).width).toBeGreaterThan(300);
  });

  it("puts one node for the rest into the last place", () => {
    const rest = sceneOf().places.filter(({ kind }) => kind === "rest");
    expect(rest).toMatchObject([{ key: "hidden/rest", y: 96, row: -1, id: null }]);
  });
});

describe("maps that come out", () => {
  it("have room for their names, hidden ones have none", () => {
    const unet = channels();
    // Without its dense output the network ends in maps.
    const plain = { ...unet, layers: unet.layers.slice(0, 5), connections: unet.connections.slice(0, 4), columns: 5 };
    const names = ["ground with a long name", "cell"];
    const last = (wire: typeof plain) => sceneOf(wire, 900).places.at(-1)!;
    const named = { ...plain, layers: plain.layers.with(4, { ...plain.layers[4]!, unit_names: names }) };
    const right = (wire: typeof plain) => 900 - last(wire).x - last(wire).half;
    expect(right(named) - right(plain)).toBeGreaterThan(60);
    expect(right(named)).toBeGreaterThanOrEqual(
      NAME_AIR + min(measure(names[0]!), sceneOf(named, 900).room.outputNames),
    );
    expect(unitName(named, 4, 1)).toBe("cell");
    expect(named.layers.map((layer) => namesMaps(named, layer))).toEqual([false, false, false, false, true]);
    const hidden = { ...plain, layers: plain.layers.with(3, { ...plain.layers[3]!, unit_names: names }) };
    expect(hidden.layers.some((layer) => namesMaps(hidden, layer))).toBe(false);
  });
});

describe("a deep network", () => {
  it("has its first and its last column in the room there is", () => {
    for (const width of [640, 820, 1000]) {
      const scene = sceneOf(deep(8), width);
      expect(scene).toMatchObject({ width, squeezed: true });
      expect(scene.columns).toHaveLength(10);
      for (const [at, x] of scene.columns.slice(1).entries()) {
        // Edges keep 28 px between the rims.
        expect(x - scene.columns[at]!).toBeGreaterThanOrEqual(9 + 9 + 28);
      }
    }
  });

  it("keeps whole what tells classes apart", () => {
    const { room } = sceneOf(deep(8), 640);
    expect(room.outputNames).toBeGreaterThanOrEqual(measure("alarmed"));
    expect(room).toMatchObject({ parameters: false, logits: false, values: false });
  });

  it("is as wide as it is easy to read, and scrolls, where that is wanted, or where no gap could be seen", () => {
    const wide = sceneOf(deep(8), 640, "read");
    expect(wide.squeezed).toBe(false);
    expect(wide.columns[2]! - wide.columns[1]!).toBeGreaterThanOrEqual(128);
    const deepest = sceneOf(deep(30), 640);
    expect(deepest.squeezed).toBe(false);
    expect(deepest.width).toBeGreaterThan(3000);
  });

  it("is not squeezed where there is room", () => {
    expect(sceneOf(deep(8), 1600)).toMatchObject({ width: 1600, squeezed: false });
    expect(sceneOf(deep(2), 640)).toMatchObject({ width: 640, squeezed: false });
  });
});

describe("cells of a strip", () => {
  it("are found where they are drawn", () => {
    const [strip] = sceneOf().strips;
    for (let cell = 0; cell < 4; cell += 1) {
      const { x, y, height } = cellBox(strip!, 4, cell);
      expect(cellAt(strip!, 4, x + 1, y + height / 2)).toBe(cell);
    }
    expect(cellAt(strip!, 4, strip!.x - 1, strip!.y + 5)).toBeNull();
  });
});

describe("a block that shows what happens inside", () => {
  it("has room for its words and the names of its parts", () => {
    const block = pictured().places.find(({ kind }) => kind === "block")!;
    // 17 characters of 6 px, and air.
    expect([2 * block.half, 2 * block.tall]).toEqual([122, 120]);
  });
});

describe("blocks of a narrow drawing", () => {
  const types = [
    ["Embedding", "embedding"],
    ["MultiHeadAttention", "multi_head_attention"],
    ["Add", "add"],
    ["LayerNormalization", "layer_normalization"],
    ["Add", "add_1"],
    ["LayerNormalization", "layer_normalization_1"],
  ] as const;

  it("say what they are in whole words, and so do the captions", () => {
    for (const width of [460, 560, 700, 900]) {
      const scene = chained(types, width);
      expect(scene).toMatchObject({ width, squeezed: true });
      for (const { kind, half, layer } of scene.places.filter(({ kind }) => kind === "block")) {
        const room = 2 * half - BLOCK_AIR;
        const said = wrapType(scene.layers[layer]!.type, room, "", measure);
        for (const line of said) expect(measure(line), `${kind} of ${width} px: ${line}`).toBeLessThanOrEqual(room);
      }
      const captions = scene.captions.lines.filter(({ font }) => font === "name").map(({ text }) => text);
      expect(captions.filter((text) => text.includes("…"))).toEqual([]);
      // One, where it is wide enough, or two lines.
      for (const [, name] of types) expect(captions.join("")).toContain(name);
    }
  });

  it("are narrower where words are short", () => {
    const halves = chained(types, 560)
      .places.filter(({ kind }) => kind === "block")
      .map(({ half }) => half);
    expect(halves[2]).toBeLessThan(halves[0]!);
  });
});
