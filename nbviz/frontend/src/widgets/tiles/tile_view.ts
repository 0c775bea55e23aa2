/** A view of many tiles on one canvas, whatever they show: its elements, pointer and keys. */

import { floor, max } from "../../style/math.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { Surface } from "../surface.ts";
import type { Grid } from "./grid_keys.ts";

/** The traits that both widgets of tiles have. */
export interface TileTraits {
  numbers: DataView;
  layers: string[];
  height: number;
  selected_unit: number | null;
  selected_channel: number | null;
  layer: string;
  scale: "shared" | "own";
}

/** What is in sight of the sheet, px. */
export interface Sight {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface TileNames<T> {
  /** Classes of the root, and what those of its parts begin with. */
  readonly root: string;
  readonly part: string;
  /** The trait that tells the places of the numbers. */
  readonly wire: keyof T & string;
  /** Traits whose change is drawn and no more. */
  readonly drawn: readonly (keyof T & string)[];
}

export abstract class TileView<T extends TileTraits> extends HostedView<T> {
  protected readonly scroller: HTMLElement;
  /** Where the keys are, as an element: what assistive technology reads and magnifies. */
  protected readonly cell: HTMLElement;
  /** Tells one picture of the same numbers from the next. */
  protected version = 0;
  protected isFocused = false;
  /** Whether what is selected is to be scrolled into sight. */
  protected reveal = true;
  readonly #surface = new Surface();
  readonly #sheet: HTMLElement;
  readonly #live: HTMLElement;
  #arrived = true;
  #pointer: Point | null = null;

  constructor(host: Host<T>, { root, part, wire, drawn }: TileNames<T>) {
    const both = (name: string) => `${part}-${name} tile-${name}`;
    super(host, `${root} tile-view`, make("div", { part: both("empty") }));
    this.#live = make("div", { part: both("live"), "aria-live": "polite" });
    // The page has many views: each of their cells has an id of its own.
    const id = `nbviz-${part}-${Math.random().toString(36).slice(2)}`;
    this.cell = make("div", { part: both("cell"), role: "gridcell", id });
    const row = make("div", { role: "row" }, this.cell);
    this.#sheet = make("div", { part: both("sheet"), role: "presentation" }, this.#surface.canvas, row);
    this.scroller = make("div", { part: both("scroller"), role: "grid", tabindex: "0" }, this.#sheet);
    this.scroller.setAttribute("aria-activedescendant", id);
    this.root.append(this.#live);
    for (const name of drawn) this.on(`change:${name}`, () => this.request());
    for (const name of [wire, "numbers"]) {
      this.on(`change:${name}`, () => {
        this.#arrived = true;
        this.request();
      });
    }
    this.watchSize(this.scroller);
    this.#listenToTiles();
  }

  /** Reads what has arrived. */
  protected abstract decode(): void;
  /** Draws everything anew. */
  protected abstract drawTiles(): void;
  /** A click on a point of the screen. */
  protected abstract clicked(point: Point): void;
  /** Enter or the space bar. */
  protected abstract entered(): void;
  /** Any other key; answers whether it meant something. `page`: lines of tiles in sight. */
  protected abstract pressed(event: KeyboardEvent, page: number): boolean;
  /** px from one line of tiles to the next. */
  protected abstract get pitch(): number;
  /** The focus has come or gone. */
  protected turned(): void {}

  protected override clear(): boolean {
    if (this.get("selected_unit") == null) return false;
    this.save({ selected_unit: null, selected_channel: null } as Partial<T>);
    return true;
  }

  protected override resized(): void {
    this.request();
  }

  protected override restyled(): void {
    this.version++;
  }

  protected override draw(): boolean {
    this.root.style.maxHeight = `${this.get("height") ?? 640}px`;
    if (this.#arrived) {
      this.#arrived = false;
      this.decode();
    }
    this.drawTiles();
    return false;
  }

  /** Where the pointer is on the screen; null outside. */
  protected get pointer(): Point | null {
    return this.#pointer;
  }

  /** A point of the screen, from the upper left of what is in sight. */
  protected inSight({ x, y }: Point): Point {
    const { left, top } = this.scroller.getBoundingClientRect();
    return { x: x - left, y: y - top };
  }

  /** Whether the focus is to be seen: where the keys brought it. */
  protected get showsFocus(): boolean {
    return this.isFocused && this.scroller.matches(":focus-visible");
  }

  protected layOut({ rows, columns }: Grid, label: string, width: number, height: number): void {
    this.#sheet.style.width = `${width}px`;
    this.#sheet.style.height = `${height}px`;
    this.scroller.setAttribute("aria-rowcount", String(rows));
    this.scroller.setAttribute("aria-colcount", String(columns));
    this.scroller.setAttribute("aria-label", label);
  }

  /** Hands on what to draw on; not at all while nothing is in sight. */
  protected paintOn(paint: (context: CanvasRenderingContext2D, sight: Sight) => void): void {
    const { scrollLeft: x, scrollTop: y, clientWidth: width, clientHeight: height } = this.scroller;
    this.#surface.resize(width, height);
    const context = this.#surface.begin();
    if (context) paint(context, { x, y, width, height });
  }

  /** Puts the cell over what the keys are at. */
  protected placeCell({ x, y, width, height }: Sight): void {
    const { style } = this.cell;
    style.left = `${x}px`;
    style.top = `${y}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  protected nameCell(label: string, isSelected: boolean, row: number, column: number): void {
    this.cell.setAttribute("aria-label", label);
    this.cell.setAttribute("aria-selected", String(isSelected));
    this.cell.setAttribute("aria-colindex", String(column + 1));
    this.cell.parentElement!.setAttribute("aria-rowindex", String(row + 1));
  }

  protected say(words: string): void {
    if (this.#live.textContent !== words) this.#live.textContent = words;
  }

  #listenToTiles(): void {
    const { scroller, signal } = this;
    listen(scroller, signal, "pointermove", ({ clientX: x, clientY: y }) => {
      this.#pointer = { x, y };
      this.request();
    });
    listen(scroller, signal, "pointerleave", () => {
      this.#pointer = null;
      this.request();
    });
    listen(scroller, signal, "scroll", () => this.request());
    listen(scroller, signal, "click", ({ clientX: x, clientY: y }) => this.clicked({ x, y }));
    for (const type of ["focus", "blur"] as const) {
      listen(scroller, signal, type, () => {
        this.isFocused = type === "focus";
        this.turned();
        this.request();
      });
    }
    listen(scroller, signal, "keydown", (event) => {
      if (event.altKey || event.metaKey) return;
      if (event.key === "Enter" || event.key === " ") this.entered();
      else if (!this.pressed(event, max(1, floor(scroller.clientHeight / this.pitch) - 1))) return;
      event.preventDefault();
      event.stopPropagation();
      this.request();
    });
  }
}
