/** Where tiles are: a row for each filter and a column for each in channel, or one tile a filter in lines. */

import { floor, max, min } from "../../style/math.ts";
import type { KernelGridWire } from "../../wire.ts";
import type { Spot } from "../tiles/grid_keys.ts";
import type { Look, Tile } from "./kernels.ts";

const MATRIX_TILE = 36;
const FLOW_TILE = 48;
const MANY = 64;
const SLICE_GAP = 4;
const GAP_ACROSS = 12;
const LABEL = 15;
const MARGIN = 16;
const MATRIX_LEFT = 48;
const MATRIX_TOP = 24;

export interface Plan {
  readonly matrix: boolean;
  /** px of one number. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly pitchX: number;
  readonly pitchY: number;
  /** px before the first tile: room of the labels of a matrix, which stay in sight. */
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

/** px between the slices of a 3D kernel. */
export function sliceOffset(plan: Plan, columns: number, slice: number): number {
  return slice * (columns * plan.cellWidth + SLICE_GAP);
}

export function planOf(wire: KernelGridWire, look: Look, room: number): Plan {
  const { depth, rows, columns, flat, filters, channels, sent_channels: sent } = wire;
  const matrix = look === "channels" && channels > 1;
  const aim = (matrix || filters > MANY ? MATRIX_TILE : FLOW_TILE) * (flat ? 1.75 : 1);
  const cellWidth = max(1, min(depth > 1 ? 12 : 20, floor(aim / max(rows, columns))));
  const cellHeight = flat ? max(cellWidth, 14) : cellWidth;
  const tileWidth = depth * columns * cellWidth + (depth - 1) * SLICE_GAP;
  const tileHeight = rows * cellHeight;
  const left = matrix ? MATRIX_LEFT : MARGIN;
  const top = matrix ? MATRIX_TOP : 8;
  const pitchX = max(tileWidth, 24) + GAP_ACROSS;
  const pitchY = tileHeight + (matrix ? 8 : LABEL + 8);
  const inLine = max(1, min(filters, floor((room - left - MARGIN + GAP_ACROSS) / pitchX)));
  const across = matrix ? sent : inLine;
  const down = matrix ? filters : Math.ceil(filters / inLine);
  return {
    matrix,
    cellWidth,
    cellHeight,
    tileWidth,
    tileHeight,
    pitchX,
    pitchY,
    left,
    top,
    columns: across,
    rows: down,
    width: left + across * pitchX - GAP_ACROSS + MARGIN,
    height: top + down * pitchY + (matrix ? 4 : 0),
  };
}

export function corner(plan: Plan, { row, column }: Spot): { x: number; y: number } {
  return { x: plan.left + column * plan.pitchX, y: plan.top + row * plan.pitchY };
}

/** Place of filter number `place` in the order, and of an in channel, in the grid. */
export function spotOf(plan: Plan, place: number, channel: number, firstChannel: number): Spot {
  if (plan.matrix) return { row: place, column: channel - firstChannel };
  return { row: floor(place / plan.columns), column: place % plan.columns };
}

/** The tile at a place in the grid, null where there is none. */
export function tileAt(plan: Plan, order: Int32Array, firstChannel: number, { row, column }: Spot): Tile | null {
  if (row < 0 || row >= plan.rows || column < 0 || column >= plan.columns) return null;
  if (plan.matrix) return { filter: order[row]!, channel: firstChannel + column };
  const filter = order[row * plan.columns + column];
  return filter === undefined ? null : { filter, channel: null };
}

/** The place under a point of the sheet; column -1: the label of a row. Null between tiles. */
export function spotAt(plan: Plan, x: number, y: number, inLabels: boolean): Spot | null {
  const row = floor((y - plan.top) / plan.pitchY);
  const below = y - plan.top - row * plan.pitchY;
  if (row < 0 || row >= plan.rows) return null;
  if (plan.matrix && inLabels) return { row, column: -1 };
  const column = floor((x - plan.left) / plan.pitchX);
  const beside = x - plan.left - column * plan.pitchX;
  const tall = plan.matrix ? plan.tileHeight : plan.tileHeight + LABEL;
  if (column < 0 || column >= plan.columns || beside > plan.tileWidth || below > tall) return null;
  return { row, column };
}
