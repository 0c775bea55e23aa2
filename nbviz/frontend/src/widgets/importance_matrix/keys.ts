/** Where a key takes the focus in the grid. */

import { max, min } from "../../style/math.ts";

/** Row -1 is the header, column -1 the names, column `columns` the bars. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Null for a key that does not move. `page`: rows in sight. */
export function moved(
  key: string,
  control: boolean,
  at: Place,
  rows: number,
  columns: number,
  page: number,
): Place | null {
  const to = (row: number, column: number): Place => ({
    row: max(-1, min(rows - 1, row)),
    column: max(-1, min(columns, column)),
  });
  if (control) {
    if (key === "Home") return to(0, -1);
    return key === "End" ? to(rows - 1, columns) : null;
  }
  switch (key) {
    case "ArrowUp":
      return to(at.row - 1, at.column);
    case "ArrowDown":
      return to(at.row + 1, at.column);
    case "ArrowLeft":
      return to(at.row, at.column - 1);
    case "ArrowRight":
      return to(at.row, at.column + 1);
    case "Home":
      return to(at.row, -1);
    case "End":
      return to(at.row, columns);
    case "PageUp":
      return at.row < 0 ? at : to(max(0, at.row - page), at.column);
    case "PageDown":
      return to(max(0, at.row) + page, at.column);
    default:
      return null;
  }
}
