import { describe, expect, it } from "vitest";
import { arrange } from "../../../src/widgets/sample_picker/strips.ts";
import { filterWords, legendOf, showWords, title } from "../../../src/widgets/sample_picker/words.ts";
import { classes, labelled, regression, three } from "./samples_of.ts";

describe("the words of the picker", () => {
  it("names the filter", () => {
    expect(filterWords(three, [[0, 1]], 1)).toBe("c0 read as c1: 1 sample");
    expect(filterWords(three, [[0, 0]], 2)).toBe("c0 read as itself: 2 samples");
    expect(filterWords(three, null, 4)).toBeNull();
  });

  it("calls nothing darker, which it is not on a dark ground", () => {
    expect(legendOf(regression([1], [1]), null)).toEqual(["stronger: smaller error"]);
    expect(legendOf(classes([[1, 0]], null), [0])).toEqual(["stronger: surer of its prediction"]);
  });

  it("offers wrong rows only where the truth is known", () => {
    expect(showWords(three).map(([show]) => show)).toEqual(["surest", "least_sure", "wrong"]);
    expect(showWords(classes([[1, 0]], null)).map(([show]) => show)).toEqual(["surest", "least_sure"]);
    expect(showWords(regression([1], [1])).map(([, words]) => words)).toEqual(["closest", "furthest off"]);
  });

  it("says of labels which are true and which are predicted, none included", () => {
    const rows = labelled(
      [
        [0.75, 0.25, 0.75],
        [0.25, 0.25, 0.25],
        [0.25, 0.75, 0.25],
      ],
      [[0, 2], [], [0, 1]],
    );
    expect(rows.words(0)).toBe("true red, blue; predicted red p 0.75, blue p 0.75");
    expect(rows.words(1)).toBe("true no label; predicted no label");
    const wrong = () => [0, 1, 2].map((sample) => rows.isWrong(sample));
    expect(wrong()).toEqual([false, false, true]);
    expect([rows.wrongWords, three.wrongWords]).toEqual(["red is wrong", "misread"]);
    rows.label = 2;
    expect(wrong()).toEqual([false, false, false]);
    expect(arrange(rows, "wrong", null)).toEqual([]);
    rows.label = 1;
    expect(wrong()).toEqual([false, false, false]);
    expect(arrange(rows, "surest", null).map((strip) => strip.samples)).toEqual([[0, 1], [2]]);
    expect(filterWords(rows, [[0, 1]], 0)).toBe("not green read as green: 0 samples");
    rows.label = 0;
    expect(arrange(rows, "surest", [[1, 0]]).map((strip) => strip.samples)).toEqual([[2]]);
  });

  it("begins a title with a capital", () => {
    expect(title(three, 2)).toBe("Sample 2");
    expect(title(classes([[1]], null, ["émile"]), 0)).toBe("Émile");
    expect(title(three, null)).toBe("4 samples");
  });
});
