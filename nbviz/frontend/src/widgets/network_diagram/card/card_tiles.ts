/** Tiles of a card: a map or a kernel as squares of colour, with its numbers where they are read. */

import type { Tile } from "../../../picture/faces.ts";
import { type Colour, css, inkOn } from "../../../style/colour.ts";
import { rampFromZero, type Theme } from "../../../style/theme.ts";
import { make } from "../../html.ts";

export function tileCanvas(
  { rows, columns, ratios }: Tile,
  theme: Theme,
  ramp: (theme: Theme, ratio: number) => Colour,
): HTMLElement {
  const canvas = make("canvas", { part: "card-tile" });
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  for (const [cell, ratio] of ratios.entries()) {
    if (!context) break;
    context.fillStyle = css(Number.isFinite(ratio) ? ramp(theme, ratio) : theme.warning);
    context.fillRect(cell % columns, Math.floor(cell / columns), 1, 1);
  }
  return canvas;
}

export function numberGrid(tile: Tile, theme: Theme): HTMLElement {
  const { columns, ratios, texts } = tile;
  if (texts.length === 0) return tileCanvas(tile, theme, rampFromZero);
  const grid = make("div", { part: "card-numbers" });
  grid.style.setProperty("--columns", `${columns}`);
  for (const [cell, text] of texts.entries()) {
    const fill = Number.isFinite(ratios[cell]!) ? rampFromZero(theme, ratios[cell]!) : theme.warningTint;
    const square = make("span", {}, text);
    square.style.background = css(fill);
    square.style.color = css(inkOn(fill));
    grid.append(square);
  }
  return grid;
}
