/** The header of the grid: class names, above them the outputs they belong to, and the sort mark. */

import { make } from "../html.ts";
import { makeName, writeName } from "./cell.ts";
import { Line } from "./line.ts";
import type { Sort } from "./order.ts";
import { columnName, type MatrixTable, plural } from "./table.ts";

export class Heading {
  readonly line: Line;
  readonly #groups = make("div", { part: "matrix-groups", "aria-hidden": "true" });

  constructor(columns: number) {
    this.line = new Line(-1, makeName("matrix-name", "columnheader"), makeName("matrix-mean", "columnheader"), columns);
    this.line.element.classList.add("nbviz-matrix-head-row");
    this.line.element.setAttribute("aria-rowindex", "1");
    this.line.element.append(this.#groups);
  }

  show(table: MatrixTable, sort: Sort, columns: readonly number[], stamp: number, labels: readonly string[]): void {
    const { line } = this;
    const { wire } = table;
    const write = (cell: HTMLElement, column: number) => {
      writeName(cell, labels[column]!, columnName(table, column));
      cell.setAttribute("aria-label", columnName(table, column));
    };
    if (line.stamp !== stamp) {
      line.stamp = stamp;
      const all = `mean over ${plural(wire.column_kind)}`;
      writeName(line.name, wire.row_kind, "sort by name");
      writeName(line.mean, "all", `${all}: sort by it`);
      line.mean.setAttribute("aria-label", all);
      for (const [column, cell] of line.cells) write(cell, column);
      this.#writeGroups(wire.column_groups ?? []);
    }
    line.show(columns, () => makeName("matrix-class", "columnheader"), write);
    const sorted = sort === "name" ? -1 : sort === "mean" ? table.width : sort === "given" ? null : sort.column;
    for (const [column, cell] of line.all()) {
      if (column === sorted) cell.setAttribute("aria-sort", column < 0 ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    }
  }

  #writeGroups(groups: readonly string[]): void {
    this.#groups.replaceChildren();
    for (let start = 0; start < groups.length; ) {
      let end = start + 1;
      while (end < groups.length && groups[end] === groups[start]) end += 1;
      const label = make("div", { part: "matrix-group", title: groups[start]! }, make("bdi", {}, groups[start]!));
      label.style.left = `calc(${start} * var(--pitch))`;
      label.style.width = `calc(${end - start} * var(--pitch) - 2px)`;
      this.#groups.append(label);
      start = end;
    }
  }
}
