/** One view of a FeatureMaps: joins the model's traits, the controls, the input, the tiles and the words. */

import { floor, max, min } from "../../style/math.ts";
import type { FeatureMapsWire } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { make } from "../html.ts";
import { movedTo } from "../tiles/grid_keys.ts";
import { placesOf } from "../tiles/tile_order.ts";
import { type Point, type TileTraits, TileView } from "../tiles/tile_view.ts";
import { Header } from "./header.ts";
import { InputPanel } from "./input_panel.ts";
import {
  canTakeApart,
  classPlace,
  decodeMaps,
  importanceOf,
  type Maps,
  type Overlay,
  orderOf,
  type Sort,
  type Stage,
} from "./maps.ts";
import { MapPainter, type Scene } from "./paint.ts";
import { PixelPin } from "./pixel_pin.ts";
import { corner, type Plan, planOf, under } from "./plan.ts";
import type { Sum } from "./sliding.ts";
import { SumCard, spokenSum } from "./sum_card.ts";
import { factsOf, type Place, restWords, spokenMap, titleOf } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits extends TileTraits {
  maps: Partial<FeatureMapsWire>;
  no_maps: string;
  selected_sample: number | null;
  selected_class: number | null;
  activation: Stage;
  sort: Sort;
  overlay: Overlay;
}

const NARROW = 520;
const PANEL_PADDING = 32;
const NAMES = {
  root: "feature-maps",
  part: "maps",
  wire: "maps",
  drawn: ["layers", "no_maps", "height", "activation", "scale", "sort", "overlay", "selected_sample", "selected_class"],
} as const;

export class MapsView extends TileView<Traits> {
  readonly #header: Header;
  readonly #input: InputPanel;
  readonly #painter = new MapPainter();
  readonly #body = make("div", { part: "maps-body" });
  readonly #panel = make("div", { part: "maps-panel" });
  readonly #tileTitle = make("div", { part: "maps-tile-title", dir: "auto" });
  readonly #facts = make("div", { part: "maps-facts", dir: "auto" });
  readonly #sum: SumCard;
  readonly #pin = new PixelPin();

  #maps: Maps | null = null;
  #ordered: { key: string; order: Int32Array; placeOf: Int32Array } | null = null;
  #plan: Plan | null = null;
  #focus = 0;

