/** One view of an ImageImportance: the selected class's map beside the sample, regions, and the maps of all classes. */

import { type Colour, mix } from "../../style/colour.ts";
import { ceil, floor, max, min } from "../../style/math.ts";
import { briefly } from "../../style/names.ts";
import { grouped, isKnown } from "../../style/numbers.ts";
import type { Theme } from "../../style/theme.ts";
import type { ImageMapsWire, LayerChoiceWire, ShownPictureWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { PartSelection, type SelectedParts } from "../part_selection.ts";
import { groundColour, pixelColour } from "../picture_colours.ts";
import { Plane } from "../plane.ts";
import { SquareCanvas, type SquareScene } from "../square_canvas.ts";
import { ClassMaps } from "./class_maps.ts";
import { Header } from "./header.ts";
import { DOWN, ImageMaps, UP } from "./image_maps.ts";
import { legendEntries } from "./legend.ts";
import { RegionList } from "./region_list.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits extends SelectedParts {
  maps: Partial<ImageMapsWire>;
  numbers: DataView;
  sample: Partial<ShownPictureWire>;
  sample_picture: DataView;
  shown_frame: number | null;
  layers: LayerChoiceWire[];
  layer: string;
  methods: string[];
  method: string | null;
  busy: string;
  progress: number;
}

const PICTURES = "";
const STRIP = { width: 100, lane: 6, least: 18, most: 68 }; // px of that of a sequence
const [SMALLEST, NARROW, LARGEST] = [96, 112, 168]; // px of the large one
const LIST = 172; // px beside it, for the names of regions and their shares
const WAITED_FOR = "The maps are being worked out.";
const NEVER_CAME = "The maps were not worked out when this was saved.";
export class MapsView extends HostedView<Traits> {
  readonly #header: Header;
  readonly #top = make("div", { part: "images-top" });
  readonly #large: SquareCanvas;
  readonly #plane: Plane;
  readonly #largeName = make("button", { type: "button", part: "images-name images-choose" });
  readonly #largeShare = make("span", { part: "images-share" });
  readonly #sample: SquareCanvas;
  readonly #sampleName = make("span", { part: "images-name" });
  readonly #sampleWords = make("span", { part: "images-share" });
  readonly #largeFigure: HTMLElement;
  readonly #sampleFigure: HTMLElement;
  readonly #list: RegionList;
  readonly #allName = make("span", { part: "images-name" });
  readonly #allWords = make("span", { part: "images-share images-words", "aria-live": "polite" });
  readonly #classes = new ClassMaps((at) => this.#pressClass(at), this.signal);
  readonly #all: HTMLElement;
  readonly #legend = make("div", { part: "images-legend matrix-keys" });
  readonly #pointed = make("div", { part: "images-pointed", "aria-live": "polite" });
  readonly #selection = new PartSelection(this.model);
  #maps: ImageMaps | null = null;
  #arrived = true;
  #hovered: number | null = null;

