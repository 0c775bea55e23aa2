import { describe, expect, it } from "vitest";
import { captionOf, cellShown, titleOf } from "../../../src/widgets/cell_rows/cell.ts";
import type { CellRowsWire } from "../../../src/wire.ts";

const ROWS: CellRowsWire = {
  class_names: ["a", "b", "c"],
  truth: [0, 0, 1, 1, 2, 2],
  predicted: [0, 1, 2, 2, 2, 0],
};

describe("cellShown", () => {
  it("is the chosen one", () => {
    expect(cellShown(ROWS, [2, 1], 1)).toEqual([2, 1]);
  });

  it("is that of the selected sample, if it is misread", () => {
    expect(cellShown(ROWS, null, 1)).toEqual([0, 1]);
  });

  it("is else the most frequent confusion", () => {
    expect(cellShown(ROWS, null, 0)).toEqual([1, 2]);
    expect(cellShown(ROWS, null, null)).toEqual([1, 2]);
    expect(cellShown(ROWS, null, 99)).toEqual([1, 2]);
  });

  it("is none where all rows are right", () => {
    expect(cellShown({ ...ROWS, predicted: ROWS.truth }, null, 3)).toBeNull();
  });
});

describe("what is said of a cell", () => {
  it("names both classes, and of a row that is right the next likely one", () => {
    expect([titleOf(ROWS, [1, 2]), titleOf(ROWS, [1, 1])]).toEqual(["True b, read as c", "True b, read as itself"]);
    expect(captionOf(ROWS, [1, 2], { total: 1, rows: [] })).toBe("1 row; what pushed each towards c, over b");
    expect(captionOf(ROWS, [1, 1], { total: 4, rows: [] })).toBe(
      "4 rows; what pushed each towards b, over the next likely class",
    );
    expect(captionOf(ROWS, [0, 2], { total: 0, rows: [] })).toBe("no such row");
  });
});
