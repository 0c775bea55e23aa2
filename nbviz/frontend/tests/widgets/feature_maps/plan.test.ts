import { describe, expect, it } from "vitest";
import { corner, planOf, under } from "../../../src/widgets/feature_maps/plan.ts";
import { message } from "./maps_of.ts";

const { wire } = message();

describe("a plan", () => {
  it("puts as many tiles in a line as there is room for", () => {
    const wide = planOf({ ...wire, channels: 7 }, true, 600);
    const narrow = planOf({ ...wire, channels: 7 }, true, 170);
    expect([wide.columns, wide.rows]).toEqual([7, 1]);
    expect(narrow.columns).toBeLessThan(7);
    expect(narrow.rows).toBe(Math.ceil(7 / narrow.columns));
    expect(narrow.columns === 1 || narrow.width <= 170).toBe(true);
  });

  it("gives each number whole px, and several numbers one px where there are many", () => {
    expect(planOf({ ...wire, rows: 8, columns: 8 }, false, 600).tileWidth % 8).toBe(0);
    const large = planOf({ ...wire, rows: 100, columns: 200 }, false, 600);
    expect(large.tileWidth).toBe(2 * large.tileHeight);
    expect(large.tileWidth).toBeLessThanOrEqual(80);
  });

  it("finds the tile and the number under a point", () => {
    const plan = planOf(wire, true, 600);
    const { x, y } = corner(plan, { row: 0, column: 1 });
    const cell = plan.tileWidth / 2;
    expect(under(plan, wire, x + cell + 1, y + 1)).toEqual({ spot: { row: 0, column: 1 }, row: 0, column: 1 });
    expect(under(plan, wire, x + 1, y + plan.tileHeight - 1)).toMatchObject({ row: 1, column: 0 });
    expect(under(plan, wire, x + 1, y + plan.tileHeight + 10)).toMatchObject({ row: -1, column: -1 });
    expect(under(plan, wire, x - 3, y + 1)).toBeNull();
    expect(under(plan, wire, 2, 2)).toBeNull();
  });
});
