import { describe, expect, it } from "vitest";
import { cellAt, cellBox, fillSpan } from "../../src/picture/places.ts";
import { pictured } from "./blocks.ts";
import { network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

describe("fillSpan", () => {
  it("shares the room by the fractions", () => {
    const [first, second] = fillSpan(300, [0.5, 0.5], [100, 100]);
    expect(first).toBeCloseTo(150, 6);
    expect(second).toBeCloseTo(150, 6);
  });

  it("lets no gap fall below its least", () => {
    const [first, second] = fillSpan(300, [0.5, 0.5], [100, 180]);
    expect(first).toBeCloseTo(120, 6);
    expect(second).toBe(180);
  });

  it("grows to 240 px, then leaves margins", () => {
    expect(fillSpan(2000, [0.5, 0.5], [100, 100])).toEqual([240, 240]);
  });
});

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
