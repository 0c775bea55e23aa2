/** The numbers of one tile, in cells of their colours. */

import type { Theme } from "../../style/theme.ts";
import type { KernelGridWire } from "../../wire.ts";
import { make } from "../html.ts";
import { numberTable, numberWords } from "../number_table.ts";
import { isSent, type Kernels, type Look, planesOf, scaleOf, type Tile } from "./kernels.ts";
import { colourOf } from "./paint.ts";
import { factsOf, sizeWords, titleOf } from "./words.ts";

const MOST_ROWS = 7;
const CELL = 44;
const TABLE_GAP = 8;
const PADDING = 32;

/** How many tables hold the numbers of a tile; null: more than fit side by side. */
function tableSize({ depth, rows, columns }: KernelGridWire, look: Look, room: number): { tables: number } | null {
  const tables = look === "rgb" ? 3 : depth;
  const width = tables * (columns * (CELL + 2) - 2) + (tables - 1) * TABLE_GAP;
  return rows > MOST_ROWS || width > room - PADDING ? null : { tables };
}

export class NumbersPanel {
  readonly element = make("div", { part: "kernel-panel" });
  readonly #tables = make("div", { part: "kernel-tables" });
  readonly #title = make("div", { part: "kernel-tile-title" });
  readonly #facts = make("div", { part: "kernel-facts" });
  #shown = "";

  constructor() {
    this.element.append(this.#tables, make("div", { part: "kernel-words" }, this.#title, this.#facts));
  }

  /** `key` tells one state from the next. */
  update(kernels: Kernels, look: Look, own: boolean, tile: Tile | null, theme: Theme, key: string): void {
    const room = this.element.clientWidth;
    if (`${key} ${room}` === this.#shown) return;
    this.#shown = `${key} ${room}`;
    const { wire } = kernels;
    const size = tableSize(wire, look, room);
    this.#tables.hidden = size === null;
    this.#title.hidden = tile === null;
    this.#title.textContent = tile ? titleOf(kernels, look, tile) : "";
    const there = tile && (look !== "channels" || isSent(wire, tile.channel ?? 0));
    const lines = there ? factsOf(kernels, look, own, tile) : [];
    if (tile && size === null)
      lines.push(
        `${sizeWords(wire)}${look === "rgb" ? " × 3" : ""} numbers do not fit here: nbviz.kernels returns them`,
      );
    if (!tile) lines.push("Point at a tile to see its numbers; click to select the filter.");
    this.#facts.replaceChildren(...lines.map((line) => make("div", {}, line)));
    if (size) this.#tables.replaceChildren(...this.#makeTables(kernels, look, own, there ? tile : null, theme, size));
  }

  #makeTables(
    kernels: Kernels,
    look: Look,
    own: boolean,
    tile: Tile | null,
    theme: Theme,
    { tables }: { tables: number },
  ): HTMLElement[] {
    const { depth, rows, columns } = kernels.wire;
    const planes = tile ? planesOf(kernels, look, tile) : [];
    const scale = scaleOf(kernels, look, planes, own);
    return Array.from({ length: tables }, (_, index) => {
      const table = numberTable(columns, rows * columns, (at) => {
        const place = look === "rgb" ? at : index * rows * columns + at;
        const value = (look === "rgb" ? planes[index] : planes[0])?.[place];
        if (value === undefined) return null;
        const colour = colourOf(theme, look === "rgb" ? "channels" : look, [value], scale);
        return { text: numberWords(value, scale, look !== "norm"), colour };
      });
      table.classList.add("nbviz-kernel-table");
      if (tables === 1) return table;
      const name = look === "rgb" ? ["red", "green", "blue"][index]! : `depth ${index} of ${depth}`;
      return make("div", {}, table, make("div", { part: "kernel-table-name" }, name));
    });
  }
}
