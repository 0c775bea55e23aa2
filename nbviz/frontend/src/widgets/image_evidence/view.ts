/** One view of an ImageEvidence: a picture, what in it speaks for and against classes, and the outputs of all. */

import { floor, max } from "../../style/math.ts";
import { signed } from "../../style/numbers.ts";
import type { ImageEvidenceWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { make } from "../html.ts";
import { KeptHeight } from "../kept_height.ts";
import { PartSelection, type SelectedParts } from "../part_selection.ts";
import { evidenceColour } from "../picture_colours.ts";
import { Plane } from "../plane.ts";
import { Evidence, twoDecimals } from "./evidence.ts";
import { OutputList } from "./output_list.ts";
import { GAP, PictureFigures, sumLines } from "./picture_figures.ts";
import { evidenceScale } from "./scale.ts";
import { TokenLine } from "./token_line.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits extends SelectedParts {
  evidence: Partial<ImageEvidenceWire>;
  numbers: DataView;
  waiting: string;
}

const TWO_FROM = 820; // px, from which two sequences stand side by side
const MOST_SHOWN = 3; // classes

export class EvidenceView extends HostedView<Traits> {
  readonly #title = make("div", { part: "evidence-title panel-title" }, "Why: what speaks for and against");
  readonly #caption = make("div", { part: "evidence-caption panel-caption", "aria-live": "polite" });
  readonly #pictures = make("div", { part: "evidence-pictures" });
  readonly #list: OutputList;
  readonly #pointed = make("div", { part: "evidence-pointed panel-caption" });
  readonly #scale = make("div", { part: "evidence-scale" });
  readonly #note = make("div", { part: "evidence-note", dir: "auto" });
  readonly #body: HTMLElement;
  readonly #figures: PictureFigures;
  readonly #planes: Plane[];
  readonly #lines: TokenLine[];
  readonly #selection = new PartSelection(this.model);
  readonly #kept = new KeptHeight(this.root);
  #evidence: Evidence | null = null;
  #hovered: number | null = null;

