/** The order of the rows. Numbers go from the strongest down, unknown ones last, equal ones as given. */

import { isUnknown } from "../../style/numbers.ts";
import type { MatrixTable } from "./table.ts";

export type Sort = "mean" | "name" | "given" | { readonly column: number };

/** What the trait `sort` means for a table; a class that the table has not falls back to the mean. */
export function readSort(sort: string, width: number): Sort {
  if (sort === "name" || sort === "given") return sort;
  const column = /^class:(\d+)$/.exec(sort)?.[1];
  return column !== undefined && Number(column) < width ? { column: Number(column) } : "mean";
}

/** Rows of the table, top to bottom. */
export function sortRows(table: MatrixTable, sort: Sort): Uint32Array {
  const rows = Uint32Array.from({ length: table.height }, (_, row) => row);
  if (sort === "given") return rows;
  if (sort === "name") {
    const { compare } = new Intl.Collator(undefined, { numeric: true });
    const names = table.wire.rows;
    return rows.sort((a, b) => compare(names[a]!, names[b]!) || a - b);
  }
  const { mean, share, width } = table;
  const size = sort === "mean" ? mean : Float32Array.from(rows, (row) => share[row * width + sort.column]!);
  const key = size.map((value) => (isUnknown(value) ? -1 : value));
  return rows.sort((a, b) => key[b]! - key[a]! || a - b);
}

/** Row of the table -> its place from the top. */
export function placesOf(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, row] of order.entries()) places[row] = place;
  return places;
}
