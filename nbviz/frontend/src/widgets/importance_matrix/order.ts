/** The order of the rows. Numbers go from the strongest down, unknown ones last, equal ones as given.
 *  What is not above the noise floor has a share of 0 there: it goes by its strength. */

import { abs } from "../../style/math.ts";
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
  // Of differences the largest come first, whichever way they go.
  const sized = table.wire.change ? abs : (value: number) => value;
  const size = sort === "mean" ? mean : Float32Array.from(rows, (row) => sized(share[row * width + sort.column]!));
  const key = size.map((value) => (isUnknown(value) ? -1 : value));
  const weak = table.isAbove ? wholeOf(table, sort) : key;
  return rows.sort((a, b) => key[b]! - key[a]! || weak[b]! - weak[a]! || a - b);
}

/** Strength of each row as a share of all strength, of a class or summed over classes. */
function wholeOf({ height, width, strength }: MatrixTable, sort: "mean" | { readonly column: number }): Float64Array {
  const whole = new Float64Array(height);
  for (let column = 0; column < width; column += 1) {
    if (sort !== "mean" && column !== sort.column) continue;
    const sizes = Array.from(whole, (_, row) => abs(strength[row * width + column]!) || 0);
    const total = sizes.reduce((sum, size) => sum + size, 0) || 1;
    for (const [row, size] of sizes.entries()) whole[row]! += size / total;
  }
  return whole;
}

/** Row of the table -> its place from the top. */
export function placesOf(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, row] of order.entries()) places[row] = place;
  return places;
}
