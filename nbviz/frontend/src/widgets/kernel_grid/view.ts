/** One view of a KernelGrid: joins the model's traits, the controls, the tiles and the numbers. */

import { max, min } from "../../style/math.ts";
import type { KernelGridWire } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { movedTo, type Spot } from "../tiles/grid_keys.ts";
import { placesOf } from "../tiles/tile_order.ts";
import { type Point, type TileTraits, TileView } from "../tiles/tile_view.ts";
import { Header } from "./header.ts";
import { decodeKernels, type Kernels, type Look, lookOf, orderOf, type Sort, type Tile, type View } from "./kernels.ts";
import { NumbersPanel } from "./numbers_panel.ts";
import { paint, type Scene } from "./paint.ts";
import { corner, type Plan, planOf, spotAt, spotOf, tileAt } from "./plan.ts";
import { NO_KERNELS, spokenTile, titleOf } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits extends TileTraits {
  grid: Partial<KernelGridWire>;
  view: View;
  sort: Sort;
  first_channel: number;
  layers_at_hand: string[];
}

const NAMES = {
  root: "kernel-grid",
  part: "kernel",
  wire: "grid",
  drawn: ["layers", "layers_at_hand", "height", "view", "scale", "sort"],
} as const;

export class KernelView extends TileView<Traits> {
  readonly #header: Header;
  readonly #panel = new NumbersPanel();

  #kernels: Kernels | null = null;
  #ordered: { of: Kernels; sort: Sort; order: Int32Array; placeOf: Int32Array } | null = null;
  #plan: Plan | null = null;
  #focus: Tile = { filter: 0, channel: null };

  constructor(host: Host<Traits>) {
    super(host, NAMES);
    const { signal } = host;
    this.#header = new Header(
      {
        setLayer: (layer) => this.ask({ layer }),
        setView: (view) => this.save({ view }),
        setOwn: (own) => this.save({ scale: own ? "own" : "shared" }),
        setSort: (sort) => this.save({ sort }),
        setFirst: (channel) => this.ask({ first_channel: max(0, channel) }),
      },
      signal,
    );
    this.empty.textContent = NO_KERNELS;
    this.root.prepend(this.empty, this.#header.element, this.scroller, this.#panel.element);
    for (const name of ["selected_unit", "selected_channel"]) {
      this.on(`change:${name}`, () => {
        this.reveal = true;
        this.request();
      });
    }
  }

  protected get pitch(): number {
    return this.#plan?.pitchY ?? 1;
  }

  protected clicked(point: Point): void {
    const spot = this.#spotUnder(point);
    const tile = spot && this.#tileOf(spot);
    if (tile) this.#select(tile);
  }

  protected entered(): void {
    this.#select(this.#focus);
  }

  protected pressed(event: KeyboardEvent, page: number): boolean {
    const [plan, kernels] = [this.#plan, this.#kernels];
    if (!plan || !kernels) return false;
    const to = movedTo(event.key, event.ctrlKey, this.#spotOf(this.#focus), plan, kernels.wire.filters, page);
    const tile = to && this.#tileOf(to);
    if (!tile) return false;
    this.#focus = tile;
    this.#show(this.#spotOf(tile));
    return true;
  }

  #select({ filter, channel }: Tile): void {
    const kernels = this.#kernels;
    if (!kernels) return;
    this.#focus = { filter, channel };
    this.save({ selected_unit: kernels.wire.first_unit + filter, selected_channel: channel });
  }

  #spotUnder(point: Point): Spot | null {
    const plan = this.#plan;
    if (!plan) return null;
    const { x, y } = this.inSight(point);
    if (plan.matrix && y < plan.top - 5) return null;
    const { scrollLeft, scrollTop } = this.scroller;
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
    const scroller = this.scroller;
    const { x, y } = corner(plan, spot);
    const [left, top] = plan.matrix ? [plan.left, plan.top] : [0, 8];
    const right = x + plan.tileWidth + 8 - scroller.clientWidth;
    const bottom = y + plan.pitchY - scroller.clientHeight;
    scroller.scrollLeft = max(right, min(scroller.scrollLeft, x - left));
    scroller.scrollTop = max(bottom, min(scroller.scrollTop, y - top));
  }

