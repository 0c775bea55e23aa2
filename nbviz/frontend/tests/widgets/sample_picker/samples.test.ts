import { describe, expect, it } from "vitest";
import { probabilityWords } from "../../../src/widgets/probability_words.ts";
import { Samples } from "../../../src/widgets/sample_picker/samples.ts";
import { classes, regression, three } from "./samples_of.ts";

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
    const of_labels = { true_labels: null, predicted_labels: null };
    const wire = {
      count: 1,
      names: null,
      class_names: null,
      value_names: ["output"],
      value_word: "predicted",
      truth: null,
      predicted: null,
      has_truth: true,
      ...of_labels,
    };
    const samples = new Samples(wire, new DataView(bytes.buffer, 1));
    expect([samples.value(0), samples.trueValue(0)]).toEqual([7, 8]);
  });

  it("tells of several values the one that is looked at", () => {
    const about = { names: null, class_names: null, truth: null, predicted: null };
    const wire = {
      ...about,
      count: 2,
      value_names: ["a", "b"],
      value_word: "predicted",
      has_truth: true,
      true_labels: null,
      predicted_labels: null,
    };
    const numbers = new Float32Array([1, 2, 3, 4, 5, 6, 7, 9]);
    const samples = new Samples(wire, new DataView(numbers.buffer));
    expect(Samples.width(wire) * wire.count).toBe(8);
    expect(samples.words(1)).toBe("a: true 4.00, predicted 2.00, error −2.00");
    expect(samples.depth(0)).toBe(1);
    samples.label = 1;
    expect(samples.words(1)).toBe("b: true 9.00, predicted 6.00, error −3.00");
    expect([samples.depth(0), samples.depth(1)]).toEqual([1, 0]);
  });

  it("never rounds a probability to what it is not", () => {
    expect([0, 0.001, 0.834, 0.999, 1].map(probabilityWords)).toEqual([
      "p 0.00",
      "p < 0.01",
      "p 0.83",
      "p > 0.99",
      "p 1.00",
    ]);
  });
});
