/** Where a card can stand: inside its bounds, off what should be seen, near what it speaks of. */

import { ceil, hypot, max, min } from "../../../style/math.ts";
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** x, y, and how much it would hurt to cover the point. */
export type KeptFree = readonly [number, number, number];

const STEP = 16;
const AIR = 8;

const overlap = (x: number, y: number, size: { width: number; height: number }, box: Box) =>
  x < box.x + box.width && box.x < x + size.width && y < box.y + box.height && box.y < y + size.height;

function steps(from: number, to: number): number[] {
  const count = max(1, ceil((to - from) / STEP));
  return Array.from({ length: count + 1 }, (_, step) => min(to, from + step * STEP));
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
  let best: [number, number] = [right, bottom];
  let least = Number.POSITIVE_INFINITY;
  for (const x of steps(left, right)) {
    for (const y of steps(top, bottom)) {
      let cost = overlap(x, y, size, anchor) ? 1e6 : 0;
      for (const [px, py, weight] of free) {
        if (px > x - 4 && px < x + size.width + 4 && py > y - 4 && py < y + size.height + 4) cost += weight * 24;
      }
      const across = x + size.width / 2 - anchor.x - anchor.width / 2;
      const down = y + size.height / 2 - anchor.y - anchor.height / 2;
      cost += hypot(across, down) / 2;
      if (cost < least) {
        least = cost;
        best = [x, y];
      }
    }
  }
  return best;
}
