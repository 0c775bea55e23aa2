/** The rows to choose from: what is true of each, what was predicted, and how that is said. */

import { abs, max, min } from "../../style/math.ts";
import { isKnown, short, signed } from "../../style/numbers.ts";
import type { PickerWire } from "../../wire.ts";

/** A probability as people read it; never 0 or 1 for what is not. */
export function probabilityWords(p: number): string {
  if (!isKnown(p)) return "p unknown";
  if (p > 0 && p < 0.005) return "p < 0.01";
  if (p < 1 && p >= 0.995) return "p > 0.99";
  return `p ${p.toFixed(2)}`;
}

export class Samples {
  readonly count: number;
  readonly classNames: readonly string[] | null;
  readonly hasTruth: boolean;
  readonly #wire: PickerWire;
  readonly #numbers: Float32Array;
  #range: readonly [number, number] | null = null;

  constructor(wire: PickerWire, bytes: DataView) {
    this.#wire = wire;
    this.count = wire.count;
    this.classNames = wire.class_names;
    this.hasTruth = wire.has_truth;
    // A view of the bytes may start anywhere; Float32Array needs a multiple of four.
    this.#numbers = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    );
  }

  name(sample: number): string {
    return this.#wire.names?.[sample] ?? `sample ${sample}`;
  }

  truth(sample: number): number | null {
    return this.#wire.truth?.[sample] ?? null;
  }

  predicted(sample: number): number | null {
    return this.#wire.predicted?.[sample] ?? null;
  }

  probability(sample: number, classIndex: number): number {
    return this.#numbers[sample * (this.classNames?.length ?? 0) + classIndex] ?? Number.NaN;
  }

  probabilities(sample: number): number[] {
    return (this.classNames ?? []).map((_, index) => this.probability(sample, index));
  }

  value(sample: number): number {
    return this.#numbers[sample]!;
  }

  trueValue(sample: number): number {
    return this.#numbers[this.count + sample]!;
  }

  isWrong(sample: number): boolean {
    const truth = this.truth(sample);
    return truth !== null && truth !== this.predicted(sample);
  }

  /** What strips are sorted by: higher is surer, closer to the truth, or simply higher. */
  certainty(sample: number): number {
    if (this.classNames) return this.probability(sample, (this.truth(sample) ?? this.predicted(sample))!);
    return this.hasTruth ? -abs(this.value(sample) - this.trueValue(sample)) : this.value(sample);
  }

  /** 0 (pale) to 1 (dark). */
  depth(sample: number): number {
    const certainty = this.certainty(sample);
    if (!isKnown(certainty)) return 0;
    if (this.classNames) {
      const chance = 1 / max(2, this.classNames.length);
      // The third power tells 0.8 from 0.99, where most rows of a trained model lie.
      return max(0, (certainty - chance) / (1 - chance)) ** 3;
    }
    this.#range ??= this.#certainties();
    const [low, high] = this.#range;
    return high > low ? (certainty - low) / (high - low) : 1;
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
    const predicted = this.predicted(sample);
    if (this.classNames && predicted !== null) {
      const truth = this.truth(sample);
      const start = truth === null ? "" : `true ${this.classNames[truth]}, `;
      const p = probabilityWords(this.probability(sample, predicted));
      return `${start}predicted ${this.classNames[predicted]} with ${p}`;
    }
    const value = this.value(sample);
    if (!this.hasTruth) return `predicted ${short(value)}`;
    const truth = this.trueValue(sample);
    return `true ${short(truth)}, predicted ${short(value)}, error ${signed(value - truth)}`;
  }
}
