import { describe, expect, it } from "vitest";
import { BARS, PITCH, sizesOf } from "../../../src/widgets/importance_matrix/sizes.ts";
import { tableOf, wireOf } from "./table_of.ts";

const measure = (text: string) => 7 * text.length;

function sizes(names: string[], columns: string[], room: number, given = {}) {
  const share = Array(names.length * columns.length).fill(0);
  return sizesOf(tableOf(wireOf(names, columns, given), { share }), room, "sans-serif", measure);
}

const LONG = "od280/od315_of_diluted_wines"; // 196 px
const THREE = ["a", "b", "c"];

describe("sizesOf", () => {
  it("gives names what they need, and no more than 190 px", () => {
    expect(sizes(["color_intensity"], THREE, 700).names).toBe(16 + 105 + 2 + 4);
    expect(sizes([LONG], THREE, 700).names).toBe(16 + 190 + 4);
  });

  it("shortens names so that all columns fit, while they can be read", () => {
    expect(sizes([LONG], THREE, 428).width).toBe(428);
    const narrow = sizes([LONG], THREE, 300);
    expect(narrow.width).toBeGreaterThan(300);
    expect(narrow.names).toBe(16 + 98 + 4); // 38 % of the room
    expect(narrow.pinned).toBe(false);
  });

  it("leaves room for every row and column, and a second line for class names of two words", () => {
    const one = sizes(["a", "b"], ["x"], 700);
    expect(one.width).toBe(one.left + PITCH.x + BARS);
    expect(one.height - one.head).toBe(3 + 2 * PITCH.y);
    expect(sizes(["a"], ["Iris versicolor"], 700).head).toBe(one.head + 15);
    expect(sizes(["a"], ["Iris-versicolor"], 700).head).toBe(one.head);
    expect(sizes(["a"], ["x"], 700, { column_groups: ["colour"] }).head).toBe(one.head + 16);
  });

  it("measures the longest of very many names", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `f${index}`);
    expect(sizes([...names, "the longest of all"], THREE, 700).names).toBe(16 + 7 * 18 + 2 + 4);
  });
});
