import { describe, expect, it } from "vitest";
import { movedTo } from "../../../src/widgets/tiles/grid_keys.ts";

const matrix = { matrix: true, rows: 4, columns: 2 };
const flow = { matrix: false, rows: 2, columns: 2 };

describe("keys", () => {
  const at = { row: 1, column: 1 };

  it("move in a matrix and stop at its edge", () => {
    expect(movedTo("ArrowDown", false, at, matrix, 4, 2)).toEqual({ row: 2, column: 1 });
    expect(movedTo("ArrowRight", false, at, matrix, 4, 2)).toEqual(at);
    expect(movedTo("PageDown", false, at, matrix, 4, 9)).toEqual({ row: 3, column: 1 });
    expect(movedTo("Home", true, at, matrix, 4, 2)).toEqual({ row: 0, column: 0 });
    expect(movedTo("x", false, at, matrix, 4, 2)).toBeNull();
  });

  it("run on from line to line, to the last tile", () => {
    expect(movedTo("ArrowRight", false, { row: 0, column: 1 }, flow, 4, 1)).toEqual({ row: 1, column: 0 });
    expect(movedTo("ArrowLeft", false, { row: 1, column: 0 }, flow, 4, 1)).toEqual({ row: 0, column: 1 });
    expect(movedTo("ArrowDown", false, { row: 0, column: 1 }, flow, 3, 1)).toEqual({ row: 1, column: 0 });
    expect(movedTo("End", true, { row: 0, column: 0 }, flow, 3, 1)).toEqual({ row: 1, column: 0 });
  });
});
