/** One view of a Confusion: a grid of few classes; of many a heat map, an enlarged block of it, and what is confused most. */

import { min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { grouped, plural } from "../../style/numbers.ts";
import { canvasMeasure } from "../../style/text.ts";
import { type Fonts, fontsOf } from "../../style/type_scale.ts";
import type { ConfusionWire } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { WidthView } from "../width_view.ts";
import { type Cell, Counts } from "./counts.ts";
import { Grid } from "./grid.ts";
import { blockAround, HeatMap } from "./heat_map.ts";
import { caption, cellWords } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  table: ConfusionWire;
  numbers: DataView;
  cells: ArrayLike<ArrayLike<number>> | null;
  mean: ArrayLike<number> | null;
  offers_mean: boolean;
}

const BLOCK = 16; // classes of an enlarged block
const MAP = 336; // px of the heat map at most
const LISTED = { beside: 10, above: 5 }; // confusions
const LIST = 220; // px beside the map below which the list goes beneath
const SIDE = 16;
const UNLAID = 360; // px a view has before it is laid out

type Order = "errors" | "index";

export class ConfusionView extends WidthView<Traits> {
  readonly #title = make("div", { part: "conf-title panel-title" });
  readonly #caption = make("div", { part: "conf-caption panel-caption" });
  readonly #orders = make("span", { part: "conf-orders", role: "radiogroup", "aria-label": "Order of the classes" });
  readonly #back = make("button", { type: "button", part: "conf-back" });
  readonly #bar = make("div", { part: "conf-bar" }, this.#orders, this.#back);
  readonly #means = make("div", { part: "conf-means" });
  readonly #pointed = make("div", { part: "conf-pointed panel-caption", "aria-live": "polite" });
  readonly #list = make("div", { part: "conf-list" });
  readonly #measure = canvasMeasure();
  readonly #grid: Grid;
  readonly #map: HeatMap;
  readonly #left: HTMLElement;
  readonly #body: HTMLElement;
  #counts: Counts | null = null;
  #order: Order = "errors";
  /** What is enlarged. */
  #zoom: Cell | null = null;

