/** Steps of a sequence: their numbers beneath it, and in words. */

import { floor, max } from "../style/math.ts";
import { grouped } from "../style/numbers.ts";
import type { PlaneWire } from "../wire.ts";

const APART = 44; // px between two numbers, at least

export interface Tick {
  readonly step: number;
  /** px from the left end of the first column to the middle of the step. */
  readonly x: number;
}

/** Every so many steps: 1, 2, 5, 10, 20, 50, ... */
export function stepTicks({ steps }: PlaneWire, width: number): Tick[] {
  const most = max(1, floor(width / APART));
  let gap = 1;
  for (let power = 1; gap * most < steps; power *= 10) {
    for (const part of [1, 2, 5]) {
      gap = part * power;
      if (gap * most >= steps) break;
    }
  }
  const ticks: Tick[] = [];
  for (let step = 0; step < steps; step += gap) ticks.push({ step, x: ((step + 0.5) / steps) * width });
  return ticks;
}

/** "step 12", or "steps 40–49" where a column is several. */
export function stepWords({ steps, block }: PlaneWire, column: number): string {
  const first = column * block;
  const last = Math.min(steps, first + block) - 1;
  return first === last ? `step ${grouped(first)}` : `steps ${grouped(first)}–${grouped(last)}`;
}
