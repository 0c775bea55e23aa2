/** A view of many tiles on one canvas, whatever they show: its elements, its model, pointer, keys and theme. */

import type { AnyModel } from "@anywidget/types";
import { floor, max } from "../../style/math.ts";
import { applyTheme, readTheme, type Theme, watchTheme } from "../../style/theme.ts";
import { pageClock } from "../clock.ts";
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

export abstract class TileView<T extends TileTraits> {
  protected readonly root: HTMLElement;
  protected readonly empty: HTMLElement;
  protected readonly scroller: HTMLElement;
  /** Where the keys are, as an element: what assistive technology reads and magnifies. */
  protected readonly cell: HTMLElement;
  protected theme: Theme;
  /** Whether a kernel has answered. */
  protected kernel = false;
  /** Tells one picture of the same numbers from the next. */
  protected version = 0;
  protected isFocused = false;
  /** Whether what is selected is to be scrolled into sight. */
  protected reveal = true;
  readonly #model: AnyModel<T & Record<string, unknown>>;
  readonly #clock = pageClock();
  readonly #surface = new Surface();
  readonly #sheet: HTMLElement;
  readonly #live: HTMLElement;
  #arrived = true;
  #pointer: Point | null = null;

  constructor(
    model: AnyModel<T & Record<string, unknown>>,
    element: HTMLElement,
    signal: AbortSignal,
    names: TileNames<T>,
  ) {
    this.#model = model;
    const { root, part } = names;
    const both = (name: string) => `${part}-${name} tile-${name}`;
    this.root = make("div", { part: `${root} tile-view`, "data-lm-suppress-shortcuts": "true" });
    this.empty = make("div", { part: both("empty") });
    this.#live = make("div", { part: both("live"), "aria-live": "polite" });
    // The page has many views: each of their cells has an id of its own.
    const id = `nbviz-${part}-${Math.random().toString(36).slice(2)}`;
    this.cell = make("div", { part: both("cell"), role: "gridcell", id });
    const row = make("div", { role: "row" }, this.cell);
    this.#sheet = make("div", { part: both("sheet"), role: "presentation" }, this.#surface.canvas, row);
    this.scroller = make("div", { part: both("scroller"), role: "grid", tabindex: "0" }, this.#sheet);
    this.scroller.setAttribute("aria-activedescendant", id);
    this.root.append(this.#live);
    // JupyterLab asks the focused element first: on an ancestor alone the attribute comes too late.
    const suppress = (event: FocusEvent) =>
      (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true");
    this.root.addEventListener("focusin", suppress, { signal });
    element.append(this.root);
    this.theme = readTheme(this.root);
    applyTheme(this.root, this.theme);
    for (const name of names.drawn) this.on(`change:${name}`, () => this.request(), signal);
    for (const name of [names.wire, "numbers"]) {
      this.on(
        `change:${name}`,
        () => {
          this.#arrived = true;
          this.request();
        },
        signal,
      );
    }
    this.#listenToPage(signal);
    this.#listenToTiles(signal);
    this.request();
  }

  /** Reads what has arrived. */
  protected abstract decode(): void;
  /** Draws everything anew. */
  protected abstract draw(): void;
  /** A click on a point of the screen. */
  protected abstract clicked(point: Point): void;
  /** Enter or the space bar. */
  protected abstract entered(): void;
  /** Any other key; answers whether it meant something. `page`: lines of tiles in sight. */
  protected abstract pressed(event: KeyboardEvent, page: number): boolean;
  /** px from one line of tiles to the next. */
  protected abstract get pitch(): number;
  /** The width of the view has changed. */
  protected resized(): void {}
  /** The focus has come or gone. */
  protected turned(): void {}

  /** Selects nothing. */
  protected clear(): void {
    this.save({ selected_unit: null, selected_channel: null } as Partial<T>);
  }

  protected request(): void {
    this.#clock.request(this.#tick);
  }

  protected get<K extends keyof T & string>(name: K): T[K] {
    return this.#model.get(name) as T[K];
  }

  protected save(values: Partial<T>): void {
    for (const [name, value] of Object.entries(values)) this.#model.set(name, value as never);
    try {
      this.#model.save_changes();
    } catch {
      // The view's own model has changed; nobody else is there to hear of it.
    }
  }

  /** Listens to the model for as long as the view lives. */
  protected on(event: string, handler: (...given: never[]) => void, signal: AbortSignal): void {
    const model = this.#model;
    model.on(event as "msg:custom", handler as never);
    signal.addEventListener("abort", () => model.off(event as "msg:custom", handler as never));
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

  #listenToPage(signal: AbortSignal): void {
    const alive = (message: { type?: string } | null) => {
      if (message?.type !== "alive") return;
      this.kernel = true;
      this.request();
    };
    this.on("msg:custom", alive as (...given: never[]) => void, signal);
    try {
      this.#model.send({ type: "hello" });
    } catch {
      // A saved page has no kernel to talk to; everything else works.
    }
    let attached = this.root.isConnected;
    const observer = new ResizeObserver(() => {
      // Rendered before it was attached, the root had no host colours to read.
      if (!attached && this.root.isConnected) {
        attached = true;
        this.#restyle();
      }
      this.resized();
      this.request();
    });
    for (const part of [this.root, this.scroller]) observer.observe(part);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      this.#clock.cancel(this.#tick);
      this.root.remove();
    });
    watchTheme(() => this.#restyle(), signal);
    document.fonts?.ready.then(() => !signal.aborted && this.#restyle());
    listen(this.root, signal, "keydown", (event) => {
      if (event.key !== "Escape" || this.get("selected_unit") == null) return;
      this.clear();
      event.preventDefault();
      event.stopPropagation();
    });
  }

  #listenToTiles(signal: AbortSignal): void {
    const { scroller } = this;
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

  #restyle(): void {
    this.theme = readTheme(this.root);
    applyTheme(this.root, this.theme);
    this.version++;
    this.request();
  }

  readonly #tick = (): boolean => {
    try {
      this.root.style.maxHeight = `${this.get("height") ?? 640}px`;
      if (this.#arrived) {
        this.#arrived = false;
        this.decode();
      }
      this.draw();
    } catch (error) {
      // The last good picture stays.
      console.error(error);
    }
    return false;
  };
}
