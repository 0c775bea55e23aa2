/** How one cell looks: colour by hue and depth, number, triangle, interval at the foot. */

import { type Colour, css, inkOn, mix } from "../../style/colour.ts";
import { abs, max } from "../../style/math.ts";
import { isKnown } from "../../style/numbers.ts";
import type { Theme } from "../../style/theme.ts";
import { make } from "../html.ts";
import { cellLabel, cellTitle, DOWN, type MatrixTable, QUIET, shareWords, UP, WAYS } from "./table.ts";

/** Null for a cell without a hue. */
export function fillOf(table: MatrixTable, at: number, theme: Theme): Colour | null {
  const hue = table.hue[at]!;
  if (hue === QUIET) return null;
  const { faintest, deepest } = table.wire;
  const end = hue === UP ? theme.positive : hue === DOWN ? theme.negative : theme.outline;
  return mix(theme.background, end, faintest + ((1 - faintest) * abs(table.share[at]!)) / deepest);
}

export function makeCell(): HTMLElement {
  return make("div", { part: "matrix-cell", role: "gridcell" }, make("span"), make("i"));
}

export function writeCell(cell: HTMLElement, table: MatrixTable, row: number, column: number, theme: Theme): void {
  const at = row * table.width + column;
  const { wire } = table;
  const share = table.share[at]!;
  const error = wire.z * table.shareError[at]!;
  const [number, triangle] = cell.children as unknown as [HTMLElement, HTMLElement];
  const fill = fillOf(table, at, theme);
  number.textContent = shareWords(table, share);
  triangle.className = wire.has_triangles && isKnown(share) ? `nbviz-matrix-${WAYS[table.way[at]!]}` : "";
  cell.classList.toggle("nbviz-matrix-quiet", fill === null);
  cell.style.background = fill ? css(fill) : "";
  cell.style.color = fill ? css(inkOn(fill)) : "";
  // A difference lies on either side of 0, where an interval at the foot has no place.
  const whisker = isKnown(share) && isKnown(error) && !wire.change;
  cell.classList.toggle("nbviz-matrix-whisker", whisker);
  if (whisker) {
    const place = (value: number) => (max(0, value) / wire.furthest).toFixed(4);
    cell.style.setProperty("--low", place(share - error));
    cell.style.setProperty("--at", place(share));
    cell.style.setProperty("--high", place(share + error));
  }
  cell.title = cellTitle(table, row, column);
  cell.setAttribute("aria-label", cellLabel(table, row, column));
}

/** The name of a row or column, cut off where there is no room and whole in its title. */
export function writeName(cell: HTMLElement, name: string, title = name): void {
  const text = cell.firstElementChild as HTMLElement;
  text.textContent = name;
  cell.title = title;
}

export function makeName(part: string, role: "rowheader" | "columnheader"): HTMLElement {
  return make("div", { part, role }, make("bdi"));
}
