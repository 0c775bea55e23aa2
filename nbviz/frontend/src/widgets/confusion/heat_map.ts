/** The whole of a large confusion matrix in one picture; what is pointed at is named, a click enlarges a block. */

import { ceil, floor, max, min } from "../../style/math.ts";
import type { Theme } from "../../style/theme.ts";
import { listen, make } from "../html.ts";
import { Surface } from "../surface.ts";
import type { Cell, Counts } from "./counts.ts";
import { shadesOf } from "./shades.ts";

const FAINTEST = 3; // shade of a cell with a single row: it is small
const DOT = 3; // px that a misread cell has at least

export interface MapState {
  readonly counts: Counts;
  /** Class indices in their order, down and across. */
  readonly order: readonly number[];
  readonly selected: Cell | null;
  readonly side: number;
  readonly theme: Theme;
}

export interface MapActions {
  /** Null when the pointer leaves. */
  point(cell: Cell | null): void;
  press(cell: Cell): void;
}

export class HeatMap {
  readonly #surface = new Surface();
  readonly element = make(
    "div",
    {
      part: "conf-map",
      tabindex: "0",
      role: "application",
      "aria-label": "Heat map: arrows move, Enter enlarges a block",
    },
    this.#surface.canvas,
  );
  readonly #actions: MapActions;
  #state: MapState | null = null;
  /** Row and column under the keyboard. */
  #at: [number, number] | null = null;

  constructor(actions: MapActions, signal: AbortSignal) {
    this.#actions = actions;
    const cellAt = (event: MouseEvent): Cell | null => {
      const box = this.#surface.canvas.getBoundingClientRect();
      return this.#cell((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
    };
    listen(this.element, signal, "pointermove", (event) => actions.point(cellAt(event)));
    listen(this.element, signal, "pointerleave", () => actions.point(null));
    listen(this.element, signal, "click", (event) => {
      const cell = cellAt(event);
      if (cell) actions.press(cell);
    });
    listen(this.element, signal, "keydown", (event) => this.#key(event));
    listen(this.element, signal, "blur", () => this.#move(null));
  }

  show(state: MapState): void {
    this.#state = state;
    const { counts, order, side, theme, selected } = state;
    this.#surface.resize(side, side);
    const context = this.#surface.begin();
    if (!context || order.length === 0) return;
    const pitch = side / order.length;
    const { right, wrong } = shadesOf(theme.dark);
    context.fillStyle = right[0]!;
    context.fillRect(0, 0, side, side);
    const places = new Map(order.map((index, at) => [index, at]));
    const paint = (cell: Cell, colour: string, least: number) => {
      const [row, column] = cell.map((index) => places.get(index)!) as [number, number];
      const size = max(least, pitch > 6 ? pitch - 1 : pitch);
      const inset = (pitch - size) / 2;
      context.fillStyle = colour;
      context.fillRect(column * pitch + inset, row * pitch + inset, size, size);
    };
    for (const index of order) paint([index, index], right[counts.level([index, index], FAINTEST)]!, 1);
    for (const { cell } of [...counts.confused].reverse()) paint(cell, wrong[counts.level(cell, FAINTEST)]!, DOT);
    for (const [cell, dash] of [
      [selected, []],
      [this.#at && this.#cellOf(this.#at), [2, 2]],
    ] as const) {
      const [row, column] = (cell ?? []).map((index) => places.get(index));
      if (row === undefined || column === undefined) continue;
      context.strokeStyle = `rgb(${theme.accent.join()})`;
      context.lineWidth = 2;
      context.setLineDash([...dash]);
      const size = max(pitch, DOT) + 4;
      context.strokeRect((column + 0.5) * pitch - size / 2, (row + 0.5) * pitch - size / 2, size, size);
    }
  }

  #cell(down: number, across: number): Cell | null {
    const length = this.#state?.order.length ?? 0;
    const place = (share: number) => max(0, min(length - 1, floor(share * length)));
    return length === 0 ? null : this.#cellOf([place(down), place(across)]);
  }

  #cellOf([row, column]: readonly [number, number]): Cell {
    const { order } = this.#state!;
    return [order[row]!, order[column]!];
  }

  #move(at: [number, number] | null): void {
    this.#at = at;
    if (!this.#state) return;
    this.show(this.#state);
    this.#actions.point(at && this.#cellOf(at));
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#state) return;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const [row, column] = this.#at ?? [0, 0];
    const last = this.#state.order.length - 1;
    if (step) {
      const to = (from: number, by: number) =>
        max(0, min(last, from + (this.#at ? by * (event.shiftKey ? 10 : 1) : 0)));
      this.#move([to(row, step[0]!), to(column, step[1]!)]);
    } else if (event.key === "Enter" || event.key === " ") this.#actions.press(this.#cellOf([row, column]));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The classes of a block of `size` around one of them. */
export function blockAround(order: readonly number[], index: number, size: number): number[] {
  const at = order.indexOf(index);
  const start = max(0, min(order.length - size, at - ceil(size / 2) + 1));
  return order.slice(start, start + size);
}
