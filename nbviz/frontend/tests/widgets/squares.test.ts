import { describe, expect, it } from "vitest";
import { LIGHT } from "../../src/style/theme.ts";
import { outline, ringMarked, squareUnder } from "../../src/widgets/squares.ts";

const theme = { ...LIGHT, dark: false, font: "" };
const squares = { rows: 2, columns: 3, labels: Int32Array.of(0, 0, 1, 2, 0, 1) };

describe("squares", () => {
  it("are found by a point in them, the nearest by one beside them", () => {
    const at = (x: number, y: number) => squareUnder(squares, [99, 66], x, y);
    expect([at(0, 0), at(32.9, 32.9), at(33, 33), at(98.9, 65.9)]).toEqual([0, 0, 4, 5]);
    expect([at(-5, 40), at(40, -1), at(99, 66), at(200, 10)]).toEqual([3, 1, 5, 2]);
  });

  it("have a line where inside meets outside, and at the edge of all", () => {
    // x x .
    // . x .
    const inside = (at: number) => [0, 1, 4].includes(at);
    expect(outline(squares, inside).map((line) => line.join())).toEqual([
      "0,0,1,0",
      "0,1,1,1",
      "0,0,0,1",
      "1,0,2,0",
      "2,0,2,1",
      "1,2,2,2",
      "1,1,1,2",
      "2,1,2,2",
    ]);
    expect(outline(squares, () => false)).toEqual([]);
  });
});

describe("lines around what is marked", () => {
  /** Thickness and points of each line, in the order they are drawn. */
  function drawn(marked: Parameters<typeof ringMarked>[3]): [number, string][] {
    const lines: [number, string][] = [];
    let points: string[] = [];
    const context = {
      lineWidth: 0,
      beginPath: () => {
        points = [];
      },
      moveTo: (x: number, y: number) => points.push(`${x},${y}`),
      lineTo: (x: number, y: number) => points.push(`${x},${y}`),
      stroke: () => lines.push([context.lineWidth, points.join(" ")]),
    };
    ringMarked(context as unknown as CanvasRenderingContext2D, squares, [30, 20], marked, theme);
    return lines;
  }

  const nothing = { hovered: null, selected: null, square: null };

  it("are there for each, a broad one in the colour of the ground beneath a thin one", () => {
    expect(drawn(nothing)).toEqual([]);
    expect(drawn({ ...nothing, selected: 2 }).map(([thick]) => thick)).toEqual([4, 2]);
    expect(drawn({ hovered: 0, selected: 2, square: 5 })).toHaveLength(6);
  });

  it("are drawn once around a region that is both pointed at and selected", () => {
    expect(drawn({ ...nothing, hovered: 2, selected: 2 })).toHaveLength(2);
  });

  it("stay inside of the picture", () => {
    const [, thin] = drawn({ ...nothing, square: 3 });
    expect(thin).toEqual([2, "1,10 10,10 1,19 10,19 1,10 1,19 10,10 10,19"]);
  });
});
