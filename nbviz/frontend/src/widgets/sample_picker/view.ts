/** One view of a SamplePicker: the selected row in words and bars, the strips, and what they show. */

import type { AnyModel } from "@anywidget/types";
import { applyTheme, readTheme, watchTheme } from "../../style/theme.ts";
import type { PickerWire } from "../../wire.ts";
import { iconButton, listen, make } from "../html.ts";
import { fillBars } from "./probability_bars.ts";
import { Samples } from "./samples.ts";
import { StripBoard } from "./strip_board.ts";
import { arrange, type Cells, type Show } from "./strips.ts";
import { filterWords, legendOf, showWords, subtitle, title } from "./words.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  samples: PickerWire;
  numbers: DataView;
  available: number[] | null;
  selected_sample: number | null;
  cells: ArrayLike<ArrayLike<number>> | null;
  show: Show;
}

export class PickerView {
  readonly #model: AnyModel<Traits & Record<string, unknown>>;
  readonly #title = make("div", { part: "pick-title" });
  readonly #subtitle = make("div", { part: "pick-subtitle", "aria-live": "polite" });
  readonly #filter = make("span", { part: "pick-filter-words" });
  readonly #filterBox: HTMLElement;
  readonly #board: StripBoard;
  readonly #legend = make("div", { part: "pick-legend" });
  readonly #hover = make("div", { part: "pick-hover" });
  readonly #buttons = make("div", { part: "pick-segments", role: "radiogroup", "aria-label": "Rows shown" });
  readonly #bars = make("div", { part: "pick-bars", role: "list", "aria-label": "Class probabilities" });
  #samples!: Samples;

  constructor(model: AnyModel<Traits & Record<string, unknown>>, element: HTMLElement, signal: AbortSignal) {
    this.#model = model;
    this.#board = new StripBoard(
      {
        select: (sample) => this.#save({ selected_sample: sample }),
        hover: (sample) => this.#point(sample),
      },
      signal,
    );
    const clear = iconButton("clear", "Show the rows of every cell");
    listen(clear, signal, "click", () => this.#save({ cells: null }));
    this.#filterBox = make("div", { part: "pick-filter" }, this.#filter, clear);
    const root = make(
      "div",
      { part: "picker", "data-lm-suppress-shortcuts": "true" },
      this.#title,
      this.#subtitle,
      this.#bars,
      this.#filterBox,
      this.#board.element,
      make("div", { part: "pick-line" }, this.#legend, this.#hover),
      this.#buttons,
    );
    // JupyterLab asks the focused element first: on an ancestor alone the attribute comes too late.
    listen(root, signal, "focusin", (event) =>
      (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true"),
    );
    listen(this.#buttons, signal, "click", (event) => {
      const show = (event.target as HTMLElement).closest("button")?.dataset.show;
      if (show) this.#save({ show: show as Show });
    });
    listen(this.#buttons, signal, "keydown", (event) => this.#stepShow(event));
    element.append(root);
    this.#follow(root, signal);
    this.#rebuild();
  }

  #follow(root: HTMLElement, signal: AbortSignal): void {
    const on = (event: string, handler: () => void) => {
      this.#model.on(event as "msg:custom", handler);
      signal.addEventListener("abort", () => this.#model.off(event as "msg:custom", handler));
    };
    const theme = () => applyTheme(root, readTheme(root));
    theme();
    watchTheme(theme, signal);
    // A view is rendered before it is in the page; only there the host's colours are known.
    let width = 0;
    const size = new ResizeObserver(([entry]) => {
      if (width === 0 && entry!.contentRect.width > 0) {
        theme();
        this.#board.revealSelected();
      }
      width = entry!.contentRect.width;
    });
    size.observe(root);
    signal.addEventListener("abort", () => size.disconnect());
    on("change:samples", () => this.#rebuild());
    on("change:numbers", () => this.#rebuild());
    for (const trait of ["cells", "show", "available"]) on(`change:${trait}`, () => this.#arrange());
    on("change:selected_sample", () => this.#select());
  }

  #save(change: Partial<Traits>): void {
    for (const [trait, value] of Object.entries(change)) this.#model.set(trait, value);
    this.#model.save_changes();
  }

  #rebuild(): void {
    const [samples, numbers] = [this.#model.get("samples"), this.#model.get("numbers")];
    const width = samples.class_names?.length ?? 2;
    // The two traits may arrive one after the other.
    if (numbers.byteLength !== 4 * width * samples.count) return;
    this.#samples = new Samples(samples, numbers);
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

  #cells(): Cells {
    // bqplot hands over whatever arrays it has at the moment.
    return Array.from(this.#model.get("cells") ?? [], (cell) => Array.from(cell));
  }

  #arrange(): void {
    const samples = this.#samples;
    if (!samples) return;
    const [show, cells] = [this.#model.get("show"), this.#cells()];
    for (const button of this.#buttons.querySelectorAll("button")) {
      const checked = button.dataset.show === show;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
    }
    const strips = arrange(samples, show, cells);
    const rows = strips.reduce((sum, strip) => sum + strip.total, 0);
    const words = samples.hasTruth && samples.classNames ? filterWords(samples, cells, rows) : null;
    this.#filterBox.hidden = words === null;
    this.#filter.textContent = this.#filter.title = words ?? "";
    this.#board.rebuild(samples, strips, this.#model.get("available"));
    this.#legend.replaceChildren(...legendOf(samples));
    this.#select();
  }

  #select(): void {
    const samples = this.#samples;
    if (!samples) return;
    const selected = this.#model.get("selected_sample");
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
    const at = buttons.findIndex((button) => button.dataset.show === this.#model.get("show"));
    const next = buttons[(at + way + buttons.length) % buttons.length]!;
    this.#save({ show: next.dataset.show as Show });
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
