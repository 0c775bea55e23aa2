/** One view of a SamplePicker: the selected row in words and bars, the strips, and what they show. */

import type { PickerWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { iconButton, listen, make } from "../html.ts";
import { fillBars } from "./probability_bars.ts";
import { Samples } from "./samples.ts";
import { StripBoard } from "./strip_board.ts";
import { arrange, type Cells, named, type Show } from "./strips.ts";
import { type PictureShape, thumbnailsOf } from "./thumbnails.ts";
import { filterWords, legendOf, showWords, subtitle, title } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  samples: PickerWire;
  numbers: DataView;
  pictures: DataView;
  picture_shape: PictureShape;
  available: number[] | null;
  selected_sample: number | null;
  cells: ArrayLike<ArrayLike<number>> | null;
  label: number;
  show: Show;
}

/** More strips than this can be looked for by name. */
const MANY = 12;

export class PickerView extends HostedView<Traits> {
  readonly #title = make("div", { part: "pick-title" });
  readonly #subtitle = make("div", { part: "pick-subtitle", "aria-live": "polite" });
  readonly #filter = make("span", { part: "pick-filter-words" });
  readonly #filterBox: HTMLElement;
  readonly #find = make("input", {
    type: "search",
    part: "pick-find",
    placeholder: "find a class",
    "aria-label": "Find a class",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #board: StripBoard;
  readonly #legend = make("div", { part: "pick-legend" });
  readonly #hover = make("div", { part: "pick-hover" });
  readonly #buttons = make("div", { part: "pick-segments", role: "radiogroup", "aria-label": "Rows shown" });
  readonly #bars = make("div", { part: "pick-bars", role: "list", "aria-label": "Class probabilities" });
  #samples!: Samples;
  #width = 0;
  #hasPictures = false;

  constructor(host: Host<Traits>) {
    super(host, "picker");
    const { signal } = host;
    this.#board = new StripBoard(
      {
        select: (sample) => this.save({ selected_sample: sample }),
        hover: (sample) => this.#point(sample),
      },
      signal,
    );
    const clear = iconButton("clear", "Show the rows of every cell");
    listen(clear, signal, "click", () => this.save({ cells: null }));
    this.#filterBox = make("div", { part: "pick-filter" }, this.#filter, clear);
    const line = make("div", { part: "pick-line" }, this.#legend, this.#hover);
    this.root.append(
      this.#title,
      this.#subtitle,
      this.#bars,
      this.#filterBox,
      this.#find,
      this.#board.element,
      line,
      this.#buttons,
    );
    listen(this.#find, signal, "input", () => this.#arrange());
    listen(this.#buttons, signal, "click", (event) => {
      const show = (event.target as HTMLElement).closest("button")?.dataset.show;
      if (show) this.save({ show: show as Show });
    });
    listen(this.#buttons, signal, "keydown", (event) => this.#stepShow(event));
    for (const trait of ["samples", "numbers", "pictures", "picture_shape"])
      this.on(`change:${trait}`, () => this.#rebuild());
    for (const trait of ["cells", "label", "show", "available"]) this.on(`change:${trait}`, () => this.#arrange());
    this.on("change:selected_sample", () => this.#select());
    this.#rebuild();
  }

  protected override lacking(): string | null {
    return this.#samples ? null : "the rows";
  }

  /** What is selected comes into sight as soon as there is room for it. */
  protected override resized(): void {
    const width = this.root.clientWidth;
    if (this.#width === 0 && width > 0) this.#board.revealSelected();
    if (width !== this.#width) this.#board.fitNames();
    this.#width = width;
  }

  #rebuild(): void {
    const [samples, numbers] = [this.get("samples"), this.get("numbers")];
    // The two traits may arrive one after the other.
    if (numbers.byteLength !== 4 * Samples.width(samples) * samples.count) return;
    this.#samples = new Samples(samples, numbers);
    this.#picture();
    const shows = showWords(this.#samples);
    this.#buttons.replaceChildren(
      ...shows.map(([show, words, meaning]) =>
        make(
          "button",
          { type: "button", part: "pick-segment", role: "radio", "data-show": show, title: meaning },
          words,
        ),
      ),
    );
    this.#arrange();
  }

  protected override restyled(): void {
    if (this.#samples) this.#picture();
  }

  #picture(): void {
    const { count } = this.#samples;
    const thumbnails = thumbnailsOf(this.get("pictures"), this.get("picture_shape"), count, this.theme);
    this.#hasPictures = thumbnails !== null;
    this.#board.setThumbnails(thumbnails);
  }

  #cells(): Cells {
    // bqplot hands over whatever arrays it has at the moment.
    return Array.from(this.get("cells") ?? [], (cell) => Array.from(cell));
  }

  #arrange(): void {
    const samples = this.#samples;
    if (!samples) return;
    samples.label = this.get("label") ?? 0;
    const [show, cells] = [this.get("show"), this.#cells()];
    for (const button of this.#buttons.querySelectorAll("button")) {
      const checked = button.dataset.show === show;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
    }
    const all = arrange(samples, show, cells);
    this.#find.hidden = all.length <= MANY && this.#find.value === "";
    const strips = named(all, samples, this.#find.value);
    const rows = strips.reduce((sum, strip) => sum + strip.total, 0);
    const words = samples.hasTruth && samples.classNames ? filterWords(samples, cells, rows) : null;
    this.#filterBox.hidden = words === null;
    this.#filter.textContent = this.#filter.title = words ?? "";
    this.#board.rebuild(samples, strips, this.get("available"));
    this.#legend.replaceChildren(...legendOf(samples, this.get("available"), this.#hasPictures));
    this.#select();
  }

  #select(): void {
    const samples = this.#samples;
    if (!samples) return;
    const selected = this.get("selected_sample");
    const known = selected !== null && selected >= 0 && selected < samples.count ? selected : null;
    this.#title.textContent = this.#title.title = title(samples, known);
    this.#subtitle.textContent = subtitle(samples, known);
    this.#bars.hidden = known === null || samples.classNames === null;
    if (known !== null && samples.classNames) fillBars(this.#bars, samples, known);
    this.#board.select(known);
  }

  #point(sample: number | null): void {
    this.#hover.textContent = sample === null ? "" : `${this.#samples.name(sample)}: ${this.#samples.words(sample)}`;
    this.#legend.style.visibility = sample === null ? "" : "hidden";
  }

  #stepShow(event: KeyboardEvent): void {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way) return;
    const buttons = [...this.#buttons.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button.dataset.show === this.get("show"));
    const next = buttons[(at + way + buttons.length) % buttons.length]!;
    this.save({ show: next.dataset.show as Show });
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