  constructor(host: Host<Traits>) {
    super(host, "image-evidence panel", make("div", { part: "evidence-empty" }));
    const { signal } = host;
    const actions = {
      point: (region: number | null) => {
        if (region === this.#hovered) return;
        this.#hovered = region;
        this.request();
      },
    };
    const tokens = {
      point: actions.point,
      press: (place: number, classIndex: number) => this.#pressToken(place, classIndex),
    };
    const shown = Array.from({ length: MOST_SHOWN });
    // The picture itself is that of the first class.
    const pressing = (place: number) => (region: number) => this.#pressPart(max(0, place - 1), region, null);
    const onPicture = (place: number) => ({ point: actions.point, press: pressing(place) });
    this.#figures = new PictureFigures(this.#pictures, onPicture, MOST_SHOWN + 1, signal);
    this.#planes = shown.map(
      (_, place) => new Plane({ point: actions.point, press: (...part) => this.#pressPart(place, ...part) }, signal),
    );
    this.#lines = shown.map(() => new TokenLine(tokens, signal));
    this.#list = new OutputList(
      (index) => this.save({ selected_class: this.get("selected_class") === index ? null : index }),
      signal,
    );
    this.#body = make("div", { part: "evidence-body" }, this.#pictures, this.#list.element);
    this.root.append(this.#title, this.#caption, this.empty, this.#body, this.#scale, this.#pointed, this.#note);
    this.watchSize(this.#pictures);
    for (const name of [
      "evidence",
      "numbers",
      "waiting",
      "selected_class",
      "selected_region",
      "selected_part",
      "selected_unit",
    ] as const)
      this.on(`change:${name}`, () => this.request());
  }

  protected override resized(): void {
    this.request();
  }

  protected override clear(): boolean {
    const { now, region } = this.#selection;
    const isSelected = region !== null || now.selected_class !== null;
    const isLinked = (this.#evidence?.wire.text ?? null) !== null || this.#selection.lightsParts;
    if (!isSelected && (!isLinked || now.selected_unit === null)) return false;
    if (isLinked) this.#selection.clear();
    this.#selection.clearParts();
    this.save({ selected_class: null });
    return true;
  }

  #pressRegion(region: number): void {
    this.save({ selected_region: this.#selection.region === region ? null : region });
  }

  /** A region, or a cell of a sequence, and its path to the class whose evidence it was pressed in, where there is one. */
  #pressPart(place: number, region: number | null, square: number | null): void {
    const evidence = this.#evidence!;
    const [shown] = evidence.shown(this.get("selected_class") ?? null)[place]!;
    this.#selection.pressPart(region, square, evidence.wire.regions.length, shown);
  }

  /** As a cell of the matrix: the path of the token to the class, where it is a unit of the diagram. */
  #pressToken(place: number, column: number): void {
    const id = this.#evidence!.wire.text!.ids[place] ?? null;
    if (id === null) this.#pressRegion(place);
    else this.#selection.press({ kind: "cell", id, column, ofFeatures: true });
  }

  /** The region, or the token, that is selected. */
  #selected({ wire }: Evidence): number | null {
    const unit = this.get("selected_unit") ?? null;
    if (!wire.text?.ids.some((id) => id !== null)) return this.#selection.region;
    const place = unit === null ? -1 : wire.text.ids.indexOf(unit);
    return place < 0 ? null : place;
  }

  protected override draw(_now: number, asked: boolean): boolean {
    if (!asked) return false;
    const wire = this.get("evidence");
    const evidence = Evidence.decode(wire, this.get("numbers"));
    // Between two messages the last one stays.
    if (evidence || wire?.arrays === undefined) this.#evidence = evidence;
    this.fill(this.#evidence !== null, this.#body, this.#scale, this.#note);
    this.empty.textContent = this.get("waiting") ?? "";
    this.#caption.textContent = "";
    if (this.#evidence) this.#show(this.#evidence);
    this.#kept.update();
    return false;
  }

  #show(evidence: Evidence): void {
    const { wire } = evidence;
    const isPicture = !wire.plane && !wire.text;
    const over = wire.over === "" ? "" : `, for the output in its ${wire.over}`;
    this.#caption.textContent = `${evidence.things} of ${wire.name}${over}, one scale; ${evidence.gapWords}`;
    const region = this.#selected(evidence);
    const shown = evidence.shown(this.get("selected_class") ?? null).slice(0, MOST_SHOWN);
    const scale = evidence.scale(shown.map(([index]) => index));
    this.root.dataset.kind = isPicture ? "picture" : wire.text ? "text" : "sequence";
    this.#scale.replaceChildren(...(isPicture ? [] : evidenceScale(evidence, scale)));
    this.#note.textContent = wire.note;
    this.#list.update(evidence, this.get("selected_class") ?? null);
    const pointed = this.#hovered ?? (isPicture ? null : region);
    this.#pointed.textContent = pointed === null ? "" : this.#regionWords(evidence, pointed, shown);
    // A page has the paths of regions where its rows are flat: those of whole inputs take a kernel.
    const lights = this.#selection.lightsParts && (this.kernel || (this.get("input_unit") ?? null) === null);
    const look = { region, hovered: this.#hovered, lights, scale, theme: this.theme };
    if (isPicture) this.#figures.show(evidence, shown, look);
    else this.#showWide(evidence, shown, region, scale);
  }

  /** "rows 0-2, right: +0.12 to 9, −0.40 to 5". */
  #regionWords(evidence: Evidence, region: number, shown: readonly [number, string][]): string {
    const { regions, classes } = evidence.wire;
    const credits = shown.map(([index]) => `${twoDecimals(evidence.region(index, region)!)} to ${classes[index]}`);
    return `${regions[region]}: ${credits.join(", ")}`;
  }

  /** Sequences and texts, one beneath the other, or two side by side. */
  #showWide(evidence: Evidence, shown: [number, string][], region: number | null, scale: number): void {
    const { wire } = evidence;
    const room = this.#pictures.clientWidth;
    const isTwo = wire.plane !== null && room >= TWO_FROM && shown.length > 1;
    const width = isTwo ? floor((room - GAP) / 2) : room;
    const bodies = shown.map(([index], place) => {
      if (wire.text) {
        const line = this.#lines[place]!;
        const scene = { evidence, classIndex: index, scale, selected: region, hovered: this.#hovered };
        line.update({ ...scene, theme: this.theme });
        return line.element;
      }
      const plane = this.#planes[place]!;
      const values = evidence.values(index)!;
      const { series, height } = evidence;
      plane.update({
        wire: wire.plane!,
        squares: evidence.squares,
        colourOf: (at) => evidenceColour(this.theme, 0, values[at]! / scale),
        heightOf: height && ((at) => height[at]!),
        wordsOf: (at) => {
          const value = series?.[at] ?? Number.NaN;
          return `${signed(values[at]!)}${Number.isNaN(value) ? "" : ` (value ${signed(value).replace("+", "")})`}`;
        },
        selected: region,
        hovered: this.#hovered,
        square: this.#selection.square(wire.regions.length),
        width,
        theme: this.theme,
      });
      return plane.element;
    });
    // What has the focus stays where it is.
    const figures = [...this.#pictures.children] as HTMLElement[];
    const isThere = figures.length === bodies.length && figures.every((each, at) => each.contains(bodies[at]!));
    if (!isThere) {
      figures.splice(0, figures.length, ...bodies.map((body) => this.#wide(body)));
      this.#pictures.replaceChildren(...figures);
    }
    for (const [place, [index, words]] of shown.entries()) {
      const [title, what] = figures[place]!.children as unknown as HTMLElement[];
      const sums = figures[place]!.lastElementChild!;
      title!.textContent = `${wire.has_classes ? "speaks for" : "raises"} ${wire.classes[index]}`;
      title!.dataset.read = String(words.startsWith("predicted"));
      what!.textContent = words;
      sums.replaceChildren(...sumLines(evidence, index));
      figures[place]!.style.width = `${width}px`;
    }
  }

  #wide(body: HTMLElement): HTMLElement {
    return make(
      "div",
      { part: "evidence-figure" },
      make("div", { part: "evidence-name", dir: "auto" }),
      make("div", { part: "evidence-what" }),
      body,
      make("div", { part: "evidence-sums" }),
    );
  }
}
