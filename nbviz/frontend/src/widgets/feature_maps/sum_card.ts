/** How one number of a map is made: patch × kernel = products, their sum, bias and activation. */

import type { Colour } from "../../style/colour.ts";
import { abs, ceil, floor, max, min } from "../../style/math.ts";
import { grouped, plural, short, signed } from "../../style/numbers.ts";
import { rampFromGround, rampFromZero, type Theme } from "../../style/theme.ts";
import { bitmap } from "../bitmap.ts";
import { make, setEnabled } from "../html.ts";
import { type NumberCell, numberTable, numberWords } from "../number_table.ts";
import { Surface } from "../surface.ts";
import { turnButtons } from "../tiles/tile_header.ts";
import { drawFrame, FRAME_MARGIN } from "./frame.ts";
import { canTakeApart, largest, type Maps, plane } from "./maps.ts";
import { inputPlane, type Sliding, type Sum, sumOf } from "./sliding.ts";
import type { Place } from "./words.ts";

const CELLS = [44, 40, 36];
/** Narrower cells take smaller figures. */
const SMALL = 40;
const CELL_HEIGHT = 24;
const GAP = 2;
const MOST_ROWS = 7;
const MOST_ROWS_OF_TWO = 3;
/** px of the signs between the tables, of their names where they stand at the left, and of the sum. */
const SIGN = 20;
const NAMES = 84;
const LEDGER = 176;
/** px of a cell without figures that the sum may stand beside. */
const LEAST_BESIDE = 8;
const MAP_SIDE = 64;
const MOST_HEIGHT = 176;

/** How the three tables are laid out. */
export interface TableSizes {
  /** px of one number, across and down. */
  readonly cell: number;
  readonly height: number;
  /** Too small for text: colours only. */
  readonly isBare: boolean;
  /** One above the other: those of one row. */
  readonly isStacked: boolean;
}

/** `room`: px that tables and sum have. */
export function tableSizes(rows: number, columns: number, room: number): TableSizes {
  const isStacked = rows === 1 && columns > 1;
  const fits = (cell: number, inOneLine: boolean) => {
    const table = columns * (cell + GAP);
    if (isStacked) return NAMES + table + (inOneLine ? LEDGER : 0) <= room;
    if (inOneLine) return 3 * table + 2 * SIGN + LEDGER <= room;
    // Patch and kernel, and under them products and sum: where that is not too high.
    return rows <= MOST_ROWS_OF_TWO && max(2 * table + SIGN, table + SIGN + LEDGER) <= room;
  };
  const cell = [true, false].flatMap((inOneLine) => CELLS.filter((side) => fits(side, inOneLine)))[0];
  if (cell !== undefined && rows <= MOST_ROWS) return { cell, height: CELL_HEIGHT, isBare: false, isStacked };
  const exact = (across: number) =>
    floor(isStacked ? (across - NAMES) / columns : (across - 2 * SIGN) / (3 * columns)) - 1;
  const beside = exact(room - LEDGER);
  const side = max(3, min(20, beside >= LEAST_BESIDE ? beside : exact(room), floor(MOST_HEIGHT / rows) - 1));
  return { cell: side, height: side, isBare: true, isStacked };
}

export interface SumState {
  readonly maps: Maps;
  readonly at: Place | null;
  readonly theme: Theme;
  /** px that the card may take. */
  readonly room: number;
  /** Whether the number stays when the pointer leaves. */
  readonly isPinned: boolean;
}

const NAMES_OF = ["patch", "kernel", "products"];
const SIGNS = ["", "×", "="];

export class SumCard {
  readonly element = make("div", { part: "maps-sum" });
  /** The channel of the input that is shown, and the patch on it. */
  readonly map = make("div", { part: "maps-sum-map" });
  readonly #note = make("div", { part: "maps-small" });
  readonly #head = make("div", { part: "maps-sum-head" });
  readonly #channel = make("span");
  readonly #turns: readonly HTMLButtonElement[];
  readonly #body = make("div", { part: "maps-sum-body" });
  readonly #tables = make("div", { part: "maps-sum-tables" });
  readonly #ledger = make("div", { part: "maps-sum-ledger", role: "table", "aria-label": "How the number is made" });
  readonly #mapName = make("div", { part: "maps-small" });
  readonly #picture = new Surface();
  readonly #frame = new Surface();
  #rank = 0;
  #of = "";
  #shown = "";

