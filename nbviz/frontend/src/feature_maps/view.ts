/** One view of a FeatureMaps: joins the model's traits, the controls, the input, the tiles and the words. */

import type { AnyModel } from "@anywidget/types";
import { pageClock } from "../clock.ts";
import { movedTo } from "../grid_keys.ts";
import { listen, make } from "../html.ts";
import { floor, max, min } from "../math.ts";
import { Surface } from "../network_view/surface.ts";
import { applyTheme, readTheme, type Theme, watchTheme } from "../theme.ts";
import type { FeatureMapsWire } from "../wire.ts";
import { Header } from "./header.ts";
import { InputPanel } from "./input_panel.ts";
import {
  classPlace,
  decodeMaps,
  importanceOf,
  type Maps,
  type Overlay,
  orderOf,
  type Sort,
  type Stage,
} from "./maps.ts";
import { MapPainter } from "./paint.ts";
import { corner, type Plan, planOf, under } from "./plan.ts";
import { factsOf, type Place, restWords, spokenMap, titleOf } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  maps: Partial<FeatureMapsWire>;
  numbers: DataView;
  layers: string[];
  no_maps: string;
  height: number;
  selected_unit: number | null;
  selected_channel: number | null;
  selected_sample: number | null;
  selected_class: number | null;
  layer: string;
  activation: Stage;
  scale: "shared" | "own";
  sort: Sort;
  overlay: Overlay;
}

type Model = AnyModel<Traits & Record<string, unknown>>;

const NARROW = 520;
const DRAWN = ["layers", "no_maps", "height", "activation", "scale", "sort", "overlay", "selected_sample"];

