/** How many rows of each true class were read as each class: only the cells that have any are held. */

import { ceil, max, min } from "../../style/math.ts";

/** A true class and the one that its rows were read as, by their indices. */
export type Cell = readonly [truth: number, read: number];

export const LEVELS = 6; // shades

export interface Confused {
  readonly cell: Cell;
  readonly count: number;
}

export class Counts {
  readonly rows: number;
  readonly right: number;
  /** Classes that are true or read anywhere, ascending. */
  readonly occurring: readonly number[];
  /** What is misread, the most frequent first. */
  readonly confused: readonly Confused[];
  readonly #counts = new Map<number, number>();
  readonly #true: Int32Array;
  readonly #read: Int32Array;

  /** `bytes`: triples of true class, read class and rows, int32, little endian. */
  constructor(
    readonly classes: number,
    bytes: DataView,
  ) {
    this.#true = new Int32Array(classes);
    this.#read = new Int32Array(classes);
    const confused: Confused[] = [];
    let [rows, right] = [0, 0];
    for (let at = 0; at + 12 <= bytes.byteLength; at += 12) {
      const [truth, read, count] = [0, 4, 8].map((offset) => bytes.getInt32(at + offset, true)) as [
        number,
        number,
        number,
      ];
      this.#counts.set(truth * classes + read, count);
      this.#true[truth]! += count;
      this.#read[read]! += count;
      rows += count;
      if (truth === read) right += count;
      else confused.push({ cell: [truth, read], count });
    }
    this.rows = rows;
    this.right = right;
    this.occurring = Array.from({ length: classes }, (_, index) => index).filter(
      (index) => this.#true[index]! > 0 || this.#read[index]! > 0,
    );
    this.confused = confused.sort((a, b) => b.count - a.count || this.#share(b.cell) - this.#share(a.cell));
  }

  at([truth, read]: Cell): number {
    return this.#counts.get(truth * this.classes + read) ?? 0;
  }

  /** Rows of a true class. */
  of(truth: number): number {
    return this.#true[truth] ?? 0;
  }

  /** NaN for a class without rows. */
  recall(index: number): number {
    return this.at([index, index]) / this.#true[index]!;
  }

  /** NaN for a class that nothing was read as. */
  precision(index: number): number {
    return this.at([index, index]) / this.#read[index]!;
  }

  /** Depth of a cell, 0 for none: its share of the true class's rows. `faintest`: of one with any rows at all. */
  level(cell: Cell, faintest = 1): number {
    const count = this.at(cell);
    return count === 0 ? 0 : max(faintest, min(LEVELS - 1, ceil(this.#share(cell) * (LEVELS - 1))));
  }

  /** The classes that occur, those first whose rows, or rows read as them, are misread most. */
  byErrors(): number[] {
    const errors = new Map<number, number>();
    for (const { cell, count } of this.confused) {
      for (const index of cell) errors.set(index, (errors.get(index) ?? 0) + count);
    }
    return [...this.occurring].sort((a, b) => (errors.get(b) ?? 0) - (errors.get(a) ?? 0) || a - b);
  }

  #share(cell: Cell): number {
    return this.at(cell) / max(1, this.#true[cell[0]]!);
  }
}
