import { describe, expect, it } from "vitest";
import { PITCH, sizesOf } from "../../../src/widgets/importance_matrix/sizes.ts";
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
    expect(one.width).toBe(one.left + one.pitch + one.bars.room);
    expect(one.height - one.head).toBe(3 + 2 * PITCH.y);
    expect(sizes(["a"], ["Iris versicolor"], 200).head).toBe(one.head + 15);
    expect(sizes(["a"], ["Iris versicolor"], 700).head).toBe(one.head);
    expect(sizes(["a"], ["Iris-versicolor"], 200).head).toBe(one.head);
    expect(sizes(["a"], ["x"], 700, { column_groups: ["colour"] }).head).toBe(one.head + 16);
  });

  it("shortens the bars beside a narrow table, so that three classes and their names fit beside a diagram", () => {
    const narrow = sizes(["a feature with a long name"], ["x", "y", "z"], 372);
    expect(narrow.bars.room).toBe(44);
    expect(narrow.pitch).toBe(PITCH.x);
    expect(narrow.width).toBeLessThanOrEqual(372);
    expect(narrow.names - 20).toBeGreaterThanOrEqual(84);
  });

  it("fills the room with wider cells and then with longer bars, so that no class name is cut beside a blank", () => {
    const two = sizes(["mean radius"], ["malignant", "benign"], 442);
    expect(two.pitch).toBeGreaterThan(100);
    expect(two.width).toBeGreaterThan(430);
    expect(two.width).toBeLessThanOrEqual(442);
    const wide = sizes(["a"], THREE, 700);
    expect([wide.pitch, wide.bars.room]).toEqual([120, 160]);
    expect(sizes(["a"], Array(20).fill("x"), 700).pitch).toBe(PITCH.x);
  });

  it("narrows columns where all of them fit then and their names can be read", () => {
    const four = sizes(["x0"], ["sport", "opera", "cinema", "art"], 372);
    expect(four.pitch).toBeLessThan(PITCH.x);
    expect(four.pitch).toBeGreaterThanOrEqual(7 * "cinema".length + 10);
    expect(four.width).toBeLessThanOrEqual(372);
    const slanted = sizes(["x0"], ["sport", "politics", "culture", "weather"], 372);
    expect([slanted.slanted, slanted.width <= 372]).toEqual([56, true]);
    expect(sizes(["x0"], ["sport", "politics", "religion", "weather"], 340).pitch).toBe(PITCH.x);
  });

  it("slants the names of many columns where one cannot be read above its own, and makes these narrower", () => {
    const ten = [...Array.from({ length: 9 }, (_, index) => `c${index}`), "misalignment"]; // 84 px
    const narrow = sizes(["a"], ten, 400);
    expect([narrow.slanted, narrow.pitch]).toEqual([84, 54]);
    expect(narrow.head).toBe(Math.round(84 * Math.SQRT1_2) + 12);
    expect(sizes(["a"], ten, 1000).pitch).toBeGreaterThan(70);
    expect(sizes(["a"], ten.slice(0, 9), 1000).slanted).toBeNull();
    expect(sizes(["a"], ["a", "b", "misalignment"], 1000).slanted).toBeNull();
  });

  it("measures the longest of very many names", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `f${index}`);
    expect(sizes([...names, "the longest of all"], THREE, 700).names).toBe(16 + 7 * 18 + 2 + 4);
  });
});
