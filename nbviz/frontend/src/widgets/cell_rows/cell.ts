/** Which cell of the confusion matrix is looked at, and what is said of it. */

import { plural } from "../../style/numbers.ts";
import type { CellRowsWire, CellWire } from "../../wire.ts";

/** A true class and the one that its rows were read as. */
export type Cell = readonly [truth: number, read: number];

/** The chosen cell; else that of the selected sample, if it is misread; else the most frequent confusion. */
export function cellShown(rows: CellRowsWire, chosen: Cell | null, sample: number | null): Cell | null {
  if (chosen) return chosen;
  const of = (at: number): Cell => [rows.truth[at]!, rows.predicted[at]!];
  if (sample !== null && sample < rows.truth.length && rows.truth[sample] !== rows.predicted[sample]) return of(sample);
  const counts = new Map<string, { cell: Cell; count: number }>();
  for (const at of rows.truth.keys()) {
    const cell = of(at);
    if (cell[0] === cell[1]) continue;
    const held = counts.get(cell.join(" ")) ?? { cell, count: 0 };
    held.count += 1;
    counts.set(cell.join(" "), held);
  }
  let most: { cell: Cell; count: number } | null = null;
  for (const held of counts.values()) if (!most || held.count > most.count) most = held;
  return most?.cell ?? null;
}

/** How Python calls a cell. */
export function keyOf(cell: Cell): string {
  return cell.join(" ");
}

export function titleOf({ class_names: names }: CellRowsWire, [truth, read]: Cell): string {
  return `True ${names[truth]}, read as ${truth === read ? "itself" : names[read]}`;
}

export function captionOf(wire: CellRowsWire, [truth, read]: Cell, found: CellWire): string {
  if (found.total === 0) return "no such row";
  const names = wire.class_names;
  const over = truth === read ? "the next likely class" : names[truth];
  return `${plural(found.total, "row")}; what pushed each towards ${names[read]}, over ${over}`;
}
