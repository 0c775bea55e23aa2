/** The tables of the features at recorded moments. */

import type { MatrixMomentWire, MatrixTableWire } from "../../wire.ts";
import { indexAt } from "../steps.ts";
import { decodeTable, type MatrixTable } from "./table.ts";

export interface PastTable {
  table: MatrixTable;
  /** "at epoch 44" */
  when: string;
}

export class Past {
  readonly #tables = new Map<MatrixMomentWire, MatrixTable>();

  /** Other tables have come. */
  clear(): void {
    this.#tables.clear();
  }

  /** The latest table at or before a step; null where nothing was recorded. Names are those of the `live` table. */
  at(step: number, live: MatrixTableWire, moments: readonly MatrixMomentWire[], numbers: DataView): PastTable | null {
    const moment = moments[indexAt(moments, step)];
    if (!moment) return null;
    const table = this.#tables.get(moment) ?? decodeTable({ ...live, ...moment, above: null }, numbers);
    if (!table) return null;
    this.#tables.set(moment, table);
    return { table, when: `${/^\D+ \d/.test(moment.label) ? "at " : ""}${moment.label}` };
  }
}
