/** What of a long list is in sight, and how far to scroll for what is not. */

import { ceil, floor, max, min } from "../../style/math.ts";

/** The items from `first` up to, without, `end`, and `over` more on either side. */
export function inSight(scroll: number, room: number, pitch: number, count: number, over: number): [number, number] {
  if (room <= 0) return [0, 0];
  const first = max(0, min(count, floor(scroll / pitch) - over));
  return [first, max(first, min(count, ceil((scroll + room) / pitch) + over))];
}

/** The nearest scroll position that shows all of [start, end] in `room` px. */
export function scrollFor(scroll: number, room: number, start: number, end: number): number {
  if (start < scroll || end - start > room) return start;
  return end > scroll + room ? end - room : scroll;
}