  /** Those that the kernel, or a page, can turn to. */
  #layers(shown: string): readonly string[] {
    if (this.kernel) return this.get("layers") ?? [];
    const atHand = this.get("layers_at_hand") ?? [];
    return atHand.length > 0 ? atHand : [shown];
  }

  protected drawTiles(): void {
    const kernels = this.#kernels;
    this.fill(kernels !== null, this.#header.element, this.scroller, this.#panel.element);
    if (!kernels) return;
    const look = lookOf(kernels.wire, this.get("view") ?? "auto");
    const own = this.get("scale") === "own";
    const sort = this.get("sort") ?? "index";
    this.#header.update({
      kernels,
      look,
      own,
      sort,
      layers: this.#layers(kernels.wire.layer),
      kernel: this.kernel,
    });
    const ordered = this.#order(kernels, sort);
    const plan = this.#lay(kernels, look);
    const unit = this.get("selected_unit") ?? null;
    const index = unit === null ? -1 : unit - kernels.wire.first_unit;
    const selected = index >= 0 && index < kernels.wire.filters ? index : null;
    const selectedChannel = selected === null ? null : (this.get("selected_channel") ?? null);
    if (this.reveal && selected !== null) {
      this.#focus = { filter: selected, channel: selectedChannel ?? this.#focus.channel };
      this.#show(this.#spotOf(this.#focus));
    }
    this.reveal = false;
    this.#focus = this.#valid(this.#focus);
    const spot = this.pointer && this.#spotUnder(this.pointer);
    const hover = spot && spot.column >= 0 ? this.#tileOf(spot) : null;
    this.scroller.style.cursor = spot ? "pointer" : "";
    const focus = this.showsFocus ? this.#focus : null;
    this.#paint({
      kernels,
      look,
      own,
      plan,
      order: ordered.order,
      placeOf: ordered.placeOf,
      theme: this.theme,
      selected,
      selectedChannel,
      focus,
      hover,
    });
    const pinned = selected === null ? null : this.#valid({ filter: selected, channel: selectedChannel });
    const tile = hover ?? focus ?? pinned;
    const key = [this.version, look, own, tile?.filter, tile?.channel].join();
    this.#panel.update(kernels, look, own, tile, this.theme, key);
    this.#speak(kernels, look, own, selected, selectedChannel);
  }

  protected decode(): void {
    const grid = this.get("grid") ?? {};
    const decoded = decodeKernels(grid, this.get("numbers"));
    // Between two messages the last kernels stay.
    if (!decoded && grid.arrays) return;
    if (decoded?.wire.layer !== this.#kernels?.wire.layer) {
      this.#focus = { filter: 0, channel: null };
      this.scroller.scrollTo(0, 0);
      this.reveal = true;
    }
    this.#kernels = decoded;
    this.version++;
  }

  #order(kernels: Kernels, sort: Sort): { order: Int32Array; placeOf: Int32Array } {
    if (this.#ordered?.of !== kernels || this.#ordered.sort !== sort) {
      const order = orderOf(kernels, sort);
      this.#ordered = { of: kernels, sort, order, placeOf: placesOf(order) };
    }
    return this.#ordered;
  }

  #lay(kernels: Kernels, look: Look): Plan {
    const plan = planOf(kernels.wire, look, this.scroller.clientWidth);
    this.#plan = plan;
    this.layOut(plan, `Kernels of ${kernels.wire.layer}`, plan.width, plan.height);
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
    this.paintOn((context, sight) => paint(context, scene, sight));
    const { plan } = scene;
    this.placeCell({ ...corner(plan, this.#spotOf(this.#focus)), width: plan.tileWidth, height: plan.tileHeight });
  }

  #speak(kernels: Kernels, look: Look, own: boolean, selected: number | null, channel: number | null): void {
    const { row, column } = this.#spotOf(this.#focus);
    this.nameCell(spokenTile(kernels, look, own, this.#focus), this.#focus.filter === selected, row, column);
    this.say(selected === null ? "" : `${titleOf(kernels, look, { filter: selected, channel })} selected`);
  }
}
