import { describe, expect, it } from "vitest";
import { moved } from "../../../src/widgets/importance_matrix/keys.ts";

const from = (key: string, row: number, column: number, control = false) =>
  moved(key, control, { row, column }, 100, 3, 10);

describe("moved", () => {
  it("goes one cell with an arrow, from the header to the last row, from the names to the bars", () => {
    expect(from("ArrowDown", -1, 0)).toEqual({ row: 0, column: 0 });
    expect(from("ArrowUp", -1, 0)).toEqual({ row: -1, column: 0 });
    expect(from("ArrowDown", 99, 0)).toEqual({ row: 99, column: 0 });
    expect(from("ArrowLeft", 5, -1)).toEqual({ row: 5, column: -1 });
    expect(from("ArrowRight", 5, 2)).toEqual({ row: 5, column: 3 });
    expect(from("ArrowRight", 5, 3)).toEqual({ row: 5, column: 3 });
  });

  it("goes to the ends of the row, with Control of the table", () => {
    expect(from("Home", 5, 2)).toEqual({ row: 5, column: -1 });
    expect(from("End", 5, 0)).toEqual({ row: 5, column: 3 });
    expect(from("Home", 5, 2, true)).toEqual({ row: 0, column: -1 });
    expect(from("End", 5, 0, true)).toEqual({ row: 99, column: 3 });
  });

  it("goes a page, never into the header", () => {
    expect(from("PageDown", -1, 1)).toEqual({ row: 10, column: 1 });
    expect(from("PageDown", 95, 1)).toEqual({ row: 99, column: 1 });
    expect(from("PageUp", 4, 1)).toEqual({ row: 0, column: 1 });
  });

  it("leaves other keys alone", () => {
    expect(from("a", 1, 1)).toBeNull();
    expect(from("ArrowDown", 1, 1, true)).toBeNull();
  });
});
