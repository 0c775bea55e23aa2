/** A small table of numbers in cells of their colours. */

import { type Colour, css, inkOn } from "../style/colour.ts";
import { abs, floor, max, min } from "../style/math.ts";
import { short, signed } from "../style/numbers.ts";
import { make } from "./html.ts";

/** As many decimals as make two figures of the largest of some numbers, so that they line up. */
export function decimalsFor(scale: number): number {
  return max(0, min(4, (scale < 100 ? max(1, -floor(Math.log10(scale))) : -1) + 1));
}

export function numberWords(value: number, scale: number, withSign: boolean): string {
  const words = withSign ? signed : short;
  if (!Number.isFinite(value) || scale < 0.001 || abs(value) >= 1000) return words(value);
  const text = abs(value).toFixed(decimalsFor(scale));
  if (Number(text) === 0) return text;
  return value < 0 ? `\u2212${text}` : withSign && value > 0 ? `+${text}` : text;
}

export interface NumberCell {
  readonly text: string;
  /** Null where the number is none. */
  readonly colour: Colour | null;
  /** What is no number of the array itself: padding. */
  readonly outside?: boolean;
}

/** `each`: what is in a cell, null for an empty one. */
export function numberTable(columns: number, count: number, each: (at: number) => NumberCell | null): HTMLElement {
  const table = make("div", { part: "number-table", style: `--columns: ${columns}` });
  for (let at = 0; at < count; at++) {
    const found = each(at);
    const cell = make("span", {}, found?.text ?? "");
    if (found?.outside) cell.dataset.outside = "true";
    else if (found) {
      cell.style.background = found.colour ? css(found.colour) : "";
      cell.style.color = found.colour ? css(inkOn(found.colour)) : "";
      cell.dataset.unknown = String(!found.colour);
    }
    table.append(cell);
  }
  return table;
}
