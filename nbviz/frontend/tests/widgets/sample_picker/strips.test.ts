import { describe, expect, it } from "vitest";
import { arrange, MOST_SQUARES, named } from "../../../src/widgets/sample_picker/strips.ts";
import { classes, regression, three } from "./samples_of.ts";

describe("arrange", () => {
  it("gives each true class a strip, the surest first", () => {
    expect(arrange(three, "surest", null).map((strip) => strip.samples)).toEqual([[1, 0, 2], [3]]);
    expect(arrange(three, "least_sure", null)[0]!.samples).toEqual([2, 0, 1]);
  });

  it("keeps only the misread ones when asked", () => {
    expect(arrange(three, "wrong", null).map((strip) => [strip.classIndex, ...strip.samples])).toEqual([[0, 2]]);
  });

  it("keeps only the rows of the chosen cells", () => {
    expect(arrange(three, "surest", [[0, 1]]).map((strip) => strip.samples)).toEqual([[2]]);
    expect(
      arrange(three, "surest", [
        [0, 0],
        [0, 1],
      ]).map((strip) => strip.samples),
    ).toEqual([[1, 0, 2]]);
    expect(arrange(three, "surest", [])).toHaveLength(2);
  });

  it("has one strip without labels, sorted by the certainty of the prediction", () => {
    const unlabelled = classes(
      [
        [0.5, 0.5],
        [0, 1],
        [0.75, 0.25],
      ],
      null,
    );
    expect(arrange(unlabelled, "surest", [[0, 1]])).toEqual([{ classIndex: null, samples: [1, 2, 0], total: 3 }]);
  });

  it("sorts regression by error, or by the prediction alone", () => {
    expect(arrange(regression([1, 2, 3], [1, 5, 4]), "surest", null)[0]!.samples).toEqual([0, 2, 1]);
    expect(arrange(regression([1, 3, 2], null), "surest", null)[0]!.samples).toEqual([1, 2, 0]);
  });

  it("puts unknown certainty last either way", () => {
    const unknown = classes(
      [
        [Number.NaN, Number.NaN],
        [0.75, 0.25],
        [1, 0],
      ],
      [0, 0, 0],
    );
    expect(arrange(unknown, "surest", null)[0]!.samples).toEqual([2, 1, 0]);
    expect(arrange(unknown, "least_sure", null)[0]!.samples).toEqual([1, 2, 0]);
  });

  it("keeps short strips whole when there are too many rows", () => {
    const truth = Array.from({ length: 10_000 }, (_, index) => (index < 10 ? 0 : 1));
    const strips = arrange(
      classes(
        truth.map(() => [0.5, 0.5]),
        truth,
      ),
      "surest",
      null,
    );
    expect(strips.map((strip) => [strip.samples.length, strip.total])).toEqual([
      [10, 10],
      [MOST_SQUARES - 10, 9990],
    ]);
  });
});

describe("named", () => {
  it("finds classes by words of their names, in any order and case", () => {
    const strips = arrange(three, "surest", null);
    const names = three.stripNames!;
    const found = (words: string) => named(strips, three, words).map(({ classIndex }) => names[classIndex!]);
    expect(found("")).toEqual([...names]);
    expect(found(` ${names[1]!.toUpperCase()} `)).toEqual([names[1]]);
    expect(found("no such class")).toEqual([]);
  });
});
