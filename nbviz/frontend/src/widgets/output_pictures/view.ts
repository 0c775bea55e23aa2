/** One view of OutputPictures: what goes in, what comes out, what is true and the error, and what of it is explained. */

import { type Colour, mix } from "../../style/colour.ts";
import { floor, max, min } from "../../style/math.ts";
import type { OutputPicturesWire, OutputRegionsWire, OutputTileWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { make, NEEDS_KERNEL } from "../html.ts";
import { Menu } from "../menu.ts";
import { pixelColour } from "../picture_colours.ts";
import { SquareCanvas } from "../square_canvas.ts";
import type { Squares } from "../squares.ts";
import { explainedWords, pressedRegion } from "./explained.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  pictures: Partial<OutputPicturesWire>;
  levels: DataView;
  regions: Partial<OutputRegionsWire>;
  labels: DataView;
  selected_region: number | null;
  selected_class: number | null;
}

const SIDE = 132; // px of the longer side
const SEQUENCE = { width: 232, feature: 18 }; // px of all steps, and of a feature at most
const WHOLE = "";

interface Tile {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly foot: HTMLElement;
  readonly canvas: SquareCanvas;
  wire: OutputTileWire;
}

export class OutputPicturesView extends HostedView<Traits> {
  readonly #caption = make("div", { part: "panel-caption", dir: "auto" });
  readonly #explained = make("div", { part: "outputs-explained" });
  readonly #words = make("span", { role: "status", dir: "auto" });
  readonly #menu: Menu;
  readonly #tiles = make("div", { part: "outputs-tiles" });
  #shown: Tile[] = [];
  #hovered: number | null = null;
  /** Whether a region was asked for that nobody explains. */
  #isUnanswered = false;

  constructor(host: Host<Traits>) {
    super(
      host,
      "output-pictures panel",
      make("div", { part: "outputs-empty" }, "A click on a sample shows its pictures."),
    );
    this.#menu = new Menu(
      "the part of the output that is explained",
      (value) => this.#choose(value === WHOLE ? null : Number(value)),
      this.signal,
    );
    this.#explained.append(this.#menu.element, this.#words);
    const title = make("div", { part: "panel-title" }, "Input beside output");
    this.root.tabIndex = -1; // a click on a picture brings the keys here
    this.root.append(title, this.#caption, this.empty, this.#explained, this.#tiles);
    for (const name of ["pictures", "levels", "regions", "labels", "selected_region", "selected_class"] as const)
      this.on(`change:${name}`, () => this.request());
  }

  protected override clear(): boolean {
    if (this.#isUnanswered) this.request();
    this.#isUnanswered = false;
    // In a page the region that is explained is that of the page.
    if ((this.get("selected_region") ?? null) === null || !this.kernel) return false;
    this.#choose(null);
    return true;
  }

  /** Has a region explained, null for the whole output, which it takes a kernel to work out. */
  #choose(region: number | null): void {
    this.#isUnanswered = !this.kernel;
    if (this.kernel) this.ask({ selected_region: region });
    this.request();
  }

