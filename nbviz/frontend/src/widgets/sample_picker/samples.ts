/** The rows to choose from: what is true of each, what was predicted, and how that is said. */

import { abs, max, min } from "../../style/math.ts";
import { isKnown, short, signed } from "../../style/numbers.ts";
import type { PickerWire } from "../../wire.ts";
import { probabilityWords } from "../probability_words.ts";

export class Samples {
  readonly count: number;
  readonly classNames: readonly string[] | null;
  readonly hasLabels: boolean;
  /** The label, or of several values the one, that truth, predictions and strips are about. */
  #label = 0;
  readonly hasTruth: boolean;
  readonly #wire: PickerWire;
  readonly #numbers: Float32Array;
  #range: readonly [number, number] | null = null;

  constructor(wire: PickerWire, bytes: DataView) {
    this.#wire = wire;
    this.count = wire.count;
    this.classNames = wire.class_names;
    this.hasTruth = wire.has_truth;
    this.hasLabels = wire.predicted_labels !== null;
    // A view of the bytes may start anywhere; Float32Array needs a multiple of four.
    this.#numbers = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    );
  }

  /** What the numbers of a regression are. */
  get valueWord(): string {
    return this.#wire.value_word;
  }

  get label(): number {
    return this.#label;
  }

  set label(label: number) {
    if (label !== this.#label) this.#range = null;
    this.#label = label;
  }

  /** How many numbers there are for each row. */
  static width(wire: PickerWire): number {
    return wire.class_names?.length ?? 2 * (wire.value_names?.length ?? 1);
  }

  name(sample: number): string {
    return this.#wire.names?.[sample] ?? `sample ${sample}`;
  }

  /** What the rows are sorted into: classes, or those without and with a label. */
  get stripNames(): readonly string[] | null {
    if (!this.hasLabels) return this.classNames;
    const name = this.classNames![this.label]!;
    return [`not ${name}`, name];
  }

  /** Of classes the one; of labels all; null where that is not known. */
  allTrue(sample: number): readonly number[] | null {
    if (this.hasLabels) return this.#wire.true_labels?.[sample] ?? null;
    const truth = this.truth(sample);
    return truth === null ? null : [truth];
  }

  allPredicted(sample: number): readonly number[] {
    if (this.hasLabels) return this.#wire.predicted_labels![sample]!;
    const predicted = this.predicted(sample);
    return predicted === null ? [] : [predicted];
  }

  truth(sample: number): number | null {
    if (this.hasLabels) return this.hasTruth ? Number(this.allTrue(sample)!.includes(this.label)) : null;
    return this.#wire.truth?.[sample] ?? null;
  }

  predicted(sample: number): number | null {
    if (this.hasLabels) return Number(this.allPredicted(sample).includes(this.label));
    return this.#wire.predicted?.[sample] ?? null;
  }

  probability(sample: number, classIndex: number): number {
    return this.#numbers[sample * (this.classNames?.length ?? 0) + classIndex] ?? Number.NaN;
  }

  probabilities(sample: number): number[] {
    return (this.classNames ?? []).map((_, index) => this.probability(sample, index));
  }

  value(sample: number): number {
    return this.#numbers[2 * this.label * this.count + sample]!;
  }

  trueValue(sample: number): number {
    return this.#numbers[(2 * this.label + 1) * this.count + sample]!;
  }

  /** Whether the class is another; of labels whether the one that is looked at is not right. */
  isWrong(sample: number): boolean {
    const truth = this.truth(sample);
    return truth !== null && truth !== this.predicted(sample);
  }

  /** What a cross says. */
  get wrongWords(): string {
    return this.hasLabels ? `${this.classNames![this.label]} is wrong` : "misread";
  }

  /** What strips are sorted by: higher is surer, closer to the truth, or simply higher. */
  certainty(sample: number): number {
    if (this.hasLabels) {
      const p = this.probability(sample, this.label);
      return (this.truth(sample) ?? this.predicted(sample)) ? p : 1 - p;
    }
    if (this.classNames) return this.probability(sample, (this.truth(sample) ?? this.predicted(sample))!);
    return this.hasTruth ? -abs(this.value(sample) - this.trueValue(sample)) : this.value(sample);
  }

  /** 0 (pale) to 1 (dark). */
  depth(sample: number): number {
    const certainty = this.certainty(sample);
    if (!isKnown(certainty)) return 0;
    if (this.classNames) {
      const chance = 1 / max(2, this.stripNames!.length);
      // The third power tells 0.8 from 0.99, where most rows of a trained model lie.
      return max(0, (certainty - chance) / (1 - chance)) ** 3;
    }
    this.#range ??= this.#certainties();
    const [low, high] = this.#range;
    return high > low ? (certainty - low) / (high - low) : 1;
  }

  /** "true red, blue; predicted red p 0.93". */
  #labelWords(sample: number): string {
    const names = this.classNames!;
    const truth = this.allTrue(sample);
    const predicted = this.allPredicted(sample).map(
      (index) => `${names[index]} ${probabilityWords(this.probability(sample, index))}`,
    );
    const start = truth === null ? "" : `true ${truth.map((index) => names[index]).join(", ") || "no label"}; `;
    return `${start}predicted ${predicted.join(", ") || "no label"}`;
  }

  #certainties(): readonly [number, number] {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let sample = 0; sample < this.count; sample++) {
      const certainty = this.certainty(sample);
      if (isKnown(certainty)) [low, high] = [min(low, certainty), max(high, certainty)];
    }
    return [low, high];
  }

  /** "true Barolo, predicted Barolo with p 0.83". */
  words(sample: number): string {
    if (this.hasLabels) return this.#labelWords(sample);
    const predicted = this.predicted(sample);
    if (this.classNames && predicted !== null) {
      const truth = this.truth(sample);
      const start = truth === null ? "" : `true ${this.classNames[truth]}, `;
      const p = probabilityWords(this.probability(sample, predicted));
      return `${start}predicted ${this.classNames[predicted]} with ${p}`;
    }
    const value = this.value(sample);
    const names = this.#wire.value_names ?? [];
    const which = names.length > 1 ? `${names[this.label]}: ` : "";
    if (!this.hasTruth) return `${which}${this.valueWord} ${short(value)}`;
    const truth = this.trueValue(sample);
    return `${which}true ${short(truth)}, predicted ${short(value)}, error ${signed(value - truth)}`;
  }
}
