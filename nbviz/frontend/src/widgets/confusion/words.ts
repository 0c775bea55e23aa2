/** What a confusion matrix says. */

import { grouped } from "../../style/numbers.ts";
import type { Cell, Counts } from "./counts.ts";

/** "true belt slip, read as sensor drift: 4 of 41". */
export function cellWords(counts: Counts, names: readonly string[], cell: Cell): string {
  const [truth, read] = cell;
  const as = truth === read ? "read as itself" : `read as ${names[read]}`;
  return `true ${names[truth]}, ${as}: ${grouped(counts.at(cell))} of ${grouped(counts.of(truth))}`;
}

export function caption(counts: Counts, isMap: boolean): string {
  const { right, rows, classes, occurring } = counts;
  const words = [`${grouped(right)} of ${grouped(rows)} right`, "rows true, columns read"];
  if (occurring.length < classes) words.push(`${grouped(occurring.length)} of ${grouped(classes)} classes occur`);
  words.push(isMap ? "a click enlarges a block" : "click a cell for its rows");
  return words.join("; ");
}