  constructor(host: Host<Traits>) {
    super(host, "confusion panel parts", make("div", { part: "conf-caption panel-caption" }, "Waiting for the rows."));
    const { signal } = host;
    this.#grid = new Grid((cell) => this.#press(cell), this.#measure, signal);
    this.#map = new HeatMap(
      {
        point: (cell) => this.#point(cell),
        press: (cell) => this.#enlarge(cell),
      },
      signal,
    );
    this.#left = make("div", { part: "conf-left" }, this.#grid.element, this.#map.element, this.#pointed);
    this.#body = make("div", { part: "conf-body" }, this.#left, this.#list);
    this.root.append(this.empty, this.#title, this.#caption, this.#bar, this.#body, this.#means);
    listen(this.#means, signal, "click", (event) => {
      const of = (event.target as Element).closest<HTMLElement>("[data-mean]")?.dataset.mean;
      if (of === undefined) return;
      const isShown = of === this.#mean;
      this.ask({ mean: isShown ? null : of.split(" ").map(Number) });
    });
    for (const [order, words] of [
      ["errors", "most confused first"],
      ["index", "in their order"],
    ] as const) {
      const button = make("button", { type: "button", role: "radio", "data-order": order }, words);
      this.#orders.append(button);
      listen(button, signal, "click", () => {
        this.#order = order;
        this.request();
      });
    }
    listen(this.#back, signal, "click", () => this.#enlarge(null));
    listen(this.#list, signal, "click", (event) => {
      const cell = (event.target as Element).closest<HTMLElement>("[data-cell]")?.dataset.cell;
      if (cell) this.#press(cell.split(" ").map(Number) as unknown as Cell, true);
    });
    for (const name of ["table", "numbers"]) {
      this.on(`change:${name}`, () => {
        this.#counts = null;
        this.request();
      });
    }
    for (const name of ["cells", "mean", "offers_mean"]) this.on(`change:${name}`, () => this.request());
  }

  protected override lacking(): string | null {
    return this.get("table")?.class_names ? null : "the rows";
  }

  protected override clear(): boolean {
    if (this.#mean !== "") this.ask({ mean: null });
    else if (this.#zoom) this.#enlarge(null);
    else if (this.#selected) this.save({ cells: null });
    else return false;
    return true;
  }

  protected override toBase(): boolean {
    const [isMean, selected, zoom] = [this.#mean !== "", this.#selected, this.#zoom];
    if (isMean) this.ask({ mean: null });
    if (selected) this.save({ cells: null });
    if (zoom) this.#enlarge(null);
    return isMean || selected !== null || zoom !== null;
  }

  protected override draw(): boolean {
    const { class_names: names, title, most_cells: most } = this.get("table") ?? {};
    this.fill(Boolean(names), this.#title, this.#caption, this.#body);
    if (!names) {
      this.#bar.hidden = true;
      return false;
    }
    this.#counts ??= new Counts(names.length, this.get("numbers"));
    const counts = this.#counts;
    const selected = this.#selected;
    const fonts = fontsOf(this.theme.font);
    const room = (this.width || UNLAID) - 2 * SIDE;
    const all = names.length <= most! ? [...names.keys()] : counts.occurring;
    const isMap = all.length > most!;
    const zoom = isMap ? this.#zoom : null;
    const beside = room - min(MAP, room) - 24 >= LIST;
    const side = min(MAP, room);
    this.#title.textContent = title ?? "";
    this.#caption.textContent = caption(counts, isMap && !zoom);
    this.#bar.hidden = this.#list.hidden = !isMap;
    this.#map.element.hidden = this.#pointed.hidden = !isMap || zoom !== null;
    this.#grid.element.hidden = isMap && zoom === null;
    this.#body.dataset.beside = String(isMap && beside && !zoom);
    if (isMap) {
      const order = this.#order === "errors" ? counts.byErrors() : counts.occurring;
      this.#back.hidden = zoom === null;
      this.#back.textContent = `back to all ${grouped(all.length)} classes`;
      for (const button of this.#orders.querySelectorAll("button"))
        button.setAttribute("aria-checked", String(button.dataset.order === this.#order));
      if (zoom) {
        const [down, across] = zoom.map((index) => blockAround(order, index, BLOCK)) as [number[], number[]];
        this.#grid.show({ counts, names, down, across, selected, room, fonts });
      } else this.#map.show({ counts, order, selected, side, theme: this.theme });
      const isBeside = beside && !zoom;
      const listed = isBeside ? LISTED.beside : LISTED.above;
      this.#writeList(counts, names, selected, { width: isBeside ? room - side - 24 : room, listed }, fonts);
    } else this.#grid.show({ counts, names, down: all, across: all, selected, room, fonts });
    this.#offerMeans(counts, names, selected);
    return false;
  }

  get #selected(): Cell | null {
    const first = this.get("cells")?.[0];
    return first ? [first[0]!, first[1]!] : null;
  }

  /** What the mean shown is of, as it stands on its button; "" for none. */
  get #mean(): string {
    return Array.from(this.get("mean") ?? []).join(" ");
  }

  /** Buttons for the means that the selected cell suggests, and for the one that is shown. */
  #offerMeans(counts: Counts, names: readonly string[], selected: Cell | null): void {
    const shown = Array.from(this.get("mean") ?? []);
    const cell = selected ?? (shown.length > 0 ? ([shown[0]!, shown[1] ?? shown[0]!] as const) : null);
    const offered = this.get("offers_mean") === true && this.kernel && cell !== null;
    this.#means.hidden = !offered;
    if (!offered) return;
    const held = this.#means.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.mean
      : undefined;
    const choices = [
      { of: cell.join(" "), rows: counts.at(cell), words: `mean of ${plural(counts.at(cell), "such row")}` },
      {
        of: String(cell[0]),
        rows: counts.of(cell[0]),
        words: `mean of all ${grouped(counts.of(cell[0]))} of ${names[cell[0]]}`,
      },
    ];
    this.#means.replaceChildren(
      ...choices
        .filter(({ rows }) => rows > 0)
        .map(({ of, words }) =>
          make(
            "button",
            {
              type: "button",
              part: "conf-mean",
              "data-mean": of,
              "aria-pressed": String(of === this.#mean),
              title: of === this.#mean ? "back to a single row" : `${words}, in diagram, matrix and waterfall`,
            },
            words,
          ),
        ),
    );
    if (held) this.#means.querySelector<HTMLElement>(`[data-mean="${held}"]`)?.focus({ preventScroll: true });
  }

  #press(cell: Cell, enlarge = false): void {
    const now = this.#selected;
    const same = now?.[0] === cell[0] && now[1] === cell[1];
    if (enlarge && !same) this.#zoom = cell;
    this.save({ cells: same ? null : [[...cell]] });
    this.request();
  }

  #enlarge(cell: Cell | null): void {
    this.#zoom = cell;
    this.#point(null);
    this.request();
  }

  #point(cell: Cell | null): void {
    const names = this.get("table")?.class_names;
    this.#pointed.textContent = cell && names && this.#counts ? cellWords(this.#counts, names, cell) : "";
  }

  #writeList(
    counts: Counts,
    names: readonly string[],
    selected: Cell | null,
    { width, listed }: { width: number; listed: number },
    fonts: Fonts,
  ): void {
    const shown = counts.confused.slice(0, listed);
    const label = (cell: Cell) => `${names[cell[0]]} → ${names[cell[1]]}`;
    // Both of a pair in half of the room, so that neither pushes out the other.
    const half = (width - 76 - this.#measure(" → ", fonts.body)) / 2;
    const ends = shown.flatMap(({ cell }) => cell.map((index) => names[index]!));
    const cut = cutNames(ends, half, fonts.name, this.#measure);
    const others = counts.confused.length - shown.length;
    this.#list.replaceChildren(
      make("div", { part: "conf-list-head" }, shown.length ? "Confused most: true → read" : "No row is misread."),
      ...shown.map(({ cell, count }, at) =>
        make(
          "button",
          {
            type: "button",
            part: "conf-item",
            title: label(cell),
            "aria-label": cellWords(counts, names, cell),
            "aria-pressed": String(selected?.[0] === cell[0] && selected[1] === cell[1]),
            "data-cell": cell.join(" "),
          },
          make("bdi", {}, `${cut[2 * at]} → ${cut[2 * at + 1]}`),
          make("span", {}, `${grouped(count)} of ${grouped(counts.of(cell[0]))}`),
        ),
      ),
      ...(others > 0
        ? [make("div", { part: "conf-more panel-caption" }, `and ${plural(others, "other")} in the picture`)]
        : []),
    );
  }
}
