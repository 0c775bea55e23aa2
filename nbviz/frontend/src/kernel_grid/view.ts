/** One view of a KernelGrid: joins the model's traits, the controls, the tiles and the numbers. */

import type { AnyModel } from "@anywidget/types";
import { pageClock } from "../clock.ts";
import { movedTo, type Spot } from "../grid_keys.ts";
import { listen, make } from "../html.ts";
import { floor, max, min } from "../math.ts";
import { Surface } from "../network_view/surface.ts";
import { applyTheme, readTheme, type Theme, watchTheme } from "../theme.ts";
import type { KernelGridWire } from "../wire.ts";
import { Header } from "./header.ts";
import { decodeKernels, type Kernels, type Look, lookOf, orderOf, type Sort, type Tile, type View } from "./kernels.ts";
import { NumbersPanel } from "./numbers_panel.ts";
import { paint, type Scene } from "./paint.ts";
import { corner, type Plan, planOf, spotAt, spotOf, tileAt } from "./plan.ts";
import { NO_KERNELS, spokenTile, titleOf } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  grid: Partial<KernelGridWire>;
  numbers: DataView;
  layers: string[];
  height: number;
  selected_unit: number | null;
  selected_channel: number | null;
  layer: string;
  view: View;
  scale: "shared" | "own";
  sort: Sort;
  first_channel: number;
}

type Model = AnyModel<Traits & Record<string, unknown>>;

