/** Maps on a canvas: those in sight. */

import { css } from "../../style/colour.ts";
import { hatch } from "../../style/hatch.ts";
import { abs, ceil, floor, max, min } from "../../style/math.ts";
import { grouped } from "../../style/numbers.ts";
import { rampFromGround, type Theme } from "../../style/theme.ts";
import { bitmap } from "../bitmap.ts";
import type { Sight } from "../tiles/tile_view.ts";
import { largest, type Maps, plane, type Stage, scaleOf } from "./maps.ts";
import { BAR, BAR_GAP, corner, type Plan } from "./plan.ts";

export interface Scene {
  readonly maps: Maps;
  readonly stage: Stage;
  readonly own: boolean;
  readonly plan: Plan;
  readonly order: Int32Array;
  readonly placeOf: Int32Array;
  /** (channels,) for the class shown; null without. */
  readonly importance: Float32Array | null;
  readonly theme: Theme;
  readonly selected: number | null;
  /** Where the keys are, while the grid has the focus. */
  readonly focus: number | null;
  readonly hover: number | null;
  /** The number that is taken apart. */
  readonly pixel: { readonly channel: number; readonly row: number; readonly column: number } | null;
}

const MOST_KEPT = 600;

export class MapPainter {
  #key = "";
  readonly #kept = new Map<number, HTMLCanvasElement>();

  /** `key` tells one set of pictures from the next. */
  paint(context: CanvasRenderingContext2D, scene: Scene, sight: Sight, key: string): void {
    if (key !== this.#key) this.#kept.clear();
    this.#key = key;
    const { plan, order, theme } = scene;
    const firstRow = max(0, floor(sight.y / plan.pitchY) - 1);
    const lastRow = min(plan.rows - 1, ceil((sight.y + sight.height) / plan.pitchY));
    const longest = scene.importance ? largest(scene.importance) : 0;
    context.save();
    context.translate(-sight.x, -sight.y);
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = 0; column < plan.columns; column++) {
        const channel = order[row * plan.columns + column];
        if (channel === undefined) break;
        const { x, y } = corner(plan, { row, column });
        this.#tile(context, scene, channel, x, y);
        if (scene.importance) bar(context, scene, scene.importance[channel]! / (longest || 1), x, y);
        const isSelected = channel === scene.selected;
        context.font = `${isSelected ? 600 : 400} 11px ${theme.font}`;
        context.fillStyle = css(isSelected ? theme.accent : theme.ink3);
        context.textAlign = "center";
        context.textBaseline = "alphabetic";
        context.fillText(grouped(channel), x + plan.tileWidth / 2, y + plan.tileHeight + plan.bar + 15);
      }
    }
    rings(context, scene);
    ringPixel(context, scene);
    context.restore();
  }

  #tile(context: CanvasRenderingContext2D, scene: Scene, channel: number, x: number, y: number): void {
    const { plan, maps, theme } = scene;
    const { rows, columns } = maps.wire;
    const values = plane(maps, scene.stage, channel);
    const [width, height] = [plan.tileWidth / columns, plan.tileHeight / rows];
    let picture = this.#kept.get(channel);
    if (!picture) {
      const scale = scaleOf(maps, scene.stage, values, scene.own);
      const made = bitmap(rows, columns, (at) => {
        const value = values[at]!;
        return [Number.isFinite(value) ? rampFromGround(theme, value / scale) : theme.warning, 1];
      });
      if (!made) return;
      picture = made;
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(channel, picture);
    }
    context.imageSmoothingEnabled = width < 1;
    context.drawImage(picture, x, y, plan.tileWidth, plan.tileHeight);
    let unknown = false;
    for (let at = 0; at < values.length; at++) {
      if (Number.isFinite(values[at]!)) continue;
      unknown = true;
      if (width < 5) break;
      hatch(context, theme, x + (at % columns) * width, y + floor(at / columns) * height, width, height);
    }
    context.strokeStyle = css(unknown ? theme.warning : theme.lineStrong);
    context.lineWidth = unknown ? 2 : 1;
    const out = unknown ? 1 : 0.5;
    context.strokeRect(x - out, y - out, plan.tileWidth + 2 * out, plan.tileHeight + 2 * out);
  }
}

/** From the middle, to the right where the map raises the class, to the left where it lowers it. */
function bar(context: CanvasRenderingContext2D, { plan, theme }: Scene, ratio: number, x: number, y: number): void {
  const [middle, top] = [x + plan.tileWidth / 2, y + plan.tileHeight + BAR_GAP];
  if (!Number.isFinite(ratio)) {
    hatch(context, theme, x, top, plan.tileWidth, BAR);
    return;
  }
  context.fillStyle = css(theme.zero);
  context.fillRect(x, top + 1, plan.tileWidth, 1);
  const length = (abs(ratio) * plan.tileWidth) / 2;
  context.fillStyle = css(ratio < 0 ? theme.negative : theme.positive);
  context.fillRect(ratio < 0 ? middle - length : middle, top, length, BAR);
}

function rings(context: CanvasRenderingContext2D, scene: Scene): void {
  const { plan, placeOf, selected, focus, hover, theme } = scene;
  const around = (channel: number, distance: number, dashes: number[]) => {
    const place = placeOf[channel]!;
    const { x, y } = corner(plan, { row: floor(place / plan.columns), column: place % plan.columns });
    context.beginPath();
    context.setLineDash(dashes);
    const height = plan.tileHeight + (dashes.length > 0 ? plan.bar : 0) + 2 * distance;
    context.roundRect(x - distance, y - distance, plan.tileWidth + 2 * distance, height, 3);
    context.stroke();
    context.setLineDash([]);
  };
  context.strokeStyle = css(theme.outline);
  context.lineWidth = 1.5;
  if (hover !== null && hover !== selected) around(hover, 2, []);
  context.strokeStyle = css(theme.accent);
  context.lineWidth = 2;
  if (selected !== null) around(selected, 2.5, []);
  if (focus !== null) around(focus, 5, [3, 3]);
}

function ringPixel(context: CanvasRenderingContext2D, { plan, maps, placeOf, pixel, theme }: Scene): void {
  if (!pixel) return;
  const place = placeOf[pixel.channel]!;
  const { x, y } = corner(plan, { row: floor(place / plan.columns), column: place % plan.columns });
  const [across, down] = [plan.tileWidth / maps.wire.columns, plan.tileHeight / maps.wire.rows];
  const [width, height] = [max(4, across), max(4, down)];
  const left = x + (pixel.column + 0.5) * across - width / 2;
  const top = y + (pixel.row + 0.5) * down - height / 2;
  for (const [colour, line] of [[theme.background, 4] as const, [theme.accent, 2] as const]) {
    context.strokeStyle = css(colour);
    context.lineWidth = line;
    context.strokeRect(left, top, width, height);
  }
}
