import { describe, expect, it } from "vitest";
import { corner, planOf, spotAt, spotOf, tileAt } from "../../../src/widgets/kernel_grid/plan.ts";
import { message } from "./kernels_of.ts";

const order = Int32Array.of(2, 0, 3, 1);
const matrix = planOf(message().wire, "channels", 500);
const flow = planOf(message().wire, "norm", 160);

describe("a plan", () => {
  it("has a row for each filter and a column for each in channel", () => {
    expect([matrix.matrix, matrix.rows, matrix.columns]).toEqual([true, 4, 2]);
    expect(tileAt(matrix, order, 0, { row: 1, column: 1 })).toEqual({ filter: 0, channel: 1 });
    expect(tileAt(matrix, order, 0, { row: 4, column: 0 })).toBeNull();
  });

  it("breaks into lines where a tile stands for all channels", () => {
    expect([flow.matrix, flow.rows, flow.columns]).toEqual([false, 2, 2]);
    expect(tileAt(flow, order, 0, { row: 1, column: 0 })).toEqual({ filter: 3, channel: null });
    expect(spotOf(flow, 3, 0, 0)).toEqual({ row: 1, column: 1 });
    const three = planOf(message({ filters: 3 }).wire, "norm", 160);
    expect(tileAt(three, Int32Array.of(0, 1, 2), 0, { row: 1, column: 1 })).toBeNull();
  });

  it("never needs more room than there is, down to one tile in a line", () => {
    for (const room of [0, 50, 100, 333, 1000]) {
      const plan = planOf(message({ filters: 30 }).wire, "norm", room);
      expect(plan.columns).toBeGreaterThan(0);
      if (plan.columns > 1) expect(plan.width).toBeLessThanOrEqual(room);
    }
  });

  it("gives every number at least a px", () => {
    const long = planOf(message({ rows: 1, columns: 200, flat: true }).wire, "channels", 500);
    expect([long.cellWidth, long.tileWidth]).toEqual([1, 200]);
  });

  it("finds the tile under a point, and none between tiles", () => {
    const { x, y } = corner(matrix, { row: 2, column: 1 });
    expect(spotAt(matrix, x + 1, y + 1, false)).toEqual({ row: 2, column: 1 });
    expect(spotAt(matrix, x - 2, y + 1, false)).toBeNull();
    expect(spotAt(matrix, 10, y + 1, true)).toEqual({ row: 2, column: -1 });
    expect(spotAt(matrix, x, 1e6, false)).toBeNull();
  });

  it("keeps the columns of a part of the channels", () => {
    expect(spotOf(matrix, 1, 7, 6)).toEqual({ row: 1, column: 1 });
    expect(tileAt(matrix, order, 6, { row: 0, column: 1 })).toEqual({ filter: 2, channel: 7 });
  });
});
