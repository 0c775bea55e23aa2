/** Cells with counts and names, recall at the right, precision at the foot: a whole small matrix, or a block of a large one. */

import { floor, max, min } from "../../style/math.ts";
import { briefly, cutNames } from "../../style/names.ts";
import { grouped, isKnown, percent } from "../../style/numbers.ts";
import type { Measure } from "../../style/text.ts";
import type { Fonts } from "../../style/type_scale.ts";
import { listen, make } from "../html.ts";
import type { Cell, Counts } from "./counts.ts";
import { cellWords } from "./words.ts";

const WIDE = { classes: 4, least: 60, most: 76 }; // few classes have large cells
const SIDE = { least: 20, wanted: 26, most: 36 }; // px of a cell
const TALL = 280; // px of all cells from which on they are no larger than wanted
const NAMES = { least: 100, most: 150, slanted: 118 };
const EDGE = 46; // px of the recall
const SLOPE = Math.SQRT1_2; // of names at 45 degrees
const LINE = 22; // px of names that lie, and of the precision
const PRECISION = "precision, %";

export interface GridState {
  readonly counts: Counts;
  readonly names: readonly string[];
  /** Class indices, down and across. */
  readonly down: readonly number[];
  readonly across: readonly number[];
  readonly selected: Cell | null;
  readonly room: number;
  readonly fonts: Fonts;
}

export class Grid {
  readonly element = make("div", { part: "conf-scroller" });
  readonly #sheet = make("div", { part: "conf-grid", role: "grid", "aria-label": "Confusion matrix" });
  readonly #measure: Measure;
  readonly #press: (cell: Cell) => void;
  #cells: HTMLElement[][] = [];
  #at = { row: 0, column: 0 };