export class MapsView {
  readonly #model: Model;
  readonly #clock = pageClock();
  readonly #root = make("div", { part: "feature-maps tile-view", "data-lm-suppress-shortcuts": "true" });
  readonly #empty = make("div", { part: "maps-empty" });
  readonly #live = make("div", { part: "maps-live", "aria-live": "polite" });
  readonly #header: Header;
  readonly #input: InputPanel;
  readonly #surface = new Surface();
  readonly #painter = new MapPainter();
  readonly #body = make("div", { part: "maps-body" });
  readonly #scroller = make("div", { part: "maps-scroller", role: "grid", tabindex: "0" });
  readonly #sheet = make("div", { part: "maps-sheet", role: "presentation" });
  /** Where the keys are, as an element: what assistive technology reads and magnifies. Its id: the page has many. */
  readonly #cell = make("div", {
    part: "maps-cell",
    role: "gridcell",
    id: `nbviz-map-${Math.random().toString(36).slice(2)}`,
  });
  readonly #panel = make("div", { part: "maps-panel" });
  readonly #tileTitle = make("div", { part: "maps-tile-title", dir: "auto" });
  readonly #facts = make("div", { part: "maps-facts", dir: "auto" });

  #theme: Theme;
  #kernel = false;
  #arrived = true;
  #version = 0;
  #maps: Maps | null = null;
  #ordered: { key: string; order: Int32Array; placeOf: Int32Array } | null = null;
  #plan: Plan | null = null;
  #focused = false;
  #focus = 0;
  #pointer: { x: number; y: number } | null = null;
  #reveal = true;

  constructor(model: Model, element: HTMLElement, signal: AbortSignal) {
    this.#model = model;
    this.#header = new Header(
      {
        setLayer: (layer) => this.#save({ layer }),
        setStage: (activation) => this.#save({ activation }),
        setOwn: (own) => this.#save({ scale: own ? "own" : "shared" }),
        setSort: (sort) => this.#save({ sort }),
        setSample: (selected_sample) => this.#save({ selected_sample }),
      },
      signal,
    );
    this.#input = new InputPanel(
      {
        setOverlay: (overlay) => this.#save({ overlay }),
        setClass: (selected_class) => this.#save({ selected_class }),
      },
      signal,
    );
    const root = this.#root;
    this.#sheet.append(this.#surface.canvas, make("div", { role: "row" }, this.#cell));
    this.#scroller.append(this.#sheet);
    this.#scroller.setAttribute("aria-activedescendant", this.#cell.id);
    this.#body.append(this.#input.element, this.#scroller);
    this.#panel.append(this.#tileTitle, this.#facts);
    root.append(this.#empty, this.#header.element, this.#body, this.#panel, this.#live);
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
    for (const name of [...DRAWN, "selected_class"]) on(`change:${name}`, () => this.#request());
    const arrived = () => {
      this.#arrived = true;
      this.#request();
    };
    on("change:maps", arrived);
    on("change:numbers", arrived);
    // Either may be linked; the other follows, also where there is no kernel.
    on("change:selected_unit", () => {
      this.#reveal = true;
      this.#follow("selected_channel", this.#selected());
    });
    on("change:selected_channel", () => {
      const [channel, wire] = [this.#get("selected_channel") ?? null, this.#maps?.wire];
      const known = channel !== null && wire !== undefined && channel >= 0 && channel < wire.channels;
      if (channel !== this.#selected()) this.#follow("selected_unit", known ? wire.first_unit + channel : null);
    });
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
      this.#root.toggleAttribute("data-narrow", this.#root.clientWidth < NARROW);
      this.#request();
    });
    for (const part of [this.#root, this.#scroller]) resized.observe(part);
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
    listen(scroller, signal, "pointermove", ({ clientX: x, clientY: y }) => {
      this.#pointer = { x, y };
      this.#request();
    });
    listen(scroller, signal, "pointerleave", () => {
      this.#pointer = null;
      this.#request();
    });
    listen(scroller, signal, "scroll", () => this.#request());
    listen(scroller, signal, "click", ({ clientX: x, clientY: y }) => {
      const at = this.#under({ x, y });
      if (at) this.#select(at.channel);
    });
    for (const type of ["focus", "blur"] as const) {
      listen(scroller, signal, type, () => {
        this.#focused = type === "focus";
        this.#request();
      });
    }
    listen(scroller, signal, "keydown", (event) => {
      const [plan, maps, ordered] = [this.#plan, this.#maps, this.#ordered];
      if (event.altKey || event.metaKey || !plan || !maps || !ordered) return;
      if (event.key === "Enter" || event.key === " ") this.#select(this.#focus);
      else {
        const page = max(1, floor(scroller.clientHeight / plan.pitchY) - 1);
        const to = movedTo(event.key, event.ctrlKey, this.#spotOf(this.#focus), plan, maps.wire.channels, page);
        if (!to) return;
        this.#focus = ordered.order[to.row * plan.columns + to.column]!;
        this.#show(this.#focus);
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

  /** Index of the selected map, null where none of this layer is. */
  #selected(): number | null {
    const [unit, wire] = [this.#get("selected_unit") ?? null, this.#maps?.wire];
    const index = unit === null || !wire ? -1 : unit - wire.first_unit;
    return wire && index >= 0 && index < wire.channels ? index : null;
  }

  #follow(name: "selected_unit" | "selected_channel", value: number | null): void {
    if (this.#maps && (this.#get(name) ?? null) !== value) this.#save({ [name]: value });
    this.#request();
  }

  #select(channel: number): void {
    if (!this.#maps) return;
    this.#focus = channel;
    this.#save({ selected_unit: this.#maps.wire.first_unit + channel, selected_channel: channel });
  }

  #under(point: { x: number; y: number }): Place | null {
    const [plan, maps, ordered] = [this.#plan, this.#maps, this.#ordered];
    if (!plan || !maps || !ordered) return null;
    const { left, top } = this.#scroller.getBoundingClientRect();
    const { scrollLeft, scrollTop } = this.#scroller;
    const found = under(plan, maps.wire, point.x - left + scrollLeft, point.y - top + scrollTop);
    const channel = found && ordered.order[found.spot.row * plan.columns + found.spot.column];
    return found && channel !== undefined && channel !== null
      ? { channel, row: found.row, column: found.column }
      : null;
  }

  #spotOf(channel: number): { row: number; column: number } {
    const [place, columns] = [this.#ordered!.placeOf[channel] ?? 0, this.#plan!.columns];
    return { row: floor(place / columns), column: place % columns };
  }

  /** Scrolls a tile into sight. */
  #show(channel: number): void {
    const [plan, scroller] = [this.#plan!, this.#scroller];
    const { y } = corner(plan, this.#spotOf(channel));
    scroller.scrollTop = max(y + plan.pitchY - scroller.clientHeight, min(scroller.scrollTop, y - 8));
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
    const maps = this.#maps;
    this.#empty.hidden = maps !== null;
    for (const part of [this.#header.element, this.#body, this.#panel]) part.hidden = maps === null;
    this.#root.style.maxHeight = `${this.#get("height") ?? 640}px`;
    if (!maps) {
      this.#empty.textContent = this.#get("no_maps");
      return;
    }
    const stage = maps.before ? (this.#get("activation") ?? "after") : "after";
    const own = this.#get("scale") === "own";
    const sort = this.#get("sort") ?? "index";
    const selectedClass = this.#get("selected_class") ?? null;
    const place = classPlace(maps, selectedClass);
    const sample = this.#get("selected_sample") ?? null;
    const [theme, kernel] = [this.#theme, this.#kernel];
    this.#header.update({ maps, stage, own, sort, layers: this.#get("layers") ?? [], sample, place, kernel });
    // What is not of the sample asked for is not shown as if it were.
    this.#body.toggleAttribute("data-stale", sample !== maps.wire.sample);
    const overlay = this.#get("overlay") ?? "none";
    this.#input.update({ maps, overlay, selectedClass, place, kernel, theme }, String(this.#version));
    const ordered = this.#order(maps, sort, place);
    const importance = importanceOf(maps, place);
    const plan = this.#lay(maps, importance !== null);
    const selected = this.#selected();
    this.#focus = min(this.#focus, maps.wire.channels - 1);
    if (this.#reveal && selected !== null) {
      this.#focus = selected;
      this.#show(selected);
    }
    this.#reveal = false;
    const at = this.#pointer && this.#under(this.#pointer);
    this.#scroller.style.cursor = at ? "pointer" : "";
    const focus = this.#focused && this.#scroller.matches(":focus-visible") ? this.#focus : null;
    this.#paint(
      {
        maps,
        stage,
        own,
        plan,
        ...ordered,
        importance,
        theme: this.#theme,
        selected,
        focus,
        hover: at?.channel ?? null,
      },
      [this.#version, stage, own].join(),
    );
    const pinned = focus ?? selected;
    this.#describe(maps, stage, own, at ?? (pinned === null ? null : { channel: pinned, row: -1, column: -1 }), place);
    this.#speak(maps, stage, own, selected, place);
  }

  #decode(): void {
    this.#arrived = false;
    const wire = this.#get("maps") ?? {};
    const decoded = decodeMaps(wire, this.#get("numbers"));
    // Between two messages the last maps stay.
    if (!decoded && wire.arrays) return;
    if (decoded?.wire.layer !== this.#maps?.wire.layer) {
      this.#focus = 0;
      this.#scroller.scrollTo(0, 0);
      this.#reveal = true;
    }
    this.#maps = decoded;
    this.#version++;
  }

  #order(maps: Maps, sort: Sort, place: number): { order: Int32Array; placeOf: Int32Array } {
    const key = [this.#version, sort, place].join();
    if (this.#ordered?.key !== key) {
      const order = orderOf(maps, sort, place);
      const placeOf = new Int32Array(order.length);
      for (const [at, channel] of order.entries()) placeOf[channel] = at;
      this.#ordered = { key, order, placeOf };
    }
    return this.#ordered;
  }

  #lay(maps: Maps, bars: boolean): Plan {
    const plan = planOf(maps.wire, bars, this.#scroller.clientWidth);
    this.#plan = plan;
    this.#sheet.style.width = `${min(plan.width, this.#scroller.clientWidth)}px`;
    this.#sheet.style.height = `${plan.height}px`;
    const attributes = { "aria-rowcount": plan.rows, "aria-colcount": plan.columns };
    for (const [name, value] of Object.entries(attributes)) this.#scroller.setAttribute(name, String(value));
    this.#scroller.setAttribute("aria-label", `Maps of ${maps.wire.layer}`);
    return plan;
  }

  #paint(scene: Parameters<MapPainter["paint"]>[1], key: string): void {
    const { scrollLeft: x, scrollTop: y, clientWidth: width, clientHeight: height } = this.#scroller;
    this.#surface.resize(width, height);
    const context = this.#surface.begin();
    if (context) this.#painter.paint(context, scene, { x, y, width, height }, key);
    const { plan } = scene;
    const place = corner(plan, this.#spotOf(this.#focus));
    const { style } = this.#cell;
    style.left = `${place.x}px`;
    style.top = `${place.y}px`;
    style.width = `${plan.tileWidth}px`;
    style.height = `${plan.tileHeight}px`;
  }

  #describe(maps: Maps, stage: Stage, own: boolean, at: Place | null, place: number): void {
    this.#tileTitle.textContent = at ? titleOf(maps, at) : "";
    this.#tileTitle.hidden = at === null;
    const lines = at ? factsOf(maps, stage, own, at, place) : restWords(maps, stage, own, place);
    this.#facts.replaceChildren(...lines.map((line) => make("div", {}, line)));
  }

  #speak(maps: Maps, stage: Stage, own: boolean, selected: number | null, place: number): void {
    const { row, column } = this.#spotOf(this.#focus);
    this.#cell.setAttribute("aria-label", spokenMap(maps, stage, own, this.#focus, place));
    this.#cell.setAttribute("aria-selected", String(this.#focus === selected));
    this.#cell.setAttribute("aria-colindex", String(column + 1));
    this.#cell.parentElement!.setAttribute("aria-rowindex", String(row + 1));
    const words = selected === null ? "" : `map ${selected} of ${maps.wire.layer} selected`;
    if (this.#live.textContent !== words) this.#live.textContent = words;
  }
}
