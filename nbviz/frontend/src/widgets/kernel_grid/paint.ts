/** Tiles on a canvas: those in sight. */

import { type Colour, css } from "../../style/colour.ts";
import { hatch } from "../../style/hatch.ts";
import { ceil, floor, max, min } from "../../style/math.ts";
import { grouped } from "../../style/numbers.ts";
import { rampFromGround, rampFromZero, type Theme } from "../../style/theme.ts";
import type { Sight } from "../tiles/tile_view.ts";
import { type Kernels, type Look, level, planesOf, scaleOf, type Tile } from "./kernels.ts";
import { corner, type Plan, sliceOffset, spotOf, tileAt } from "./plan.ts";

export interface Scene {
  readonly kernels: Kernels;
  readonly look: Look;
  readonly own: boolean;
  readonly plan: Plan;
  readonly order: Int32Array;
  readonly placeOf: Int32Array;
  readonly theme: Theme;
  readonly selected: number | null;
  readonly selectedChannel: number | null;
  /** Where the keys are, while the grid has the focus. */
  readonly focus: Tile | null;
  readonly hover: Tile | null;
}

/** The colour of a number; null where it is none. */
export function colourOf(theme: Theme, look: Look, values: readonly number[], scale: number): Colour | null {
  if (!values.every(Number.isFinite)) return null;
  if (look === "rgb") return values.map((value) => level(value, scale)) as unknown as Colour;
  const ratio = values[0]! / scale;
  return look === "norm" ? rampFromGround(theme, ratio) : rampFromZero(theme, ratio);
}

export function paint(context: CanvasRenderingContext2D, scene: Scene, sight: Sight): void {
  const { plan, kernels, order } = scene;
  const first = kernels.wire.first_channel;
  const firstRow = max(0, floor((sight.y - plan.top) / plan.pitchY));
  const lastRow = min(plan.rows - 1, ceil((sight.y + sight.height - plan.top) / plan.pitchY));
  const firstColumn = max(0, floor((sight.x - plan.left) / plan.pitchX));
  const lastColumn = min(plan.columns - 1, ceil((sight.x + sight.width - plan.left) / plan.pitchX));
  context.save();
  context.translate(-sight.x, -sight.y);
  if (plan.matrix) tintRow(context, scene, sight);
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const tile = tileAt(plan, order, first, { row, column });
      if (!tile) continue;
      const { x, y } = corner(plan, { row, column });
      paintTile(context, scene, tile, x, y);
      if (!plan.matrix) label(context, scene, tile.filter, x + plan.tileWidth / 2, y + plan.tileHeight + 12, "center");
    }
  }
  rings(context, scene);
  context.restore();
  if (plan.matrix) gutters(context, scene, sight, [firstRow, lastRow], [firstColumn, lastColumn]);
}

function tintRow(context: CanvasRenderingContext2D, { plan, placeOf, selected, theme }: Scene, sight: Sight): void {
  if (selected === null) return;
  const y = plan.top + placeOf[selected]! * plan.pitchY - 4;
  context.fillStyle = css(theme.accentTint);
  context.fillRect(sight.x, y, min(sight.width, plan.width - sight.x), plan.tileHeight + 8);
}

function paintTile(context: CanvasRenderingContext2D, scene: Scene, tile: Tile, left: number, top: number): void {
  const { plan, kernels, look, own, theme } = scene;
  const { depth, rows, columns } = kernels.wire;
  const { cellWidth, cellHeight } = plan;
  const planes = planesOf(kernels, look, tile);
  if (planes.length === 0) return;
  const scale = scaleOf(kernels, look, planes, own);
  const values: number[] = [];
  for (let slice = 0; slice < depth; slice++) {
    const x0 = left + sliceOffset(plan, columns, slice);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = (slice * rows + row) * columns + column;
        for (let index = 0; index < planes.length; index++) values[index] = planes[index]![at]!;
        const colour = colourOf(theme, look, values, scale);
        const [x, y] = [x0 + column * cellWidth, top + row * cellHeight];
        if (colour) {
          context.fillStyle = css(colour);
          context.fillRect(x, y, cellWidth, cellHeight);
        } else hatch(context, theme, x, y, cellWidth, cellHeight);
      }
    }
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.strokeRect(x0 - 0.5, top - 0.5, columns * cellWidth + 1, rows * cellHeight + 1);
  }
}

