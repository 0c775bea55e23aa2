import { describe, expect, it } from "vitest";
import { roomInRow } from "../../../src/widgets/cell_rows/view.ts";

describe("room in a row", () => {
  it("is all of a narrow list, and a share of a wide one, less what lies between and inside", () => {
    expect(roomInRow(400)).toBe(400);
    // Two columns of 270 px and 16 px between them; 8 px to each side inside.
    expect(roomInRow(540)).toBe(254);
    expect(roomInRow(1000)).toBeCloseTo((1016 - 2 * 16) / 3 - 16);
  });
});
