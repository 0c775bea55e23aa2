/** The evidence for classes in a picture, a sequence or a text: the wire, its numbers, and what they add up to. */

import { abs, max } from "../../style/math.ts";
import { short, signed } from "../../style/numbers.ts";
import type { ImageEvidenceWire } from "../../wire.ts";
import { decodeArrays } from "../arrays.ts";
import type { Squares } from "../squares.ts";

type Tuple<T> = [T, T, T, T];

export class Evidence {
  readonly wire: ImageEvidenceWire;
  readonly squares: Squares;
  /** Empty where there is none, of sequences and texts. */
  readonly picture: Int32Array;
  /** Of a sequence its numbers, and where these are between the least and the most of their feature; else null. */
  readonly series: Float32Array | null;
  readonly height: Float32Array | null;
  /** Null where outputs are no classes. */
  readonly p: Float32Array | null;
  readonly start: Float32Array;
  readonly end: Float32Array;
  readonly #values: Float32Array;
  readonly #regions: Float32Array;

  private constructor(
    wire: ImageEvidenceWire,
    labels: Int32Array,
    picture: Int32Array,
    floats: Float32Array[],
    [p, series, height]: (Float32Array | null)[],
  ) {
    this.wire = wire;
    this.squares = { rows: wire.rows, columns: wire.columns, labels };
    this.picture = picture;
    [this.#values, this.#regions, this.start, this.end] = floats as Tuple<Float32Array>;
    this.p = p ?? null;
    this.series = series ?? null;
    this.height = height ?? null;
  }

  /** Null where there is none, or the numbers are not all there, as between two messages. */
  static decode(wire: Partial<ImageEvidenceWire> | undefined, numbers: DataView | undefined): Evidence | null {
    const arrays = decodeArrays(wire?.arrays, numbers);
    if (!arrays) return null;
    const labels = arrays.whole("labels");
    const picture = arrays.whole("picture") ?? new Int32Array(0);
    const others = ["p", "series", "height"].map((key) => arrays.floats(key));
    const floats = ["values", "regions", "start", "end"].map((key) => arrays.floats(key));
    if (!labels || floats.includes(null)) return null;
    return new Evidence(wire as ImageEvidenceWire, labels, picture, floats as Float32Array[], others);
  }

  /** Credit of each square; null for a class whose evidence was not sent. */
  values(classIndex: number): Float32Array | null {
    const place = this.wire.sent.indexOf(classIndex);
    const size = this.wire.rows * this.wire.columns;
    return place < 0 ? null : this.#values.subarray(place * size, (place + 1) * size);
  }

  region(classIndex: number, region: number): number | null {
    const place = this.wire.sent.indexOf(classIndex);
    return place < 0 ? null : this.#regions[place * this.wire.regions.length + region]!;
  }

  /** Classes of interest, with what they are: the one read, its own or the next likely, and one selected. */
  shown(selected: number | null): [number, string][] {
    const { sent, predicted, truth, has_classes } = this.wire;
    const order = [...sent].sort((a, b) => this.end[b]! - this.end[a]!);
    const found: [number, string][] = [];
    const add = (index: number | null | undefined, words: string) => {
      if (index !== null && index !== undefined && sent.includes(index) && found.every(([known]) => known !== index))
        found.push([index, words]);
    };
    if (has_classes) {
      const isRight = truth !== null && truth === predicted;
      add(predicted, isRight ? "predicted, true" : "predicted");
      if (selected !== null && selected !== predicted && selected !== truth) {
        add(selected, "selected");
        if (!isRight) add(truth, "true");
      } else {
        if (!isRight) add(truth, "true");
        if (found.length < 2)
          add(
            order.find((index) => index !== predicted),
            "next likely",
          );
      }
    } else {
      add(selected, "selected");
      for (const index of order) if (found.length < 2) add(index, "");
    }
    return found;
  }

  /** The credit of a square with the full colour: the largest of these classes. */
  scale(classes: readonly number[]): number {
    let largest = 0;
    for (const index of classes) for (const value of this.values(index)!) largest = max(largest, abs(value));
    return largest || 1;
  }

  /** What the credits are of. */
  get things(): string {
    return this.wire.text ? "tokens" : this.wire.plane ? "cells" : "pixels";
  }

  /** Average, pixels for and against, their sum: what stands beneath a picture. */
  sums(classIndex: number): [string, number][] {
    const values = this.values(classIndex)!;
    let [up, down] = [0, 0];
    for (const value of values) {
      if (value > 0) up += value;
      else down += value;
    }
    const { start_name, end_name } = this.wire;
    return [
      [start_name, this.start[classIndex]!],
      [`${this.things} for`, up],
      [`${this.things} against`, down],
      [end_name, this.end[classIndex]!],
    ];
  }

  /** "adds up to within 0.008". */
  get gapWords(): string {
    const { gap } = this.wire;
    return gap < 0.0005 ? "adds up" : `adds up to within ${short(gap)}`;
  }
}

/** With two decimals, as numbers that are added up are read. */
export function twoDecimals(value: number): string {
  if (!Number.isFinite(value)) return signed(value);
  const words = Math.abs(value).toFixed(2);
  return Number(words) === 0 ? words : `${value < 0 ? "\u2212" : "+"}${words}`;
}
