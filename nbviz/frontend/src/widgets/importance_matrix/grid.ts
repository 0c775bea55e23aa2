/** The grid: only what is in sight has elements, however many rows and columns there are. */

import { floor, max, min } from "../../style/math.ts";
import type { Measure } from "../../style/text.ts";
import type { Theme } from "../../style/theme.ts";
import { listen, make } from "../html.ts";
import { makeCell, makeName, writeCell, writeName } from "./cell.ts";
import { Heading } from "./heading.ts";
import { moved, type Place } from "./keys.ts";
import { isCutFor, type Labels, labelsOf } from "./labels.ts";
import { Line } from "./line.ts";
import type { Sort } from "./order.ts";
import { PITCH, RING, type Sizes, sizesOf } from "./sizes.ts";
import { inSight, scrollFor } from "./span.ts";
import { type MatrixTable, rowName, shareWords } from "./table.ts";

const OVER = 4;
const TRAVEL = { duration: 400, easing: "cubic-bezier(0.215, 0.61, 0.355, 1)" };

export interface GridState {
  table: MatrixTable;
  order: Uint32Array;
  /** Row of the table -> its place from the top. */
  places: Uint32Array;
  sort: Sort;
  theme: Theme;
  /** Row of the table that is selected. */
  row: number | null;
  column: number | null;
}

export interface GridActions {
  /** A row of the table or -1 for the header; column -1 for the names, one past the last for the means. */
  press(row: number, column: number): void;
}

export class Grid {
  readonly element = make("div", { part: "matrix-scroller" });
  readonly #sheet = make("div", { part: "matrix-sheet", role: "grid", "aria-label": "Importance" });
  readonly #body = make("div", { part: "matrix-body", role: "none" });
  readonly #actions: GridActions;
  readonly #measure: Measure;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #lines = new Map<number, Line>();
  #head: Heading | null = null;
  #state: GridState | null = null;
  #active: Place = { row: -1, column: -1 };
  #stamp = 0;
  #sizes: Sizes | null = null;
  #travelling: Animation[] = [];
  /** The names as they are cut, and of which table. */
  #labels: ({ of: MatrixTable } & Labels) | null = null;