function label(
  context: CanvasRenderingContext2D,
  { theme, selected }: Scene,
  filter: number,
  x: number,
  y: number,
  align: CanvasTextAlign,
): void {
  const isSelected = filter === selected;
  context.font = `${isSelected ? 600 : 400} 11px ${theme.font}`;
  context.fillStyle = css(isSelected ? theme.accent : theme.ink3);
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.fillText(grouped(filter), x, y);
}

function rings(context: CanvasRenderingContext2D, scene: Scene): void {
  const { plan, kernels, placeOf, selected, selectedChannel, focus, hover, theme } = scene;
  const { first_channel: first, sent_channels: sent } = kernels.wire;
  const around = (tile: Tile, distance: number, dashes: number[]) => {
    const channel = tile.channel ?? 0;
    if (plan.matrix && (channel < first || channel >= first + sent)) return;
    const { x, y } = corner(plan, spotOf(plan, placeOf[tile.filter]!, channel, first));
    context.beginPath();
    context.setLineDash(dashes);
    const [width, height] = [plan.tileWidth + 2 * distance, plan.tileHeight + 2 * distance];
    context.roundRect(x - distance, y - distance, width, height, 3);
    context.stroke();
    context.setLineDash([]);
  };
  context.strokeStyle = css(theme.outline);
  context.lineWidth = 1;
  if (hover) around(hover, 1.5, []);
  context.strokeStyle = css(theme.accent);
  context.lineWidth = 2;
  if (selected !== null && (!plan.matrix || selectedChannel !== null)) {
    around({ filter: selected, channel: selectedChannel }, 2, []);
  }
  context.lineWidth = 1.5;
  if (focus) around(focus, 4, [3, 2]);
}

/** The labels of a matrix, which stay in sight. */
function gutters(
  context: CanvasRenderingContext2D,
  scene: Scene,
  sight: Sight,
  [firstRow, lastRow]: readonly [number, number],
  [firstColumn, lastColumn]: readonly [number, number],
): void {
  const { plan, kernels, order, theme, selected, selectedChannel, placeOf } = scene;
  const ground = css(theme.background);
  context.fillStyle = ground;
  context.fillRect(0, 0, plan.left - 6, sight.height);
  if (selected !== null) {
    const y = plan.top + placeOf[selected]! * plan.pitchY - 4 - sight.y;
    context.fillStyle = css(theme.accentTint);
    context.fillRect(12, y, plan.left - 18, plan.tileHeight + 8);
  }
  for (let row = firstRow; row <= lastRow; row++) {
    const y = corner(plan, { row, column: 0 }).y - sight.y + plan.tileHeight / 2 + 4;
    label(context, scene, order[row]!, plan.left - 12, y, "right");
  }
  context.fillStyle = ground;
  context.fillRect(0, 0, sight.width, plan.top - 5);
  context.textAlign = "center";
  for (let column = firstColumn; column <= lastColumn; column++) {
    const channel = kernels.wire.first_channel + column;
    const isSelected = channel === selectedChannel;
    context.font = `${isSelected ? 600 : 400} 11px ${theme.font}`;
    context.fillStyle = css(isSelected ? theme.accent : theme.ink3);
    const x = corner(plan, { row: 0, column }).x - sight.x + plan.tileWidth / 2;
    if (x > plan.left - 6) context.fillText(grouped(channel), x, plan.top - 11);
  }
  context.fillStyle = css(theme.line);
  if (sight.y > 0) context.fillRect(0, plan.top - 5, sight.width, 1);
  if (sight.x > 0) context.fillRect(plan.left - 6, 0, 1, sight.height);
}
