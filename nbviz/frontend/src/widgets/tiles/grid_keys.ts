/** How keys move through a grid of tiles. */

import { floor, max, min } from "../../style/math.ts";

export interface Spot {
  readonly row: number;
  readonly column: number;
}

/** A row for each line of tiles; `matrix`: lines have a meaning, so that a key never turns into the next. */
export interface Grid {
  readonly matrix: boolean;
  readonly rows: number;
  readonly columns: number;
}

/** Where a key takes the focus; null for a key that does not move. `page`: rows in sight. */
export function movedTo(key: string, control: boolean, at: Spot, plan: Grid, count: number, page: number): Spot | null {
  const last = count - 1;
  const to = (row: number, column: number): Spot => {
    const spot = { row: max(0, min(plan.rows - 1, row)), column: max(0, min(plan.columns - 1, column)) };
    if (plan.matrix || spot.row * plan.columns + spot.column <= last) return spot;
    return { row: floor(last / plan.columns), column: last % plan.columns };
  };
  const inLines = (step: number): Spot => {
    const place = max(0, min(last, at.row * plan.columns + at.column + step));
    return { row: floor(place / plan.columns), column: place % plan.columns };
  };
  switch (key) {
    case "ArrowUp":
      return to(at.row - 1, at.column);
    case "ArrowDown":
      return to(at.row + 1, at.column);
    case "ArrowLeft":
      return plan.matrix ? to(at.row, at.column - 1) : inLines(-1);
    case "ArrowRight":
      return plan.matrix ? to(at.row, at.column + 1) : inLines(1);
    case "Home":
      return control ? to(0, 0) : to(at.row, 0);
    case "End":
      return control ? to(plan.rows - 1, plan.columns - 1) : to(at.row, plan.columns - 1);
    case "PageUp":
      return to(at.row - page, at.column);
    case "PageDown":
      return to(at.row + page, at.column);
    default:
      return null;
  }
}