export class KernelView {
  readonly #model: Model;
  readonly #clock = pageClock();
  readonly #root = make("div", { part: "kernel-grid tile-view", "data-lm-suppress-shortcuts": "true" });
  readonly #empty = make("div", { part: "kernel-empty" }, NO_KERNELS);
  readonly #live = make("div", { part: "kernel-live", "aria-live": "polite" });
  readonly #header: Header;
  readonly #panel = new NumbersPanel();
  readonly #surface = new Surface();
  readonly #scroller = make("div", { part: "kernel-scroller", role: "grid", tabindex: "0" });
  readonly #sheet = make("div", { part: "kernel-sheet", role: "presentation" });
  /** Where the keys are, as an element: what assistive technology reads and magnifies. Its id: the page has many. */
  readonly #cell = make("div", {
    part: "kernel-cell",
    role: "gridcell",
    id: `nbviz-kernel-${Math.random().toString(36).slice(2)}`,
  });

  #theme: Theme;
  #kernel = false;
  #arrived = true;
  #version = 0;
  #kernels: Kernels | null = null;
  #ordered: { of: Kernels; sort: Sort; order: Int32Array; placeOf: Int32Array } | null = null;
  #plan: Plan | null = null;
  #focused = false;
  #focus: Tile = { filter: 0, channel: null };
  #hover: Tile | null = null;
  #pointer: { x: number; y: number } | null = null;
  #reveal = true;

  constructor(model: Model, element: HTMLElement, signal: AbortSignal) {
    this.#model = model;
    this.#header = new Header(
      {
        setLayer: (layer) => this.#save({ layer }),
        setView: (view) => this.#save({ view }),
        setOwn: (own) => this.#save({ scale: own ? "own" : "shared" }),
        setSort: (sort) => this.#save({ sort }),
        setFirst: (channel) => this.#save({ first_channel: max(0, channel) }),
      },
      signal,
    );
    const root = this.#root;
    const row = make("div", { role: "row" }, this.#cell);
    this.#sheet.append(this.#surface.canvas, row);
    this.#scroller.append(this.#sheet);
    this.#scroller.setAttribute("aria-activedescendant", this.#cell.id);
    root.append(this.#empty, this.#header.element, this.#scroller, this.#panel.element, this.#live);
    // JupyterLab asks the focused element first: on an ancestor alone the attribute comes too late.
    const suppress = (event: FocusEvent) =>
      (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true");
    root.addEventListener("focusin", suppress, { signal });
    element.append(root);
    this.#theme = readTheme(root);
    applyTheme(root, this.#theme);
    this.#listen(signal);
    this.#listenToTiles(signal);
    this.#request();
  }

  #listen(signal: AbortSignal): void {
    const model = this.#model;
    const on = (event: string, handler: (...given: never[]) => void) => {
      model.on(event as "msg:custom", handler as never);
      signal.addEventListener("abort", () => model.off(event as "msg:custom", handler as never));
    };
    for (const name of ["layers", "height", "view", "scale", "sort"]) on(`change:${name}`, () => this.#request());
    const arrived = () => {
      this.#arrived = true;
      this.#request();
    };
    on("change:grid", arrived);
    on("change:numbers", arrived);
    for (const name of ["selected_unit", "selected_channel"]) {
      on(`change:${name}`, () => {
        this.#reveal = true;
        this.#request();
      });
    }
    on("msg:custom", (message: { type?: string } | null) => {
      if (message?.type !== "alive") return;
      this.#kernel = true;
      this.#request();
    });
    try {
      model.send({ type: "hello" });
    } catch {
      // A saved page has no kernel to talk to; everything else works.
    }
    let attached = this.#root.isConnected;
    const resized = new ResizeObserver(() => {
      // Rendered before it was attached, the root had no host colours to read.
      if (!attached && this.#root.isConnected) {
        attached = true;
        this.#restyle();
      }
      this.#request();
    });
    resized.observe(this.#scroller);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      this.#clock.cancel(this.#tick);
      this.#root.remove();
    });
    watchTheme(() => this.#restyle(), signal);
    document.fonts?.ready.then(() => !signal.aborted && this.#restyle());
    listen(this.#root, signal, "keydown", (event) => {
      if (event.key !== "Escape" || this.#get("selected_unit") == null) return;
      this.#save({ selected_unit: null, selected_channel: null });
      event.preventDefault();
      event.stopPropagation();
    });
  }

  #listenToTiles(signal: AbortSignal): void {
    const scroller = this.#scroller;
    const point = (event: PointerEvent) => {
      this.#pointer = { x: event.clientX, y: event.clientY };
      this.#request();
    };
    listen(scroller, signal, "pointermove", point);
    listen(scroller, signal, "pointerleave", () => {
      this.#pointer = null;
      this.#request();
    });
    listen(scroller, signal, "scroll", () => this.#request());
    listen(scroller, signal, "click", (event) => {
      const spot = this.#spotUnder(event.clientX, event.clientY);
      const tile = spot && this.#tileOf(spot);
      if (tile) this.#select(tile);
    });
    for (const type of ["focus", "blur"] as const) {
      listen(scroller, signal, type, () => {
        this.#focused = type === "focus";
        this.#request();
      });
    }
    listen(scroller, signal, "keydown", (event) => {
      if (event.altKey || event.metaKey || !this.#plan || !this.#kernels) return;
      if (event.key === "Enter" || event.key === " ") this.#select(this.#focus);
      else {
        const page = max(1, floor(scroller.clientHeight / this.#plan.pitchY) - 1);
        const count = this.#kernels.wire.filters;
        const to = movedTo(event.key, event.ctrlKey, this.#spotOf(this.#focus), this.#plan, count, page);
        const tile = to && this.#tileOf(to);
        if (!tile) return;
        this.#focus = tile;
        this.#show(this.#spotOf(tile));
      }
      event.preventDefault();
      event.stopPropagation();
      this.#request();
    });
  }

  #restyle(): void {
    this.#theme = readTheme(this.#root);
    applyTheme(this.#root, this.#theme);
    this.#version++;
    this.#request();
  }

  #request(): void {
    this.#clock.request(this.#tick);
  }

  #get<K extends keyof Traits>(name: K): Traits[K] {
    return this.#model.get(name) as Traits[K];
  }

  #save(values: Partial<Traits>): void {
    for (const [name, value] of Object.entries(values)) this.#model.set(name, value);
    try {
      this.#model.save_changes();
    } catch {
      // The view's own model has changed; nobody else is there to hear of it.
    }
  }

  #select({ filter, channel }: Tile): void {
    const kernels = this.#kernels;
    if (!kernels) return;
    this.#focus = { filter, channel };
    this.#save({ selected_unit: kernels.wire.first_unit + filter, selected_channel: channel });
  }

  #spotUnder(clientX: number, clientY: number): Spot | null {
    const { left, top } = this.#scroller.getBoundingClientRect();
    const { scrollLeft, scrollTop } = this.#scroller;
    const plan = this.#plan;
    if (!plan) return null;
    const [x, y] = [clientX - left, clientY - top];
    if (plan.matrix && y < plan.top - 5) return null;
    return spotAt(plan, x + scrollLeft, y + scrollTop, x < plan.left - 6);
  }

  #tileOf(spot: Spot): Tile | null {
    const [plan, kernels, ordered] = [this.#plan, this.#kernels, this.#ordered];
    if (!plan || !kernels || !ordered) return null;
    if (spot.column < 0) return { filter: ordered.order[spot.row]!, channel: null };
    return tileAt(plan, ordered.order, kernels.wire.first_channel, spot);
  }

  #spotOf({ filter, channel }: Tile): Spot {
    const first = this.#kernels!.wire.first_channel;
    return spotOf(this.#plan!, this.#ordered!.placeOf[filter] ?? 0, channel ?? first, first);
  }

  /** Scrolls a tile into sight. */
  #show(spot: Spot): void {
    const plan = this.#plan!;
    const scroller = this.#scroller;
    const { x, y } = corner(plan, spot);
    const [left, top] = plan.matrix ? [plan.left, plan.top] : [0, 8];
    const right = x + plan.tileWidth + 8 - scroller.clientWidth;
    const bottom = y + plan.pitchY - scroller.clientHeight;
    scroller.scrollLeft = max(right, min(scroller.scrollLeft, x - left));
    scroller.scrollTop = max(bottom, min(scroller.scrollTop, y - top));
  }

  readonly #tick = (): boolean => {
    try {
      this.#update();
    } catch (error) {
      // The last good picture stays.
      console.error(error);
    }
    return false;
  };

  #update(): void {
    if (this.#arrived) this.#decode();
    const kernels = this.#kernels;
    this.#empty.hidden = kernels !== null;
    for (const part of [this.#header.element, this.#scroller, this.#panel.element]) part.hidden = kernels === null;
    this.#root.style.maxHeight = `${this.#get("height") ?? 640}px`;
    if (!kernels) return;
    const look = lookOf(kernels.wire, this.#get("view") ?? "auto");
    const own = this.#get("scale") === "own";
    const sort = this.#get("sort") ?? "index";
    this.#header.update({
      kernels,
      look,
      own,
      sort,
      layers: this.#get("layers") ?? [],
      kernel: this.#kernel,
    });
    const ordered = this.#order(kernels, sort);
    const plan = this.#lay(kernels, look);
    const unit = this.#get("selected_unit") ?? null;
    const index = unit === null ? -1 : unit - kernels.wire.first_unit;
    const selected = index >= 0 && index < kernels.wire.filters ? index : null;
    const selectedChannel = selected === null ? null : (this.#get("selected_channel") ?? null);
    if (this.#reveal && selected !== null) {
      this.#focus = { filter: selected, channel: selectedChannel ?? this.#focus.channel };
      this.#show(this.#spotOf(this.#focus));
    }
    this.#reveal = false;
    this.#focus = this.#valid(this.#focus);
    const spot = this.#pointer && this.#spotUnder(this.#pointer.x, this.#pointer.y);
    this.#hover = spot && spot.column >= 0 ? this.#tileOf(spot) : null;
    this.#scroller.style.cursor = spot ? "pointer" : "";
    const focus = this.#focused && this.#scroller.matches(":focus-visible") ? this.#focus : null;
    this.#paint({
      kernels,
      look,
      own,
      plan,
      order: ordered.order,
      placeOf: ordered.placeOf,
      theme: this.#theme,
      selected,
      selectedChannel,
      focus,
      hover: this.#hover,
    });
    const pinned = selected === null ? null : this.#valid({ filter: selected, channel: selectedChannel });
    const tile = this.#hover ?? focus ?? pinned;
    const key = [this.#version, look, own, tile?.filter, tile?.channel].join();
    this.#panel.update(kernels, look, own, tile, this.#theme, key);
    this.#speak(kernels, look, own, selected, selectedChannel);
  }

  #decode(): void {
    this.#arrived = false;
    const grid = this.#get("grid") ?? {};
    const decoded = decodeKernels(grid, this.#get("numbers"));
    // Between two messages the last kernels stay.
    if (!decoded && grid.arrays) return;
    if (decoded?.wire.layer !== this.#kernels?.wire.layer) {
      this.#focus = { filter: 0, channel: null };
      this.#scroller.scrollTo(0, 0);
      this.#reveal = true;
    }
    this.#kernels = decoded;
    this.#version++;
  }

  #order(kernels: Kernels, sort: Sort): { order: Int32Array; placeOf: Int32Array } {
    if (this.#ordered?.of !== kernels || this.#ordered.sort !== sort) {
      const order = orderOf(kernels, sort);
      const placeOf = new Int32Array(order.length);
      for (const [place, filter] of order.entries()) placeOf[filter] = place;
      this.#ordered = { of: kernels, sort, order, placeOf };
    }
    return this.#ordered;
  }

  #lay(kernels: Kernels, look: Look): Plan {
    const plan = planOf(kernels.wire, look, this.#scroller.clientWidth);
    this.#plan = plan;
    this.#sheet.style.width = `${plan.width}px`;
    this.#sheet.style.height = `${plan.height}px`;
    const attributes = { "aria-rowcount": plan.rows, "aria-colcount": plan.columns };
    for (const [name, value] of Object.entries(attributes)) this.#scroller.setAttribute(name, String(value));
    this.#scroller.setAttribute("aria-label", `Kernels of ${kernels.wire.layer}`);
    return plan;
  }

  /** The tile as this look has it. */
  #valid({ filter, channel }: Tile): Tile {
    const { filters, first_channel: first, sent_channels: sent } = this.#kernels!.wire;
    const known = min(filter, filters - 1);
    if (!this.#plan!.matrix) return { filter: known, channel: null };
    return { filter: known, channel: max(first, min(first + sent - 1, channel ?? first)) };
  }

  #paint(scene: Scene): void {
    const { scrollLeft: x, scrollTop: y, clientWidth: width, clientHeight: height } = this.#scroller;
    this.#surface.resize(width, min(height, max(height, 0)));
    const context = this.#surface.begin();
    if (context) paint(context, scene, { x, y, width, height });
    const { plan } = scene;
    const spot = this.#spotOf(this.#focus);
    const place = corner(plan, spot);
    const { style } = this.#cell;
    style.left = `${place.x}px`;
    style.top = `${place.y}px`;
    style.width = `${plan.tileWidth}px`;
    style.height = `${plan.tileHeight}px`;
  }

  #speak(kernels: Kernels, look: Look, own: boolean, selected: number | null, channel: number | null): void {
    const { row, column } = this.#spotOf(this.#focus);
    this.#cell.setAttribute("aria-label", spokenTile(kernels, look, own, this.#focus));
    this.#cell.setAttribute("aria-selected", String(this.#focus.filter === selected));
    this.#cell.setAttribute("aria-colindex", String(column + 1));
    this.#cell.parentElement!.setAttribute("aria-rowindex", String(row + 1));
    const words = selected === null ? "" : `${titleOf(kernels, look, { filter: selected, channel })} selected`;
    if (this.#live.textContent !== words) this.#live.textContent = words;
  }
}
