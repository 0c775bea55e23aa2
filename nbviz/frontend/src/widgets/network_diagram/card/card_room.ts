/** Where a card can stand: inside its bounds, off what should be seen, near what it speaks of. */

import { ceil, floor, hypot, max, min } from "../../../style/math.ts";
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** x, y, and how much it would hurt to cover the point. */
export type KeptFree = readonly [number, number, number];

/** What covering a point of a lit edge costs, a lit node, and one that steps back: nothing near makes up for the first two. */
export const COST = { edge: 2000, node: 8000, dimmed: 15 };
const ANCHOR = 1e9;
const STEP = 8;
const AIR = 8;
/** px between the border of a card and what it leaves free. */
const CLEAR = 4;

const overlap = (x: number, y: number, size: { width: number; height: number }, box: Box) =>
  x < box.x + box.width && box.x < x + size.width && y < box.y + box.height && box.y < y + size.height;

function steps(from: number, to: number): number[] {
  const count = max(1, ceil((to - from) / STEP));
  return Array.from({ length: count + 1 }, (_, step) => min(to, from + step * STEP));
}

/** Answers what a rectangle covers: sums over all that lies above and left of a corner, in cells of 4 px. */
function coverage(
  bounds: Box,
  free: readonly KeptFree[],
): (x: number, y: number, width: number, height: number) => number {
  const cell = 4;
  const [across, down] = [ceil(bounds.width / cell) + 1, ceil(bounds.height / cell) + 1];
  const sums = new Float64Array((across + 1) * (down + 1));
  for (const [x, y, weight] of free) {
    const [column, row] = [floor((x - bounds.x) / cell), floor((y - bounds.y) / cell)];
    if (column >= 0 && column < across && row >= 0 && row < down)
      sums[(row + 1) * (across + 1) + column + 1]! += weight;
  }
  for (let row = 1; row <= down; row += 1) {
    let line = 0;
    for (let column = 1; column <= across; column += 1) {
      const at = row * (across + 1) + column;
      line += sums[at]!;
      sums[at] = line + sums[at - across - 1]!;
    }
  }
  const within = (value: number, most: number) => max(0, min(most, value));
  return (x, y, width, height) => {
    const left = within(floor((x - bounds.x) / cell), across);
    const right = within(ceil((x + width - bounds.x) / cell), across);
    const top = within(floor((y - bounds.y) / cell), down) * (across + 1);
    const bottom = within(ceil((y + height - bounds.y) / cell), down) * (across + 1);
    return sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!;
  };
}

export function findRoom(
  size: { width: number; height: number },
  bounds: Box,
  anchor: Box,
  free: readonly KeptFree[],
): [number, number] {
  const left = bounds.x + AIR;
  const top = bounds.y + AIR;
  const right = max(left, bounds.x + bounds.width - size.width - AIR);
  const bottom = max(top, bounds.y + bounds.height - size.height - AIR);
  const covered = coverage(bounds, free);
  let best: [number, number] = [right, bottom];
  let least = Number.POSITIVE_INFINITY;
  for (const x of steps(left, right)) {
    for (const y of steps(top, bottom)) {
      const across = x + size.width / 2 - anchor.x - anchor.width / 2;
      const down = y + size.height / 2 - anchor.y - anchor.height / 2;
      const cost =
        (overlap(x, y, size, anchor) ? ANCHOR : 0) +
        covered(x - CLEAR, y - CLEAR, size.width + 2 * CLEAR, size.height + 2 * CLEAR) +
        hypot(across, down) / 2;
      if (cost < least) {
        least = cost;
        best = [x, y];
      }
    }
  }
  return best;
}