  constructor(host: Host<Traits>) {
    super(host, "image-importance", make("div", { part: "images-empty" }, WAITED_FOR));
    const { signal } = host;
    const actions = {
      point: (region: number | null) => this.#point(region),
      press: (region: number) => this.#pressPart(region, null),
    };
    this.#header = new Header(
      { setLayer: (layer) => this.save({ layer }), setMethod: (method) => this.ask({ method }) },
      signal,
    );
    this.#large = new SquareCanvas(actions, signal);
    this.#plane = new Plane({ point: actions.point, press: (...part) => this.#pressPart(...part) }, signal);
    this.#sample = new SquareCanvas(actions, signal);
    this.#list = new RegionList(actions, signal);
    const figure = (name: HTMLElement, words: HTMLElement, canvas: SquareCanvas) =>
      make("div", { part: "images-figure" }, make("div", { part: "images-head" }, name, words), canvas.element);
    this.#sampleFigure = figure(this.#sampleName, this.#sampleWords, this.#sample);
    this.#largeFigure = figure(this.#largeName, this.#largeShare, this.#large);
    this.#largeFigure.append(this.#plane.element);
    listen(this.#largeName, signal, "click", () => this.#pressClass(this.#maps!.wire.class_ids[this.#shownMap()]!));
    this.#top.append(this.#largeFigure, this.#sampleFigure, this.#list.element);
    this.#all = make(
      "div",
      { part: "images-all" },
      make("div", { part: "images-line" }, this.#allName, this.#allWords),
      this.#classes.element,
      this.#pointed,
      this.#legend,
    );
    this.root.append(this.#header.element, this.empty, this.#top, this.#all);
    this.watchSize(this.#top);
    this.watchSize(this.#classes.element);
    for (const name of ["maps", "numbers"] as const) {
      this.on(`change:${name}`, () => {
        this.#arrived = true;
        this.request();
      });
    }
    for (const name of [
      "sample",
      "sample_picture",
      "selected_class",
      "selected_region",
      "selected_part",
      "edge_meaning",
      "shown_frame",
      "layers",
      "layer",
      "methods",
      "method",
      "busy",
      "progress",
    ] as const)
      this.on(`change:${name}`, () => this.request());
  }

  protected override resized(): void {
    this.request();
  }

  protected override clear(): boolean {
    if (this.#selection.now.selected_class === null && this.#selection.region === null) return false;
    this.#selection.clearParts();
    this.#selection.clear();
    return true;
  }

  #pressClass(column: number): void {
    this.#selection.pressClass(column);
  }

  /** A region, or a square in it: with it its path, where the input is a unit whose parts can be followed. */
  #pressPart(region: number | null, square: number | null): void {
    const asked = this.#maps!.wire.class_ids[this.#shownMap()]!;
    this.#selection.pressPart(region, square, this.#maps!.wire.regions.length, asked);
  }

  #point(region: number | null): void {
    if (region === this.#hovered) return;
    this.#hovered = region;
    this.request();
  }

  /** Place of the map that is large: that of the selected class, or of the one predicted, where it has one. */
  #shownMap(): number {
    const ids = this.#maps!.wire.class_ids;
    return max(0, ids.indexOf(this.get("selected_class") ?? this.get("sample")?.predicted ?? ids[0]!));
  }

  protected override draw(_now: number, asked: boolean): boolean {
    if (!asked) return false;
    if (this.#arrived) {
      const maps = ImageMaps.decode(this.get("maps"), this.get("numbers"));
      // Between two messages the last ones stay.
      if (maps) {
        this.#maps = maps;
        this.#arrived = false;
        this.#classes.build(maps);
      }
    }
    this.#drawHeader();
    this.fill(this.#maps !== null, this.#top, this.#all);
    if (this.#maps) this.#drawMaps(this.#maps);
    return false;
  }

  #drawHeader(): void {
    const layer = this.get("layer") ?? PICTURES;
    // What a saved page was waiting for never comes.
    const busy = this.kernel ? (this.get("busy") ?? "") : "";
    this.root.dataset.shown = String(layer === PICTURES);
    this.root.dataset.busy = String(busy !== "");
    this.#header.update({
      wire: this.#maps?.wire ?? null,
      looksBack: (this.get("shown_frame") ?? null) !== null,
      layer,
      layers: this.get("layers") ?? [],
      method: this.get("method") ?? null,
      methods: this.kernel ? (this.get("methods") ?? []) : [],
      busy,
      progress: this.get("progress") ?? 0,
    });
    this.empty.textContent = this.kernel ? WAITED_FOR : NEVER_CAME;
  }

