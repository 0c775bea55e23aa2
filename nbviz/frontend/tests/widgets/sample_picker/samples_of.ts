/** Samples of classes and of a regression, by their predictions. */

import { Samples } from "../../../src/widgets/sample_picker/samples.ts";

export function classes(probability: number[][], truth: number[] | null, names: string[] | null = null): Samples {
  const numbers = new Float32Array(probability.flat());
  const predicted = probability.map((row) => row.indexOf(Math.max(...row)));
  const class_names = probability[0]!.map((_, index) => `c${index}`);
  return new Samples(
    {
      count: probability.length,
      names,
      class_names,
      value_names: null,
      value_word: "predicted",
      truth,
      predicted,
      has_truth: truth !== null,
      true_labels: null,
      predicted_labels: null,
    },
    new DataView(numbers.buffer),
  );
}

export function regression(predicted: number[], truth: number[] | null): Samples {
  const numbers = new Float32Array([...predicted, ...(truth ?? predicted.map(() => Number.NaN))]);
  return new Samples(
    {
      count: predicted.length,
      names: null,
      class_names: null,
      value_names: ["output"],
      value_word: "predicted",
      truth: null,
      predicted: null,
      has_truth: truth !== null,
      true_labels: null,
      predicted_labels: null,
    },
    new DataView(numbers.buffer),
  );
}

/** Rows that have any of three labels. */
export function labelled(probability: number[][], truth: number[][] | null): Samples {
  return new Samples(
    {
      count: probability.length,
      names: null,
      class_names: ["red", "green", "blue"],
      value_names: null,
      value_word: "predicted",
      truth: null,
      predicted: null,
      has_truth: truth !== null,
      true_labels: truth,
      predicted_labels: probability.map((row) => [...row.keys()].filter((index) => row[index]! > 0.5)),
    },
    new DataView(new Float32Array(probability.flat()).buffer),
  );
}

/** The third row is of class 0 and read as class 1. */
export const three = classes(
  [
    [0.75, 0.25],
    [1, 0],
    [0.25, 0.75],
    [0.25, 0.75],
  ],
  [0, 0, 0, 1],
);
