import { describe, expect, it } from "vitest";
import { COST, findRoom } from "../../../../src/widgets/network_diagram/card/card_room.ts";

const bounds = { x: 0, y: 0, width: 600, height: 400 };
const size = { width: 256, height: 160 };

describe("findRoom", () => {
  it("stays inside and off what it speaks of", () => {
    for (const [x, y] of [
      [5, 5],
      [590, 390],
      [300, 200],
    ] as const) {
      const anchor = { x: x - 20, y: y - 20, width: 40, height: 40 };
      const [left, top] = findRoom(size, bounds, anchor, []);
      expect(left).toBeGreaterThanOrEqual(8);
      expect(left + size.width).toBeLessThanOrEqual(592);
      expect(top + size.height).toBeLessThanOrEqual(392);
      const apart = left + 256 <= anchor.x || left >= anchor.x + 40 || top + 160 <= anchor.y || top >= anchor.y + 40;
      expect(apart).toBe(true);
    }
  });

  it("goes where nothing lit is covered", () => {
    const lit = Array.from({ length: 30 }, (_, index) => [310 + 9 * index, 200, COST.edge] as const);
    const [left, top] = findRoom(size, bounds, { x: 280, y: 180, width: 40, height: 40 }, lit);
    const covers = lit.some(([x, y]) => x > left && x < left + 256 && y > top && y < top + 160);
    expect(covers).toBe(false);
  });
});