  #press(tile: Tile, region: number): void {
    const before = { region: this.get("selected_region") ?? null, channel: this.get("selected_class") ?? null };
    const after = pressedRegion(before, region, tile.wire.channel);
    this.#choose(after.region);
    if (this.kernel && after.channel !== before.channel) this.save({ selected_class: after.channel });
  }

  protected override draw(_now: number, asked: boolean): boolean {
    if (!asked) return false;
    const { pictures, levels } = { pictures: this.get("pictures"), levels: this.get("levels") };
    const wires = pictures?.tiles ?? [];
    this.fill(wires.length > 0, this.#tiles, this.#explained);
    this.#caption.textContent = pictures?.caption ?? "";
    const last = wires.at(-1);
    // Between two messages the last one stays.
    if (!last || !levels || levels.byteLength !== last.start + last.rows * last.columns * last.bands) return false;
    this.#build(wires);
    const bytes = new Uint8Array(levels.buffer, levels.byteOffset, levels.byteLength);
    for (const tile of this.#shown) this.#drawTile(tile, bytes, pictures?.is_sequence === true);
    this.#explain();
    return false;
  }

  get #regions(): OutputRegionsWire | null {
    const regions = this.get("regions");
    return regions?.names && regions.names.length > 0 ? (regions as OutputRegionsWire) : null;
  }

  #explain(): void {
    const regions = this.#regions;
    const channels = this.get("regions")?.channels ?? [];
    const [region, channel] = [this.get("selected_region") ?? null, this.get("selected_class") ?? null];
    this.#menu.element.hidden = regions === null || !this.kernel;
    this.#menu.update(
      "Explained: ",
      [
        { value: WHOLE, label: "the whole output" },
        ...(regions?.names ?? []).map((name, at) => ({ value: String(at), label: name })),
      ],
      region === null ? WHOLE : String(region),
    );
    const refused = this.#isUnanswered ? ` Another part of it ${NEEDS_KERNEL}.` : "";
    this.#words.textContent =
      explainedWords({ regions: regions?.names ?? [], channels, region, channel, kernel: this.kernel }) + refused;
  }

  /** Elements stay while they show the same things of another row: what has the focus keeps it. */
  #build(wires: readonly OutputTileWire[]): void {
    if (this.#shown.length !== wires.length) {
      this.#shown = wires.map((wire) => this.#tile(wire));
      this.#tiles.replaceChildren(...this.#shown.map(({ element }) => element));
    }
    for (const [at, tile] of this.#shown.entries()) tile.wire = wires[at]!;
  }

  #tile(wire: OutputTileWire): Tile {
    const name = make("div", { part: "outputs-name", dir: "auto" });
    const foot = make("div", { part: "outputs-foot" });
    const actions = {
      point: (region: number | null) => this.#point(this.#regions === null ? null : region),
      press: (region: number) => this.#regions && this.#press(tile, region),
    };
    const canvas = new SquareCanvas(wire.of === "input" ? null : actions, this.signal);
    const element = make("div", { part: "outputs-tile" }, name, canvas.element, foot);
    const tile: Tile = { element, name, foot, canvas, wire };
    return tile;
  }

  #point(region: number | null): void {
    if (region === this.#hovered) return;
    this.#hovered = region;
    this.request();
  }

  #drawTile({ wire, name, foot, canvas, element }: Tile, bytes: Uint8Array, isSequence: boolean): void {
    const { theme } = this;
    const levels = bytes.subarray(wire.start, wire.start + wire.rows * wire.columns * wire.bands);
    name.textContent = name.title = wire.name;
    foot.textContent = wire.foot;
    const width = isSequence ? SEQUENCE.width : SIDE;
    // Whole pixels for each square where these are not most of the size.
    const scale = SIDE / max(wire.rows, wire.columns);
    const by = scale >= 2 ? floor(scale) : scale;
    element.style.maxWidth = `${width}px`;
    const isInput = wire.of === "input";
    canvas.element.setAttribute("role", "img");
    canvas.element.setAttribute("aria-label", `${wire.name}, ${wire.foot}`);
    canvas.element.dataset.live = String(!isInput && this.#regions !== null);
    const colourOf = (at: number): Colour =>
      wire.of === "error"
        ? mix(theme.background, theme.negative, levels[at]! / 255)
        : pixelColour(theme, levels, wire.bands, at);
    canvas.update({
      squares: this.#squares(wire),
      rows: wire.rows,
      columns: wire.columns,
      colourOf,
      inside: null,
      selected: isInput ? null : (this.get("selected_region") ?? null),
      hovered: isInput ? null : this.#hovered,
      side: isSequence ? width : wire.columns * by,
      height: isSequence ? min(SIDE, SEQUENCE.feature * wire.rows) : max(4, wire.rows * by),
      theme,
    });
  }

  /** The squares of the regions; where there are none, those of the picture, in none. */
  #squares({ rows, columns, of }: OutputTileWire): Squares {
    const [regions, labels] = [this.#regions, this.get("labels")];
    const count = (regions?.rows ?? 0) * (regions?.columns ?? 0);
    if (of === "input" || !regions || labels?.byteLength !== 4 * count)
      return { rows, columns, labels: new Int32Array(rows * columns).fill(-1) };
    const copied = labels.buffer.slice(labels.byteOffset, labels.byteOffset + labels.byteLength) as ArrayBuffer;
    return { rows: regions.rows, columns: regions.columns, labels: new Int32Array(copied) };
  }
}