  /** `changed` is called when another input channel is to be shown. */
  constructor(changed: () => void, signal: AbortSignal) {
    const turn = (step: number) => {
      this.#rank += step;
      changed();
    };
    this.#turns = turnButtons(["input channel that adds more", "input channel that adds less"], turn, signal);
    this.#head.append(this.#turns[0]!, this.#channel, this.#turns[1]!);
    const picture = make("div", { part: "maps-framed" }, this.#picture.canvas, this.#frame.canvas);
    this.map.append(picture, this.#mapName);
    this.#body.append(this.#tables, this.#ledger);
    this.element.append(this.#note, this.#head, this.#body);
  }

  /** What is shown, null without. `key` tells one state of the maps from the next. */
  update(state: SumState, key: string): Sum | null {
    const { maps, at, theme, room, isPinned } = state;
    const { sliding, wire } = maps;
    const isBlock = sliding !== null && !canTakeApart(maps);
    this.element.hidden = sliding === null && wire.sliding_error === null;
    const isShown = sliding !== null && !isBlock;
    this.#head.hidden = !isShown || sliding.wire.channels === 1;
    this.#body.hidden = !isShown;
    this.map.hidden = !isShown || sliding.wire.on_picture;
    this.#note.hidden = isShown;
    this.#note.textContent = isBlock
      ? "Each pixel here is a mean over several numbers: no one sum to show."
      : wire.sliding_error;
    if (!isShown) return null;
    const of = `${wire.layer} ${at?.channel}`;
    if (at && of !== this.#of) {
      this.#rank = 0;
      this.#of = of;
    }
    this.#rank = max(0, min(sliding.wire.channels - 1, this.#rank));
    const sum = at && at.row >= 0 ? sumOf(sliding, at.channel, at.row, at.column, this.#rank) : null;
    const parts = [key, room, sum ? [at!.channel, at!.row, at!.column, this.#rank] : "", isPinned].join();
    if (parts === this.#shown) return sum;
    this.#shown = parts;
    this.#showHead(sliding, sum, isPinned);
    const sizes = tableSizes(sliding.wire.rows, sliding.wire.columns, room);
    this.#showTables(sliding, sum, theme, sizes);
    const lines = ledgerOf(maps, sliding, sum, at);
    this.#ledger.replaceChildren(...lines.map((line) => ledgerRow(line)));
    this.#showMap(sliding, sum, theme);
    return sum;
  }

  #showHead({ wire }: Sliding, sum: Sum | null, isPinned: boolean): void {
    this.#channel.textContent = sum
      ? `input ${grouped(sum.channel)} · ${grouped(sum.rank + 1)} of ${grouped(sum.channels)} by size`
      : plural(wire.channels, "input channel");
    for (const [index, button] of this.#turns.entries()) {
      const there = sum !== null && (index ? sum.rank < sum.channels - 1 : sum.rank > 0);
      const reason = !sum ? "point at a pixel first" : isPinned ? "no more" : "click the pixel to keep it";
      setEnabled(button, there && isPinned, button.getAttribute("aria-label")!, reason);
    }
  }

  #showTables({ wire }: Sliding, sum: Sum | null, theme: Theme, sizes: TableSizes): void {
    const { rows, columns, input_scale: inputScale, kernel_scale: kernelScale } = wire;
    const largestProduct = sum?.largest || 1;
    const hasNegative = sum?.patch.some((value) => value < 0) ?? false;
    const each = [
      cells(sum?.patch, sum?.isPadding, inputScale, hasNegative, (ratio) => rampFromGround(theme, ratio)),
      cells(sum?.kernel, undefined, kernelScale, true, (ratio) => rampFromZero(theme, ratio)),
      cells(sum?.products, sum?.isPadding, largestProduct, true, (ratio) => rampFromZero(theme, ratio)),
    ];
    this.#tables.toggleAttribute("data-stacked", sizes.isStacked);
    this.#tables.toggleAttribute("data-small", sizes.cell < SMALL);
    this.#tables.style.setProperty("--cell", `${sizes.cell}px`);
    this.#tables.style.setProperty("--cell-height", `${sizes.height}px`);
    this.#tables.replaceChildren(
      ...each.map((cell, index) => {
        const table = numberTable(columns, rows * columns, (place) => {
          const found = cell(place);
          return found && sizes.isBare ? { ...found, text: "" } : found;
        });
        table.toggleAttribute("data-bare", sizes.isBare);
        table.setAttribute("role", "img");
        const values = [sum?.patch, sum?.kernel, sum?.products][index];
        table.setAttribute("aria-label", `${NAMES_OF[index]}: ${values ? [...values].map(signed).join(" ") : "none"}`);
        const sign = make("span", { part: "maps-sum-sign" }, SIGNS[index]!);
        return make(
          "div",
          { part: "maps-sum-part" },
          make("div", { part: "maps-small" }, NAMES_OF[index]!),
          sign,
          table,
        );
      }),
    );
  }

  #showMap(sliding: Sliding, sum: Sum | null, theme: Theme): void {
    const { wire } = sliding;
    if (wire.on_picture) return;
    const { input_rows: rows, input_columns: columns } = wire;
    const by = MAP_SIDE / max(rows, columns);
    const side = by >= 1 ? floor(by) : by;
    const [width, height] = [max(4, ceil(columns * side)), rows === 1 ? 16 : max(4, ceil(rows * side))];
    this.#picture.resize(width, height);
    this.#mapName.textContent = sum ? `input ${grouped(sum.channel)}` : "input";
    this.#frame.resize(width + 2 * FRAME_MARGIN, height + 2 * FRAME_MARGIN);
    const context = this.#picture.begin();
    if (context && sum) {
      const values = inputPlane(sliding, sum.channel);
      const scale = largest(values) || 1;
      const made = bitmap(rows, columns, (at) => {
        const value = values[at]!;
        return [Number.isFinite(value) ? rampFromGround(theme, value / scale) : theme.warning, 1];
      });
      context.imageSmoothingEnabled = side < 1;
      if (made) context.drawImage(made, 0, 0, width, height);
    }
    drawFrame(this.#frame, theme, sum?.box ?? null, width / columns, height / rows);
  }
}

/** What the cells of a table hold. */
function cells(
  values: ArrayLike<number> | undefined,
  isPadding: readonly boolean[] | undefined,
  scale: number,
  withSign: boolean,
  ramp: (ratio: number) => Colour,
): (at: number) => NumberCell | null {
  return (at) => {
    const value = values?.[at];
    if (value === undefined) return null;
    if (isPadding?.[at]) return { text: "0", colour: null, outside: true };
    const colour = Number.isFinite(value) ? ramp(value / scale) : null;
    return { text: numberWords(value, scale, withSign), colour };
  };
}

interface LedgerLine {
  readonly name: string;
  readonly text: string;
  /** All figures, for who wants them. */
  readonly exact: number | null;
  readonly isTotal: boolean;
}

function ledgerOf(maps: Maps, { wire: sliding, bias }: Sliding, sum: Sum | null, at: Place | null): LedgerLine[] {
  const { activation, sample } = maps.wire;
  const after = at && sum ? plane(maps, "after", at.channel)[at.row * maps.wire.columns + at.column]! : null;
  const scale = sum ? max(...[sum.shown, sum.others, sum.bias ?? 0, sum.total].map(finite)) / 10 : 1;
  const line = (name: string, value: number | null, withSign = true, isTotal = false): LedgerLine => ({
    name,
    text: value === null ? "" : numberWords(value, scale || 0.1, withSign),
    exact: value,
    isTotal,
  });
  const many = sliding.channels > 1;
  return [
    line(many ? (sum ? `input ${grouped(sum.channel)}` : "this input") : "sum of products", sum?.shown ?? null),
    ...(many ? [line(plural(sliding.channels - 1, "other input"), sum?.others ?? null)] : []),
    ...(bias ? [line("bias", sum?.bias ?? null)] : []),
    line(activation === null ? "value" : `before ${activation}`, sum?.total ?? null, true, true),
    // The activation of a mean is not the mean of activations.
    ...(activation === null ? [] : [line(sample === null ? `mean after ${activation}` : `after ${activation}`, after)]),
  ];
}

function finite(value: number): number {
  return Number.isFinite(value) ? abs(value) : 0;
}

function ledgerRow({ name, text, exact, isTotal }: LedgerLine): HTMLElement {
  const number = make("span", { role: "cell" }, text);
  if (exact !== null) number.title = String(Number(exact.toPrecision(7)));
  const row = make("div", { role: "row" }, make("span", { role: "rowheader", dir: "auto" }, name), number);
  row.toggleAttribute("data-total", isTotal);
  return row;
}

/** The sum for who cannot see it. */
export function spokenSum(maps: Maps, sum: Sum): string {
  const parts = [`input ${sum.channel} adds ${signed(sum.shown)}`];
  if (sum.channels > 1) parts.push(`${plural(sum.channels - 1, "other input")} ${signed(sum.others)}`);
  if (sum.bias !== null) parts.push(`bias ${signed(sum.bias)}`);
  parts.push(`together ${short(sum.total)}${maps.wire.activation === null ? "" : ` before ${maps.wire.activation}`}`);
  return parts.join("; ");
}
