/** Where tiles are: one a map, in lines. */

import { ceil, floor, max, min, round } from "../../style/math.ts";
import type { FeatureMapsWire } from "../../wire.ts";
import type { Grid, Spot } from "../tiles/grid_keys.ts";

const SIDE_OF_FEW = 80;
const FEW = 16;
const SIDE = 64;
const SIDE_OF_MANY = 44;
const MANY = 48;
const STRIP = 168;
const STRIP_HEIGHT = 22;
const GAP = 12;
const LABEL = 15;
const MARGIN = 16;
const TOP = 8;
/** px from a tile to its bar of importance, and the bar's height. */
export const BAR_GAP = 5;
export const BAR = 3;

export interface Plan extends Grid {
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly pitchX: number;
  readonly pitchY: number;
  /** px under a tile that its bar takes. */
  readonly bar: number;
  readonly width: number;
  readonly height: number;
}

export function planOf(wire: FeatureMapsWire, bars: boolean, room: number): Plan {
  const { rows, columns, flat, channels } = wire;
  const inLineOf = (pitch: number) => max(1, min(channels, floor((room - 2 * MARGIN + GAP) / pitch)));
  // Few maps are large, unless that takes one more line.
  const lines = (side: number) => ceil(channels / inLineOf(side + GAP));
  const large = channels <= FEW && lines(SIDE_OF_FEW) === lines(SIDE);
  const aim = flat ? STRIP : channels > MANY ? SIDE_OF_MANY : large ? SIDE_OF_FEW : SIDE;
  // Whole px a number where there are few; of many several share one.
  const exact = aim / max(rows, columns);
  const cell = exact >= 1 ? min(20, floor(exact)) : exact;
  const tileWidth = max(1, round(columns * cell));
  const tileHeight = flat ? STRIP_HEIGHT : max(1, round(rows * cell));
  const bar = bars ? BAR_GAP + BAR : 0;
  const pitchX = max(tileWidth, 28) + GAP;
  const pitchY = tileHeight + bar + LABEL + 10;
  const inLine = inLineOf(pitchX);
  const down = ceil(channels / inLine);
  return {
    matrix: false,
    tileWidth,
    tileHeight,
    pitchX,
    pitchY,
    bar,
    columns: inLine,
    rows: down,
    width: 2 * MARGIN + inLine * pitchX - GAP,
    height: TOP + down * pitchY,
  };
}

export function corner(plan: Plan, { row, column }: Spot): { x: number; y: number } {
  return { x: MARGIN + column * plan.pitchX, y: TOP + row * plan.pitchY };
}

/** A tile under a point of the sheet, and the number under it there; -1 under the tile. Null between tiles. */
export interface Under {
  readonly spot: Spot;
  readonly row: number;
  readonly column: number;
}

export function under(plan: Plan, wire: FeatureMapsWire, x: number, y: number): Under | null {
  const spot = { row: floor((y - TOP) / plan.pitchY), column: floor((x - MARGIN) / plan.pitchX) };
  if (spot.row < 0 || spot.row >= plan.rows || spot.column < 0 || spot.column >= plan.columns) return null;
  const at = corner(plan, spot);
  const [across, below] = [x - at.x, y - at.y];
  if (across >= plan.tileWidth || below > plan.tileHeight + plan.bar + LABEL) return null;
  if (below >= plan.tileHeight) return { spot, row: -1, column: -1 };
  return {
    spot,
    row: floor((below / plan.tileHeight) * wire.rows),
    column: floor((across / plan.tileWidth) * wire.columns),
  };
}