  #scene(maps: ImageMaps, classIndex: number, side: number, isLarge: boolean): SquareScene {
    const { theme } = this;
    const isPlane = maps.wire.plane !== null;
    return {
      squares: maps.squares,
      rows: maps.squares.rows,
      columns: maps.squares.columns,
      colourOf: (at) => mapColour(maps, classIndex, at, theme),
      inside: (at) => maps.isInside(at),
      selected: this.#selection.region,
      hovered: isLarge ? this.#hovered : null,
      side: isPlane ? STRIP.width : side,
      ...(isPlane && { height: ceil(max(STRIP.least, min(STRIP.most, STRIP.lane * maps.squares.rows))) }),
      theme,
    };
  }

  /** A sequence in full width: names at its left, no sample beside it. */
  #drawPlane(maps: ImageMaps, shown: number): void {
    const { plane } = maps.wire;
    this.#plane.element.hidden = !plane;
    this.#large.element.hidden = this.#sampleFigure.hidden = plane !== null;
    this.#top.dataset.plane = String(plane !== null);
    if (!plane) return;
    this.#plane.update({
      wire: plane,
      squares: maps.squares,
      colourOf: (at) => mapColour(maps, shown, at, this.theme),
      heightOf: null,
      wordsOf: (at) => maps.cellWords(shown, at),
      selected: this.#selection.region,
      hovered: this.#hovered,
      square: this.#selection.square(maps.wire.regions.length),
      width: this.#top.clientWidth,
      theme: this.theme,
    });
  }

  #drawMaps(maps: ImageMaps): void {
    const { wire } = maps;
    const [shown, region] = [this.#shownMap(), this.#selection.region];
    const selected = this.get("selected_class") ?? null;
    const isSelected = selected === wire.class_ids[shown];
    const side = this.#side();
    // Words are cut where the picture ends, and do not push the list away.
    for (const figure of [this.#largeFigure, this.#sampleFigure]) figure.style.width = wire.plane ? "" : `${side}px`;
    this.#largeName.textContent = `${wire.column_kind} ${wire.classes[shown]}`.replace(/^class class /, "class ");
    this.#largeName.title = wire.classes[shown]!;
    this.#largeName.setAttribute("aria-pressed", String(isSelected));
    const ofRegion = region === null ? "" : `${maps.shareWords(maps.regionShare(shown, region))} in the region`;
    this.#largeShare.textContent = selected === null || isSelected ? ofRegion : "the selected class has no map";
    this.#drawPlane(maps, shown);
    if (!wire.plane) {
      this.#large.update(this.#scene(maps, shown, side, true));
      this.#drawSample(maps, side);
    }
    this.#list.update({ maps, classIndex: shown, selected: region, hovered: this.#hovered });
    const count = wire.all_classes;
    const drawn = this.#classes.count;
    this.#all.dataset.single = String(count < 2);
    this.#all.dataset.plane = String(wire.plane !== null);
    // Beside a diagram, whose height is theirs.
    const isGiven = getComputedStyle(this.root).getPropertyValue("--fits-beside").trim() === "1";
    this.root.dataset.fits = String(isGiven);
    const small = wire.plane ? STRIP.width : this.#classes.side(isGiven);
    this.#all.style.setProperty("--map", `${small}px`);
    this.#allName.textContent =
      drawn < count ? `${grouped(drawn)} of ${grouped(count)}, one scale` : `All ${grouped(count)}, one scale`;
    const words = this.#hovered === null ? "" : maps.regionWords(shown, this.#hovered);
    this.#allWords.textContent =
      words || (region === null ? "choose a region to compare" : "number: share in the region");
    this.#classes.update({
      maps,
      selected,
      region,
      sceneOf: (at) => this.#scene(maps, at, small, false),
    });
    // Of one class there are no others to compare it with: the line above is not there.
    this.#pointed.hidden = count > 1;
    this.#pointed.textContent = words;
    this.#legend.replaceChildren(...legendEntries(wire));
  }

  #drawSample(maps: ImageMaps, side: number): void {
    const [sample, bytes] = [this.get("sample"), this.get("sample_picture")];
    const isThere = sample?.rows !== undefined && bytes?.byteLength === sample.rows * sample.columns! * sample.bands!;
    this.#sampleName.textContent = isThere ? (sample.name ?? "") : "mean picture";
    this.#sampleWords.textContent = isThere ? briefly(sample.words ?? "") : "";
    this.#sampleWords.dataset.misread = String(isThere && sample.is_misread === true);
    const levels = isThere ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : maps.mean;
    const [rows, columns, bands] = isThere
      ? [sample.rows!, sample.columns!, sample.bands!]
      : [maps.wire.rows, maps.wire.columns, maps.wire.bands];
    this.#sample.update({
      squares: maps.squares,
      rows,
      columns,
      colourOf: (at) => pixelColour(this.theme, levels, bands, at),
      inside: null,
      selected: this.#selection.region,
      hovered: this.#hovered,
      side,
      theme: this.theme,
    });
  }

  /** Two pictures and the list side by side where there is room for all three. */
  #side(): number {
    const width = this.#top.clientWidth;
    const isWide = width >= 340;
    this.#top.dataset.wide = String(isWide);
    const room = isWide ? (width - 2 * 16 - LIST) / 2 : (width - 16) / 2;
    return max(SMALLEST, min(isWide ? LARGEST : NARROW, floor(room)));
  }
}

/** As a cell of the matrix: hue says the direction, depth the share; over the mean picture. */
function mapColour(maps: ImageMaps, classIndex: number, at: number, theme: Theme): Colour {
  const place = classIndex * maps.size + at;
  const ground = groundColour(theme, maps.brightness(at));
  const share = maps.share[place]!;
  if (!isKnown(share)) return ground;
  const hue = maps.hue[place]!;
  const end = hue === UP ? theme.positive : hue === DOWN ? theme.negative : theme.outline;
  return mix(ground, end, min(1, share / maps.wire.deepest));
}