  constructor(host: Host<Traits>) {
    super(host, NAMES);
    const { signal } = host;
    this.#header = new Header(
      {
        setLayer: (layer) => this.ask({ layer }),
        setStage: (activation) => this.save({ activation }),
        setOwn: (own) => this.save({ scale: own ? "own" : "shared" }),
        setSort: (sort) => this.save({ sort }),
        setSample: (selected_sample) => this.ask({ selected_sample }),
      },
      signal,
    );
    this.#input = new InputPanel(
      {
        setOverlay: (overlay) => this.save({ overlay }),
        setClass: (selected_class) => this.save({ selected_class }),
      },
      signal,
    );
    this.#sum = new SumCard(() => this.request(), signal);
    this.#body.append(this.#input.element, this.scroller);
    const words = make("div", { part: "maps-words" }, this.#tileTitle, this.#facts);
    this.#panel.append(words, this.#sum.map, this.#sum.element);
    this.root.prepend(this.empty, this.#header.element, this.#body, this.#panel);
    // Either may be linked; the other follows, also where there is no kernel.
    this.on("change:selected_unit", () => {
      this.reveal = true;
      this.#follow("selected_channel", this.#selected());
    });
    this.on("change:selected_channel", () => {
      const [channel, wire] = [this.get("selected_channel") ?? null, this.#arrivedWire];
      const known = channel !== null && wire !== undefined && channel >= 0 && channel < wire.channels;
      if (channel !== this.#selected()) this.#follow("selected_unit", known ? wire.first_unit + channel : null);
    });
  }

  protected get pitch(): number {
    return this.#plan?.pitchY ?? 1;
  }

  protected override resized(): void {
    this.root.toggleAttribute("data-narrow", this.root.clientWidth < NARROW);
    super.resized();
  }

  protected override turned(): void {
    this.#pin.rest();
  }

  protected override clear(): boolean {
    const cleared = super.clear();
    if (cleared) this.#pin.put(null);
    return cleared;
  }

  protected clicked(point: Point): void {
    const at = this.#under(point);
    if (!at) return;
    this.#pin.put(at.row < 0 ? null : at);
    this.#select(at.channel);
  }

  protected pressed(event: KeyboardEvent, page: number): boolean {
    const [plan, maps, ordered] = [this.#plan, this.#maps, this.#ordered];
    if (!plan || !maps || !ordered) return false;
    if (this.#pin.walks) return this.#pin.pressed(event, maps);
    const to = movedTo(event.key, event.ctrlKey, this.#spotOf(this.#focus), plan, maps.wire.channels, page);
    if (!to) return false;
    this.#focus = ordered.order[to.row * plan.columns + to.column]!;
    this.#show(this.#focus);
    return true;
  }

  /** Selects the map; once more: into its pixels, and out again. */
  protected entered(): void {
    const [maps, channel] = [this.#maps, this.#focus];
    if (!maps) return;
    if (this.#pin.walks || channel !== this.#selected() || !canTakeApart(maps)) {
      this.#pin.rest();
      this.#select(channel);
      return;
    }
    this.#pin.enter(maps, channel);
  }

  /** What has arrived, drawn or not: a selection that comes with another layer is one of that layer. */
  get #arrivedWire(): FeatureMapsWire | undefined {
    const wire = this.get("maps");
    return "layer" in wire ? (wire as FeatureMapsWire) : undefined;
  }

  /** Index of the selected map, null where none of this layer is. */
  #selected(): number | null {
    const [unit, wire] = [this.get("selected_unit") ?? null, this.#arrivedWire];
    const index = unit === null || !wire ? -1 : unit - wire.first_unit;
    return wire && index >= 0 && index < wire.channels ? index : null;
  }

  #follow(name: "selected_unit" | "selected_channel", value: number | null): void {
    if (this.#maps && (this.get(name) ?? null) !== value) this.save({ [name]: value });
    this.request();
  }

  #select(channel: number): void {
    if (!this.#maps) return;
    this.#focus = channel;
    this.save({ selected_unit: this.#maps.wire.first_unit + channel, selected_channel: channel });
  }

  #under(point: Point): Place | null {
    const [plan, maps, ordered] = [this.#plan, this.#maps, this.#ordered];
    if (!plan || !maps || !ordered) return null;
    const { x, y } = this.inSight(point);
    const found = under(plan, maps.wire, x + this.scroller.scrollLeft, y + this.scroller.scrollTop);
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
    const [plan, scroller] = [this.#plan!, this.scroller];
    const { y } = corner(plan, this.#spotOf(channel));
    scroller.scrollTop = max(y + plan.pitchY - scroller.clientHeight, min(scroller.scrollTop, y - 8));
  }

  protected drawTiles(): void {
    const maps = this.#maps;
    this.fill(maps !== null, this.#header.element, this.#body, this.#panel);
    if (!maps) {
      this.empty.textContent = this.get("no_maps");
      return;
    }
    const stage = maps.before ? (this.get("activation") ?? "after") : "after";
    const own = this.get("scale") === "own";
    const sort = this.get("sort") ?? "index";
    const selectedClass = this.get("selected_class") ?? null;
    const place = classPlace(maps, selectedClass);
    const sample = this.get("selected_sample") ?? null;
    const [theme, kernel] = [this.theme, this.kernel];
    this.#header.update({ maps, stage, own, sort, layers: this.get("layers") ?? [], sample, place, kernel });
    // What is not of the sample asked for is not shown as if it were.
    this.#body.toggleAttribute("data-stale", sample !== maps.wire.sample);
    const overlay = this.get("overlay") ?? "none";
    const isNarrow = this.root.hasAttribute("data-narrow");
    this.#input.update({ maps, overlay, selectedClass, place, kernel, isNarrow, theme }, String(this.version));
    const ordered = this.#order(maps, sort, place);
    const importance = importanceOf(maps, place);
    const plan = this.#lay(maps, importance !== null);
    const selected = this.#selected();
    this.#focus = min(this.#focus, maps.wire.channels - 1);
    if (this.reveal && selected !== null) {
      this.#focus = selected;
      this.#show(selected);
    }
    this.reveal = false;
    const at = this.pointer && this.#under(this.pointer);
    this.scroller.style.cursor = at ? "pointer" : "";
    const focus = this.showsFocus ? this.#focus : null;
    if (this.#pin.at?.channel !== selected) this.#pin.put(null);
    const pinned = focus ?? selected;
    const whole = pinned === null ? null : { channel: pinned, row: -1, column: -1 };
    const shown = at ?? this.#pin.at ?? whole;
    const room = this.#panel.clientWidth - PANEL_PADDING;
    const isPinned = shown !== null && shown === this.#pin.at;
    const sum = this.#sum.update({ maps, at: shown, theme, room, isPinned }, String(this.version));
    this.#input.frame(sum);
    this.#panel.toggleAttribute("data-pixel", sum !== null);
    this.#paint(
      {
        maps,
        stage,
        own,
        plan,
        ...ordered,
        importance,
        theme: this.theme,
        selected,
        focus,
        hover: at?.channel ?? null,
        pixel: sum && shown,
      },
      [this.version, stage, own].join(),
    );
    this.#describe(maps, stage, own, shown, place, focus !== null && focus === selected);
    this.#speak(maps, stage, own, selected, place, isPinned ? sum : null);
  }

  protected decode(): void {
    const wire = this.get("maps") ?? {};
    const decoded = decodeMaps(wire, this.get("numbers"));
    // Between two messages the last maps stay.
    if (!decoded && wire.arrays) return;
    if (decoded?.wire.layer !== this.#maps?.wire.layer) {
      this.#focus = 0;
      this.#pin.put(null);
      this.scroller.scrollTo(0, 0);
      this.reveal = true;
    }
    this.#maps = decoded;
    this.version++;
  }

  #order(maps: Maps, sort: Sort, place: number): { order: Int32Array; placeOf: Int32Array } {
    const key = [this.version, sort, place].join();
    if (this.#ordered?.key !== key) {
      const order = orderOf(maps, sort, place);
      this.#ordered = { key, order, placeOf: placesOf(order) };
    }
    return this.#ordered;
  }

  #lay(maps: Maps, bars: boolean): Plan {
    const plan = planOf(maps.wire, bars, this.scroller.clientWidth);
    this.#plan = plan;
    const width = min(plan.width, this.scroller.clientWidth);
    this.layOut(plan, `Maps of ${maps.wire.layer}`, width, plan.height);
    return plan;
  }

  #paint(scene: Scene, key: string): void {
    this.paintOn((context, sight) => this.#painter.paint(context, scene, sight, key));
    const { plan } = scene;
    this.placeCell({ ...corner(plan, this.#spotOf(this.#focus)), width: plan.tileWidth, height: plan.tileHeight });
  }

  #describe(maps: Maps, stage: Stage, own: boolean, at: Place | null, place: number, byKeys: boolean): void {
    this.#tileTitle.textContent = at ? titleOf(maps, at) : "";
    this.#tileTitle.hidden = at === null;
    const lines = at ? factsOf(maps, stage, own, at, place) : restWords(maps, stage, own, place);
    if (byKeys && canTakeApart(maps))
      lines.push(
        this.#pin.walks ? "Arrow keys: another pixel; Esc: back to the maps." : "Enter: walk through its pixels.",
      );
    this.#facts.replaceChildren(...lines.map((line) => make("div", {}, line)));
  }

  #speak(maps: Maps, stage: Stage, own: boolean, selected: number | null, place: number, sum: Sum | null): void {
    const { row, column } = this.#spotOf(this.#focus);
    const walked = this.#pin.walks && sum && this.#pin.at;
    const label = walked
      ? `${titleOf(maps, walked)}; ${spokenSum(maps, sum)}`
      : spokenMap(maps, stage, own, this.#focus, place);
    this.nameCell(label, this.#focus === selected, row, column);
    this.say(selected === null ? "" : `map ${selected} of ${maps.wire.layer} selected`);
  }
}
