/** One view of a SamplePicker: the selected row in words and bars, the strips, and what they show. */

import type { PickerWire } from "../../wire.ts";
import { FittedNames } from "../fitted_names.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { iconButton, listen, make } from "../html.ts";
import { KeptHeight } from "../kept_height.ts";
import { fillBars } from "./probability_bars.ts";
import { Samples } from "./samples.ts";
import { StripBoard } from "./strip_board.ts";
import { arrange, type Cells, named, type Show } from "./strips.ts";
import { type PictureShape, thumbnailsOf } from "./thumbnails.ts";
import {
  comparingWords,
  filterWords,
  legendOf,
  NOT_COMPARABLE,
  showWords,
  subtitle,
  subtitleOfMean,
  title,
  titleOfMean,
} from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  samples: PickerWire;
  numbers: DataView;
  pictures: DataView;
  picture_shape: PictureShape;
  available: number[] | null;
  selected_sample: number | null;
  compared_samples: ArrayLike<number>;
  most_compared: number;
  comparable: number[] | null;
  mean: ArrayLike<number> | null;
  mean_name: string;
  cells: ArrayLike<ArrayLike<number>> | null;
  label: number;
  show: Show;
}

/** More strips than this can be looked for by name. */
const MANY = 12;

export class PickerView extends HostedView<Traits> {
  readonly #title = make("div", { part: "pick-title panel-title" });
  readonly #subtitle = make("div", { part: "pick-subtitle panel-caption", "aria-live": "polite" });
  readonly #how = make("div", { part: "pick-how" });
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
  readonly #barNames = new FittedNames();
  readonly #kept = new KeptHeight(this.root);
  #samples!: Samples;
  #width = 0;
  #hasPictures = false;
  /** The row that was selected before a mean was looked at. */
  #before: number | null = null;

  constructor(host: Host<Traits>) {
    super(host, "picker panel");
    const { signal } = host;
    this.#board = new StripBoard(
      {
        select: (sample) => (sample === null ? this.clear() : this.#choose(sample)),
        compare: (sample) => this.#compare(sample),
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
      this.#how,
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
    this.on("change:mean", () => this.#turn());
    for (const trait of ["selected_sample", "compared_samples", "most_compared", "mean_name"])
      this.on(`change:${trait}`, () => this.#select());
    this.#rebuild();
  }

  protected override lacking(): string | null {
    return this.#samples ? null : "the rows";
  }

  /** What is selected comes into sight as soon as there is room for it. */
  protected override resized(): void {
    const width = this.root.clientWidth;
    if (this.#width === 0 && width > 0) this.#board.revealSelected();
    if (width !== this.#width) {
      this.#board.fitNames();
      this.#barNames.fit();
    }
    this.#width = width;
    this.#kept.update();
  }

  /** One step back: from samples that are compared, from a mean, from a row. */
  protected override clear(): boolean {
    if (this.#compared.length > 0) this.save({ compared_samples: [] });
    else if (this.#isMean) this.save({ mean: null });
    else if ((this.get("selected_sample") ?? null) !== null) this.save({ selected_sample: null });
    else return false;
    return true;
  }

  /** The row stays, after a mean that before it. */
  protected override toBase(): boolean {
    const [compares, isMean] = [this.#compared.length > 0, this.#isMean];
    if (compares) this.save({ compared_samples: [] });
    if (isMean) this.save({ mean: null });
    return compares || isMean;
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
    this.#kept.update();
  }

  #select(): void {
    const samples = this.#samples;
    if (!samples) return;
    const selected = this.get("selected_sample");
    const known = selected !== null && selected >= 0 && selected < samples.count ? selected : null;
    const compared = this.#compared;
    const most = this.get("most_compared") ?? 0;
    const mean = known === null && this.#isMean ? (this.get("mean_name") ?? "") : "";
    this.#title.textContent = this.#title.title = mean === "" ? title(samples, known) : titleOfMean(mean);
    this.#subtitle.textContent = mean === "" ? subtitle(samples, known) : subtitleOfMean(mean);
    this.#how.textContent = known === null ? "" : comparingWords(compared.length, most);
    this.#how.hidden = this.#how.textContent === "";
    this.#bars.hidden = known === null || samples.classNames === null;
    if (known !== null && samples.classNames) this.#barNames.set(fillBars(this.#bars, samples, known));
    this.#board.select(known, compared, most > 0);
  }

  get #compared(): number[] {
    return Array.from(this.get("compared_samples") ?? []);
  }

  get #isMean(): boolean {
    return (this.get("mean")?.length ?? 0) > 0;
  }

  /** A mean is looked at now, or no longer: then the row that was before. */
  #turn(): void {
    const selected = this.get("selected_sample") ?? null;
    if (this.#isMean) this.#before = selected ?? this.#before;
    else if (selected === null && this.#before !== null) this.save({ selected_sample: this.#before });
    this.#select();
  }

  /** One alone. */
  #choose(sample: number): void {
    this.save({
      selected_sample: sample,
      ...(this.#compared.length > 0 ? { compared_samples: [] } : {}),
      ...(this.#isMean ? { mean: null } : {}),
    });
  }

  /** Beside those that are compared, or the one that is selected; one that is among them goes. */
  #compare(sample: number): void {
    const [selected, most, comparable] = [
      this.get("selected_sample"),
      this.get("most_compared"),
      this.get("comparable"),
    ];
    const before = this.#compared.length > 0 ? this.#compared : selected === null ? [] : [selected];
    if (most === 0 || before.length === 0 || (before.length === 1 && before[0] === sample)) {
      if (sample === selected) this.clear();
      else this.#choose(sample);
      return;
    }
    const isIn = before.includes(sample);
    const refusal =
      comparable && !comparable.includes(sample)
        ? `${this.#samples.name(sample)}: ${NOT_COMPARABLE}`
        : !isIn && before.length >= most
          ? `${most} samples are compared at most`
          : null;
    if (refusal !== null) {
      this.#hover.textContent = refusal;
      this.#legend.style.visibility = "hidden";
      return;
    }
    const compared = isIn ? before.filter((other) => other !== sample) : [...before, sample];
    const kept = selected !== null && compared.includes(selected) ? selected : compared[0]!;
    this.save({ selected_sample: kept, compared_samples: compared.length > 1 ? compared : [] });
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