  constructor(actions: GridActions, measure: Measure, signal: AbortSignal) {
    this.#actions = actions;
    this.#measure = measure;
    this.#sheet.append(this.#body);
    this.element.append(this.#sheet);
    listen(this.element, signal, "scroll", () => this.#draw());
    listen(this.#sheet, signal, "click", (event) => {
      const place = placeOf(event.target);
      if (place) actions.press(place.row, place.column);
    });
    listen(this.#sheet, signal, "focusin", (event) => {
      const place = placeOf(event.target);
      if (place) this.#activate(place, false);
    });
    listen(this.#sheet, signal, "keydown", (event) => this.#key(event));
  }

  /** Shows a table, the same one with something else selected, or at another width. */
  show(state: GridState): void {
    const before = this.#state;
    this.#state = state;
    const { table } = state;
    const same = before?.table === table;
    if (!same || before.theme !== state.theme) this.#stamp += 1;
    if (!same && before?.table.wire.columns.join() !== table.wire.columns.join()) this.#reset();
    if (this.#active.row >= table.height || this.#active.column > table.width) this.#active = { row: -1, column: -1 };
    const travels = before !== null && before.order !== state.order && sameRows(before.table, table);
    const from = travels ? this.#tops(before) : null;
    this.#lay(state);
    this.#draw();
    if (from && !this.#still.matches) this.#travel(from, state);
  }

  /** The room has changed. */
  resize(): void {
    if (!this.#state) return;
    this.#lay(this.#state);
    this.#draw();
  }

  /** Whether rows are on their way to new places. */
  get travels(): boolean {
    this.#travelling = this.#travelling.filter(({ playState }) => playState === "running");
    return this.#travelling.length > 0;
  }

  toTop(): void {
    this.element.scrollTop = 0;
    this.#active = { row: -1, column: -1 };
  }

  /** Scrolls a row, and a column if one is given, into sight. */
  reveal(row: number | null, column: number | null): void {
    const state = this.#state;
    const sizes = this.#sizes;
    const { element } = this;
    if (!state || !sizes || element.clientHeight === 0) return;
    if (row !== null && row >= 0) {
      const top = state.places[row]! * PITCH.y;
      const room = element.clientHeight - sizes.head;
      element.scrollTop = scrollFor(element.scrollTop, room, top, top + PITCH.y + RING);
    }
    if (column !== null && column >= 0 && column < state.table.width) {
      const room = element.clientWidth - sizes.left - (sizes.pinned ? sizes.bars.room : 0);
      const start = column * sizes.pitch;
      element.scrollLeft = scrollFor(element.scrollLeft, room, start, start + sizes.pitch);
    }
    this.#draw();
  }

  #reset(): void {
    for (const line of this.#lines.values()) line.element.remove();
    this.#lines.clear();
    this.#head?.line.element.remove();
    this.#head = null;
  }

  #tops(state: GridState): Map<number, number> {
    return new Map([...this.#lines.keys()].map((row) => [row, state.places[row]! * PITCH.y]));
  }

  #travel(from: Map<number, number>, state: GridState): void {
    const room = this.element.clientHeight;
    for (const [row, line] of this.#lines) {
      const top = state.places[row]! * PITCH.y;
      // A row from out of sight comes from the nearer edge.
      const start = from.get(row) ?? top + room;
      if (start === top) continue;
      const way = max(-room, min(room, start - top));
      this.#travelling.push(line.element.animate([{ translate: `0 ${way}px` }, { translate: "0 0" }], TRAVEL));
    }
  }

  #lay({ table, theme }: GridState): void {
    const sizes = sizesOf(table, this.element.clientWidth || 640, theme.font, this.#measure);
    this.#sizes = sizes;
    if (this.#labels?.of !== table || !isCutFor(this.#labels, sizes)) {
      this.#labels = { of: table, ...labelsOf(table, sizes, theme.font, this.#measure) };
      this.#stamp += 1;
    }
    const { style, dataset } = this.element;
    const sheet = this.#sheet;
    for (const name of ["names", "left", "head", "enough"] as const) style.setProperty(`--${name}`, `${sizes[name]}px`);
    style.setProperty("--pitch", `${sizes.pitch}px`);
    style.setProperty("--bars", `${sizes.bars.room}px`);
    style.setProperty("--longest", `${sizes.bars.longest}px`);
    style.setProperty("--span", `${table.width * sizes.pitch}px`);
    dataset.wraps = String(sizes.wraps);
    dataset.slanted = String(sizes.slanted !== null);
    dataset.pinned = String(sizes.pinned);
    sheet.style.width = `${sizes.width}px`;
    sheet.style.height = `${sizes.height}px`;
    sheet.setAttribute("aria-rowcount", String(table.height + 1));
    sheet.setAttribute("aria-colcount", String(table.width + 2));
    sheet.setAttribute("aria-label", table.wire.title);
  }

  #draw(): void {
    const state = this.#state;
    const sizes = this.#sizes;
    if (!state || !sizes) return;
    const { element } = this;
    const { table, order, places } = state;
    const { scrollTop, scrollLeft, clientHeight, clientWidth, dataset } = element;
    dataset.down = String(scrollTop > 0);
    dataset.right = String(scrollLeft > 0);
    const [first, end] = inSight(scrollTop, clientHeight - sizes.head, PITCH.y, table.height, OVER);
    const leaning = sizes.slanted === null ? 1 : 3;
    const [from, to] = inSight(scrollLeft, clientWidth - sizes.left, sizes.pitch, table.width, leaning);
    const columns = Array.from({ length: to - from }, (_, index) => from + index);
    const { row: activeRow, column: activeColumn } = this.#active;
    // What may have focus keeps its element out of sight too.
    if (activeColumn >= 0 && activeColumn < table.width && (activeColumn < from || activeColumn >= to)) {
      if (activeColumn < from) columns.unshift(activeColumn);
      else columns.push(activeColumn);
    }
    const rows = [...order.subarray(first, end)];
    const activePlace = activeRow >= 0 ? places[activeRow]! : -1;
    if (activePlace >= 0 && activePlace < first) rows.unshift(activeRow);
    else if (activePlace >= end) rows.push(activeRow);

    const focused = this.#sheet.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    if (!this.#head) {
      this.#head = new Heading(table.width);
      this.#sheet.prepend(this.#head.line.element);
    }
    this.#head.show(table, state.sort, columns, this.#stamp, this.#labels!.columns);
    const wanted = new Set(rows);
    for (const [row, line] of this.#lines) {
      if (wanted.has(row)) continue;
      line.element.remove();
      this.#lines.delete(row);
    }
    let next = this.#body.firstChild;
    for (const row of rows) {
      const line = this.#line(state, row, columns);
      line.element.style.top = `${RING + places[row]! * PITCH.y}px`;
      line.element.setAttribute("aria-rowindex", String(places[row]! + 2));
      if (line.element === next) next = next.nextSibling;
      else this.#body.insertBefore(line.element, next);
    }
    this.#mark(state);
    // Moving an element in the document takes its focus away.
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  #line(state: GridState, row: number, columns: readonly number[]): Line {
    const { table, theme } = state;
    let line = this.#lines.get(row);
    if (!line) {
      const bar = make("div", { part: "matrix-mean", role: "gridcell" }, make("i"));
      line = new Line(row, makeName("matrix-name", "rowheader"), bar, table.width);
      this.#lines.set(row, line);
    }
    const stale = line.stamp !== this.#stamp;
    if (stale) {
      line.stamp = this.#stamp;
      const mean = table.mean[row]!;
      writeName(line.name, this.#labels!.rows[row]!, table.wire.rows[row]!);
      const share = mean > 0 ? max(0.025, mean / table.wire.longest) : 0;
      (line.mean.firstElementChild as HTMLElement).style.setProperty("--share", share.toFixed(4));
      line.mean.title = `mean share ${shareWords(table, mean)}`;
      line.mean.setAttribute("aria-label", `${rowName(table, row)}: mean share ${shareWords(table, mean)}`);
      for (const [column, cell] of line.cells) writeCell(cell, table, row, column, theme);
    }
    line.show(columns, makeCell, (cell, column) => writeCell(cell, table, row, column, theme));
    return line;
  }

  /** Selection, and which element Tab reaches. */
  #mark({ row: selectedRow, column: selectedColumn }: GridState): void {
    if (!this.#head) return;
    for (const line of [this.#head.line, ...this.#lines.values()]) {
      const whole = line.row >= 0 && line.row === selectedRow;
      line.element.classList.toggle("nbviz-matrix-selected-row", whole && selectedColumn === null);
      for (const [column, cell] of line.all()) {
        const named = line.row < 0 ? column === selectedColumn && column >= 0 : whole && column === -1;
        const selected = named || (whole && column >= 0 && column === selectedColumn);
        cell.setAttribute("aria-selected", String(selected));
        cell.tabIndex = line.row === this.#active.row && column === this.#active.column ? 0 : -1;
      }
    }
  }

  #cell(place: Place): HTMLElement | undefined {
    return (place.row < 0 ? this.#head?.line : this.#lines.get(place.row))?.at(place.column);
  }

  #activate(place: Place, scroll: boolean): void {
    const old = this.#cell(this.#active);
    if (old) old.tabIndex = -1;
    this.#active = place;
    if (scroll) this.reveal(place.row, place.column);
    const cell = this.#cell(place);
    if (cell) cell.tabIndex = 0;
  }

  #key(event: KeyboardEvent): void {
    const state = this.#state;
    const sizes = this.#sizes;
    if (!state || !sizes || event.altKey || event.metaKey) return;
    const { order, places, table } = state;
    const { row, column } = this.#active;
    const at = { row: row < 0 ? -1 : places[row]!, column };
    const page = max(1, floor((this.element.clientHeight - sizes.head) / PITCH.y) - 1);
    const to = moved(event.key, event.ctrlKey, at, table.height, table.width, page);
    if (to) {
      this.#activate({ row: to.row < 0 ? -1 : order[to.row]!, column: to.column }, true);
      this.#cell(this.#active)?.focus({ preventScroll: true });
    } else if (event.ctrlKey) return;
    else if (event.key === "Enter" || event.key === " ") this.#actions.press(row, column);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function placeOf(target: EventTarget | null): Place | null {
  const cell = (target as Element | null)?.closest<HTMLElement>("[data-column]");
  return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
}

/** Whether two tables are about the same features, as those of two methods are. */
function sameRows(one: MatrixTable, other: MatrixTable): boolean {
  if (one === other) return true;
  const { rows, ids } = one.wire;
  return (
    one.height === other.height &&
    rows.every((name, row) => name === other.wire.rows[row] && ids[row] === other.wire.ids[row])
  );
}
