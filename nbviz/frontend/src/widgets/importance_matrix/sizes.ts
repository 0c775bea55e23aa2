/** Sizes in px that depend on names and room. */

import { floor, max, min, round } from "../../style/math.ts";
import type { Measure } from "../../style/text.ts";
import type { MatrixTable } from "./table.ts";

export const PITCH = { x: 72, y: 27 }; // a cell of 70 x 25 px and the gutter
const WIDEST = 120; // of a cell and the gutter, where there is room
export const RING = 3; // of a selected cell, above the first row
/** What the bars take at the right end: where there is little room, as a rule, and at most; and px after the longest. */
const BARS = { least: 44, usual: 60, most: 160, end: 16 };
const SCARCE = 400;
const SIDE = 16;
const GAP = 4; // between names and cells, twice
const HEAD = { height: 26, group: 16, second: 15 };
const MARK = 14; // of the column that the rows are sorted by
const NAMES = { least: 64, most: 190, readable: 84, measured: 300 };
const ENOUGH = 8; // rows that stay in sight before the legend gives way
const PINNED_FROM = 420; // room in which the bars can stay in sight while columns scroll

/** Of many columns, or four that have too little room, whose names then stand at 45 degrees: px of a column at least, and of a name at most. */
const SLANTED = { from: 5, squeezed: 4, pitch: 54, name: 112, rise: Math.SQRT1_2, air: 12 };

export interface Sizes {
  /** Column of the names, with the margin at its left. */
  readonly names: number;
  /** From the left end to the first column. */
  readonly left: number;
  readonly head: number;
  /** Class names take two lines. */
  readonly wraps: boolean;
  /** Class names stand at 45 degrees, and have so many px. */
  readonly slanted: number | null;
  readonly width: number;
  readonly height: number;
  /** Height that the legend leaves to the rows. */
  readonly enough: number;
  readonly pinned: boolean;
  /** What the bars take at the right end, and the longest of them. */
  readonly bars: { readonly room: number; readonly longest: number };
  /** From one column to the next. */
  readonly pitch: number;
}

export function sizesOf(table: MatrixTable, room: number, font: string, measure: Measure): Sizes {
  const { wire, width: columns, height: rows } = table;
  const bold = `600 12px ${font}`; // as names are when selected
  const heading = measure(wire.row_kind, `400 11px ${font}`) + MARK;
  const longest = max(...longestNames(wire.rows).map((name) => measure(name, bold)), heading);
  const scarce = room < SCARCE ? BARS.least : BARS.usual;
  const measured = wire.columns.slice(0, NAMES.measured);
  // Columns narrow so that none is out of sight, where their names can be read or stand at 45 degrees.
  const wordiest = max(0, ...measured.flatMap((name) => name.split(/\s+/)).map((word) => measure(word, bold) + 10));
  const least = SIDE + min(round(longest) + 2, NAMES.readable) + 2 * GAP + scarce;
  const narrow = min(PITCH.x, 2 * floor((room - least) / columns / 2));
  const slants =
    columns >= SLANTED.from
      ? measured.some((name) => !fits(name, bold, measure))
      : columns >= SLANTED.squeezed && narrow >= SLANTED.pitch && narrow < min(wordiest, PITCH.x);
  const isSlanted = !wire.column_groups && slants;
  const isNarrowed = narrow >= (isSlanted ? SLANTED.pitch : max(SLANTED.pitch, wordiest));
  const narrowest = isSlanted && columns >= SLANTED.from ? SLANTED.pitch : isNarrowed ? narrow : PITCH.x;
  // Names give way so that all columns fit, but not for good.
  const rest = room - columns * narrowest - 2 * GAP - SIDE - scarce;
  const most = min(NAMES.most, round(room * 0.38) - SIDE, rest >= NAMES.readable ? rest : NAMES.most);
  const names = SIDE + min(round(longest) + 2, max(NAMES.least, most)) + GAP;
  const left = names + GAP;
  // What is left over makes columns wider, by whole pixels on both sides, and then the bars longer.
  const pitch = max(narrowest, min(WIDEST, 2 * floor((room - left - scarce) / columns / 2)));
  const span = columns * pitch;
  const bars = max(scarce, min(BARS.most, room - left - span));
  const slanted = isSlanted
    ? min(SLANTED.name, max(...longestNames(wire.columns).map((name) => measure(name, bold))))
    : null;
  const wraps = !isSlanted && measured.some((name) => /\s/.test(name) && measure(name, bold) > pitch - 10);
  const head =
    slanted === null
      ? HEAD.height + (wraps ? HEAD.second : 0) + (wire.column_groups ? HEAD.group : 0)
      : max(HEAD.height, round(slanted * SLANTED.rise) + SLANTED.air);
  const height = (count: number) => head + RING + count * PITCH.y;
  return {
    names,
    left,
    head,
    wraps,
    slanted,
    width: left + span + bars,
    height: height(rows),
    enough: height(min(ENOUGH, rows)),
    pinned: room >= PINNED_FROM,
    bars: { room: bars, longest: bars - BARS.end - GAP },
    pitch,
  };
}

/** Whether a name can be read in full above a column, in two lines if it has two words. */
function fits(name: string, font: string, measure: Measure): boolean {
  const room = PITCH.x - 10;
  const words = name.split(/\s+/);
  return words.every((word) => measure(word, font) <= room) && measure(name, font) <= (words.length > 1 ? 2 : 1) * room;
}

/** Those among which the widest is: measuring a hundred thousand would take seconds. */
function longestNames(names: readonly string[]): string[] {
  if (names.length <= NAMES.measured) return [...names];
  const longest = names.reduce((length, name) => max(length, name.length), 0);
  const found: string[] = [];
  for (const name of names) {
    if (name.length >= 0.7 * longest) found.push(name);
    if (found.length === NAMES.measured) break;
  }
  return found;
}
