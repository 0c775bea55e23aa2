import { describe, expect, it } from "vitest";
import { filterWords, showWords, title } from "../../../src/widgets/sample_picker/words.ts";
import { classes, regression, three } from "./samples_of.ts";

describe("the words of the picker", () => {
  it("names the filter", () => {
    expect(filterWords(three, [[0, 1]], 1)).toBe("c0 read as c1: 1 sample");
    expect(filterWords(three, [[0, 0]], 2)).toBe("c0 read as itself: 2 samples");
    expect(filterWords(three, null, 4)).toBeNull();
  });

  it("offers wrong rows only where the truth is known", () => {
    expect(showWords(three).map(([show]) => show)).toEqual(["surest", "least_sure", "wrong"]);
    expect(showWords(classes([[1, 0]], null)).map(([show]) => show)).toEqual(["surest", "least_sure"]);
    expect(showWords(regression([1], [1])).map(([, words]) => words)).toEqual(["closest", "furthest off"]);
  });

  it("begins a title with a capital", () => {
    expect(title(three, 2)).toBe("Sample 2");
    expect(title(classes([[1]], null, ["émile"]), 0)).toBe("Émile");
    expect(title(three, null)).toBe("4 samples");
  });
});
