/** One line of the grid, header or row: the name, those columns that are in sight, and the mean at the right. */

import { make } from "../html.ts";

export class Line {
  readonly element = make("div", { part: "matrix-row", role: "row" });
  readonly cells = new Map<number, HTMLElement>();
  /** What was written into it; another number means that it is out of date. */
  stamp = -1;

  constructor(
    readonly row: number,
    readonly name: HTMLElement,
    readonly mean: HTMLElement,
    columns: number,
  ) {
    this.#adopt(name, -1);
    this.#adopt(mean, columns);
    this.element.append(name, mean);
  }

  #adopt(cell: HTMLElement, column: number): void {
    cell.tabIndex = -1;
    cell.dataset.row = String(this.row);
    cell.dataset.column = String(column);
    cell.setAttribute("aria-colindex", String(column + 2));
  }

  at(column: number): HTMLElement | undefined {
    return column < 0
      ? this.name
      : (this.cells.get(column) ?? (this.mean.dataset.column === String(column) ? this.mean : undefined));
  }

  /** Makes the cells of these ascending columns, writes the new ones, drops all others. */
  show(
    columns: readonly number[],
    create: () => HTMLElement,
    write: (cell: HTMLElement, column: number) => void,
  ): void {
    const wanted = new Set(columns);
    for (const [column, cell] of this.cells) {
      if (wanted.has(column)) continue;
      cell.remove();
      this.cells.delete(column);
    }
    let next = this.name.nextSibling;
    for (const column of columns) {
      let cell = this.cells.get(column);
      if (!cell) {
        cell = create();
        this.#adopt(cell, column);
        cell.style.setProperty("--column", String(column));
        this.cells.set(column, cell);
        write(cell, column);
      }
      if (cell === next) next = cell.nextSibling;
      else this.element.insertBefore(cell, next);
    }
  }

  *all(): Iterable<[number, HTMLElement]> {
    yield [-1, this.name];
    yield* this.cells;
    yield [Number(this.mean.dataset.column), this.mean];
  }
}
