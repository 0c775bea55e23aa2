import { describe, expect, it } from "vitest";
import { rankClasses } from "../../../src/widgets/sample_picker/probability_bars.ts";
import { probabilityWords, Samples } from "../../../src/widgets/sample_picker/samples.ts";
import { arrange, MOST_SQUARES } from "../../../src/widgets/sample_picker/strips.ts";
import { filterWords, showWords, title } from "../../../src/widgets/sample_picker/words.ts";

function classes(probability: number[][], truth: number[] | null, names: string[] | null = null): Samples {
  const numbers = new Float32Array(probability.flat());
  const predicted = probability.map((row) => row.indexOf(Math.max(...row)));
  const class_names = probability[0]!.map((_, index) => `c${index}`);
  return new Samples(
    { count: probability.length, names, class_names, truth, predicted, has_truth: truth !== null },
    new DataView(numbers.buffer),
  );
}

function regression(predicted: number[], truth: number[] | null): Samples {
  const numbers = new Float32Array([...predicted, ...(truth ?? predicted.map(() => Number.NaN))]);
  return new Samples(
    {
      count: predicted.length,
      names: null,
      class_names: null,
      truth: null,
      predicted: null,
      has_truth: truth !== null,
    },
    new DataView(numbers.buffer),
  );
}

// The third row is of class 0 and read as class 1.
const three = classes(
  [
    [0.75, 0.25],
    [1, 0],
    [0.25, 0.75],
    [0.25, 0.75],
  ],
  [0, 0, 0, 1],
);

describe("Samples", () => {
  it("is sure of the true class, not of the predicted one", () => {
    expect(three.certainty(2)).toBe(0.25);
    expect(three.isWrong(2)).toBe(true);
    expect(three.isWrong(0)).toBe(false);
  });

  it("is darkest at certainty and palest at chance or below", () => {
    expect(three.depth(1)).toBe(1);
    expect(three.depth(0)).toBe(0.5 ** 3);
    expect(three.depth(2)).toBe(0);
  });

  it("says what is true and what was predicted", () => {
    expect(three.words(0)).toBe("true c0, predicted c0 with p 0.75");
    expect(classes([[0.25, 0.75]], null).words(0)).toBe("predicted c1 with p 0.75");
    expect(regression([2], [1.5]).words(0)).toBe("true 1.50, predicted 2.00, error +0.50");
    expect(regression([2], null).words(0)).toBe("predicted 2.00");
  });

  it("reads bytes that begin anywhere", () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, 7, true);
    new DataView(bytes.buffer).setFloat32(5, 8, true);
    const wire = { count: 1, names: null, class_names: null, truth: null, predicted: null, has_truth: true };
    const samples = new Samples(wire, new DataView(bytes.buffer, 1));
    expect([samples.value(0), samples.trueValue(0)]).toEqual([7, 8]);
  });
});

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

describe("words", () => {
  it("never rounds a probability to what it is not", () => {
    expect([0, 0.001, 0.834, 0.999, 1].map(probabilityWords)).toEqual([
      "p 0.00",
      "p < 0.01",
      "p 0.83",
      "p > 0.99",
      "p 1.00",
    ]);
  });

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

  it("ranks classes where there are more than can be seen", () => {
    expect(rankClasses([0.1, 0.7, 0.2])).toEqual([0, 1, 2]);
    expect(rankClasses([0, 0.1, 0.3, 0.2, 0.15, 0.05, 0.2])).toEqual([2, 3, 6, 4, 1, 5, 0]);
  });
});
