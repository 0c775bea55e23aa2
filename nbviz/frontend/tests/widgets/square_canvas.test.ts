import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/widgets/square_canvas.ts";

const squares = { rows: 2, columns: 3, labels: new Int32Array(6) };

describe("a picture of squares", () => {
  it("has whole pixels for each where there is room", () => {
    expect(sizeOf(squares, 100)).toEqual([99, 66]);
    expect(sizeOf({ rows: 400, columns: 200, labels: new Int32Array(0) }, 100)).toEqual([50, 100]);
  });

  it("is stretched where its squares are none", () => {
    expect(sizeOf(squares, 148, 24)).toEqual([148, 24]);
  });
});