  constructor(press: (cell: Cell) => void, measure: Measure, signal: AbortSignal) {
    this.#press = press;
    this.#measure = measure;
    this.element.append(this.#sheet);
    listen(this.#sheet, signal, "click", (event) => this.#choose(event.target as Element));
    listen(this.#sheet, signal, "keydown", (event) => this.#key(event));
    listen(this.#sheet, signal, "focusin", (event) => {
      const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
      if (cell) this.#activate(Number(cell.dataset.row), Number(cell.dataset.column), false);
    });
  }

  show(state: GridState): void {
    const { counts, names, down, across, selected, fonts } = state;
    const sizes = this.#sizes(state);
    const { side, left, top, slanted, isSlanted, hasRecall } = sizes;
    const sheet = this.#sheet;
    const held = sheet.contains(document.activeElement);
    this.#at = { row: min(this.#at.row, down.length - 1), column: min(this.#at.column, across.length - 1) };
    const labels = cutNames(
      down.map((index) => names[index]!),
      left - 10,
      fonts.body,
      this.#measure,
    );
    const heads = cutNames(
      across.map((index) => briefly(names[index]!)),
      isSlanted ? slanted : side - 4,
      fonts.body,
      this.#measure,
    );
    const header = make("div", { part: "conf-line", role: "row" }, make("span", { role: "columnheader" }));
    for (const [at, label] of heads.entries()) {
      const index = across[at]!;
      const part = `conf-head${isSlanted ? " conf-slanted" : ""}${selected?.[1] === index ? " conf-read" : ""}`;
      const head = make("div", { part, role: "columnheader", title: names[index]! }, make("bdi", {}, label));
      place(head, left + at * side, 0, side, top - 2);
      header.append(head);
    }
    const lines = [header];
    this.#cells = down.map((truth, row) => {
      const line = make("div", { part: "conf-line", role: "row" });
      const part = selected?.[0] === truth ? "conf-name conf-true" : "conf-name";
      const name = make("div", { part, role: "rowheader", title: names[truth]! }, make("bdi", {}, labels[row]!));
      place(name, 0, top + row * side, left, side);
      line.append(name);
      const cells = across.map((read, column) => {
        const cell: Cell = [truth, read];
        const isSelected = selected?.[0] === truth && selected[1] === read;
        const kind = truth === read ? "right" : "wrong";
        const words = cellWords(counts, names, cell);
        const count = counts.at(cell);
        const box = make(
          "div",
          {
            part: count === 0 ? "conf-cell conf-none" : `conf-cell conf-${kind}`,
            role: "gridcell",
            title: words,
            "aria-label": words,
            "aria-selected": String(isSelected),
            tabindex: row === this.#at.row && column === this.#at.column ? "0" : "-1",
            "data-row": String(row),
            "data-column": String(column),
            "data-cell": `${truth} ${read}`,
          },
          grouped(count),
        );
        box.style.background = `var(--nbviz-${kind}-${counts.level(cell)})`;
        place(box, left + column * side + 1, top + row * side + 1, side - 2, side - 2);
        return box;
      });
      const recall = make("div", { part: "conf-recall", role: "rowheader" }, percent(counts.recall(truth)));
      recall.setAttribute("aria-label", `recall ${percent(counts.recall(truth))}`);
      place(recall, left + across.length * side, top + row * side, EDGE, side);
      line.append(...cells, ...(hasRecall ? [recall] : []));
      lines.push(line);
      return cells;
    });
    const foot = make("div", { part: "conf-line", role: "row" });
    const bottom = top + down.length * side;
    const edges = [make("div", { part: "conf-edge", role: "rowheader" }, PRECISION)];
    place(edges[0]!, 0, bottom, left, LINE);
    const shares = across.map((index) => {
      const precision = counts.precision(index);
      return isKnown(precision) ? percent(precision) : "–";
    });
    const numbers = shares.map((words) => words.replace(" %", ""));
    // "100" beside "100" must not read as one number.
    const isTight = numbers.some((number) => this.#measure(number, fonts.small) + 5 > side);
    for (const [at, index] of across.entries()) {
      const part = `conf-edge conf-precision${isTight ? " conf-tight" : ""}`;
      const edge = make("div", { part, role: "gridcell" }, numbers[at]!);
      edge.setAttribute("aria-label", `${names[index]}: precision ${shares[at]}`);
      place(edge, left + at * side, bottom, side, LINE);
      edges.push(edge);
    }
    const recall = make("div", { part: "conf-edge conf-recall" }, "recall");
    place(recall, left + across.length * side, top - 17, EDGE, 17);
    // Where a slanted name is in its way, it is written beneath.
    if (isSlanted) place(recall, left + across.length * side, bottom, EDGE, LINE);
    foot.append(...edges, ...(hasRecall ? [recall] : []));
    sheet.replaceChildren(...lines, foot);
    sheet.style.width = `${sizes.width}px`;
    sheet.style.height = `${bottom + LINE}px`;
    if (held) this.#cells[this.#at.row]?.[this.#at.column]?.focus({ preventScroll: true });
  }

  #sizes({ names, down, across, room, fonts }: GridState) {
    const wide = (words: readonly string[]) =>
      max(0, ...words.map((each) => this.#measure(each.slice(0, 200), fonts.name)));
    const [count, above] = [across.length, wide(across.map((index) => briefly(names[index]!)))];
    const longest = max(wide(down.map((index) => names[index]!)) + 12, this.#measure(PRECISION, fonts.small) + 10);
    const few = count <= WIDE.classes;
    const least = few ? WIDE.least : SIDE.wanted;
    // Names give way first, but never for good; then the cells.
    // The last name leans over the recall: there is room for a dozen of its letters.
    const lean = few ? 0 : min(above, NAMES.least) * SLOPE + 12 - SIDE.wanted / 2;
    const beside = room - count * least - max(EDGE, lean);
    const left = max(min(longest, NAMES.least), min(longest, NAMES.most, beside));
    const hasRecall = left + count * SIDE.least + max(EDGE, lean) <= room;
    const edge = max(hasRecall ? EDGE : 2, lean);
    const rest = floor((room - left - edge) / count);
    const side = few
      ? max(40, min(WIDE.most, max(WIDE.least, above + 8), rest))
      : max(SIDE.least, min(rest, SIDE.most, max(SIDE.wanted, floor(TALL / down.length))));
    const isSlanted = above + 4 > side;
    const over = room - left - count * side + side / 2 - 10;
    const slanted = max(NAMES.least, min(NAMES.slanted, over / SLOPE));
    const rise = min(above, slanted) * SLOPE;
    const overhang = isSlanted ? max(edge, rise + 12 - side / 2) : edge;
    return {
      side,
      left,
      top: isSlanted ? rise + 18 : LINE,
      slanted,
      isSlanted,
      hasRecall,
      width: left + count * side + overhang,
    };
  }

  #choose(target: Element): void {
    const cell = target.closest<HTMLElement>("[data-cell]");
    if (!cell) return;
    this.#activate(Number(cell.dataset.row), Number(cell.dataset.column), false);
    this.#press(cell.dataset.cell!.split(" ").map(Number) as unknown as Cell);
  }

  #activate(row: number, column: number, focus: boolean): void {
    this.#cells[this.#at.row]?.[this.#at.column]?.setAttribute("tabindex", "-1");
    this.#at = { row, column };
    const cell = this.#cells[row]?.[column];
    cell?.setAttribute("tabindex", "0");
    if (focus) cell?.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (step) {
      const row = max(0, min(this.#cells.length - 1, this.#at.row + step[0]!));
      const column = max(0, min((this.#cells[0]?.length ?? 1) - 1, this.#at.column + step[1]!));
      this.#activate(row, column, true);
    } else if (event.key === "Enter" || event.key === " ") this.#choose(event.target as Element);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function place(element: HTMLElement, left: number, top: number, width: number, height: number): void {
  Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
