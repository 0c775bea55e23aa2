/** One view of PredictedValues: how good the predictions are in words, and the points of two plots. */

import type { PredictedValuesWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { isEnabled, listen, make } from "../html.ts";
import { Panel } from "./panel.ts";
import { errorOf, inOrder, pointWords, type Rows, rowsOf } from "./points.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  chart: PredictedValuesWire;
  numbers: DataView;
  available: number[] | null;
  selected_sample: number | null;
  selected_class: number | null;
}

/** From this width on the errors stand beside the values. */
const BESIDE = 460;
const [SIDE, WIDEST, LOW] = [280, 640, 170]; // px of a plot
const GAP = 17; // px between plots, and one for what the browser rounds

export class PredictedView extends HostedView<Traits> {
  readonly #title = make("div", { part: "value-title panel-title" });
  readonly #captions = make("div", { part: "value-captions panel-caption" });
  readonly #choice = make("select", { part: "value-choice", "aria-label": "Output that is charted" });
  readonly #plots = make("div", { part: "value-plots" });
  readonly #values = new Panel();
  readonly #errors = new Panel();
  readonly #foot = make("div", { part: "value-foot", "aria-live": "polite" });
  #rows: Rows | null = null;
  #order: number[] = [];
  #pointed: number | null = null;
  #current: number | null = null;

  constructor(host: Host<Traits>) {
    super(host, "values panel");
    const { signal } = host;
    this.#plots.append(this.#values.svg, this.#errors.svg);
    const said = make("div", { part: "value-said" }, this.#title, this.#captions, this.#choice, this.#foot);
    this.root.append(said, this.#plots);
    this.watchSize(this.#plots);
    listen(this.#plots, signal, "click", (event) => this.#choose(rowAt(event.target)));
    listen(this.#plots, signal, "pointerover", (event) => this.#point(rowAt(event.target)));
    listen(this.#plots, signal, "pointerleave", () => this.#point(null));
    listen(this.#plots, signal, "focusin", (event) => {
      this.#current = rowAt(event.target) ?? this.#current;
      this.#point(rowAt(event.target));
    });
    listen(this.#plots, signal, "focusout", () => this.#point(null));
    listen(this.#plots, signal, "keydown", (event) => this.#key(event));
    listen(this.#choice, signal, "change", () => this.save({ selected_class: Number(this.#choice.value) }));
    for (const trait of ["chart", "numbers", "available", "selected_class"])
      this.on(`change:${trait}`, () => this.request());
    this.on("change:selected_sample", () => this.#select());
  }

  protected override lacking(): string | null {
    return this.#rows ? null : "the predictions";
  }

  protected override resized(): void {
    this.request();
  }

  protected override clear(): boolean {
    if ((this.get("selected_sample") ?? null) === null) return false;
    this.save({ selected_sample: null });
    return true;
  }

  /** The row stays. */
  protected override toBase(): boolean {
    return false;
  }

  protected override draw(): boolean {
    const chart = this.get("chart");
    const output = Math.min(this.get("selected_class") ?? 0, chart.outputs.length - 1);
    const rows = rowsOf(chart, this.get("numbers"), output);
    // The two traits may arrive one after the other.
    if (rows === null) return false;
    this.#rows = rows;
    this.#order = inOrder(rows.own);
    this.#say(chart, output);
    this.#plot(chart, output, rows);
    this.#select();
    return false;
  }

  #say(chart: PredictedValuesWire, output: number): void {
    const { name, captions } = chart.outputs[output]!;
    const several = chart.outputs.length > 1;
    this.#title.textContent = this.#title.title = several
      ? `Predicted against true: ${name}`
      : "Predicted against true";
    this.#captions.replaceChildren(...captions.map((words) => make("div", {}, words)));
    this.#choice.hidden = !several;
    if (this.#choice.options.length !== chart.outputs.length) {
      this.#choice.replaceChildren(
        ...chart.outputs.map((each, index) => make("option", { value: String(index) }, each.name)),
      );
    }
    this.#choice.value = String(output);
  }

  #plot(chart: PredictedValuesWire, output: number, { own, others }: Rows): void {
    const width = this.#plots.clientWidth;
    if (width === 0) return;
    const { values, errors } = chart.outputs[output]!;
    const beside = width >= BESIDE;
    const square = beside ? Math.min(SIDE, (width - GAP) / 2) : Math.min(SIDE, width);
    const rest = beside ? Math.min(WIDEST, width - GAP - square) : width;
    const available = this.get("available");
    const offered = available && new Set(available);
    const isOn = (row: number) => !offered || offered.has(row);
    const focused = this.#plots.contains(document.activeElement);
    this.#values.draw(
      {
        across: values,
        up: values,
        acrossWords: "true",
        upWords: "predicted",
        line: [values.low, values.low, values.high, values.high],
        own: { x: own.truth, y: own.predicted },
        others: { x: others.truth, y: others.predicted },
        words: (row) => pointWords(chart, own, row),
        isOn,
      },
      square,
      square,
    );
    const of = (points: typeof own) => Float32Array.from(points.truth, (_, row) => errorOf(points, row));
    this.#errors.draw(
      {
        across: values,
        up: errors,
        acrossWords: "predicted",
        upWords: "error: predicted − true",
        line: [values.low, 0, values.high, 0],
        own: { x: own.predicted, y: of(own) },
        others: { x: others.predicted, y: of(others) },
        words: null,
        isOn,
      },
      rest,
      beside ? square : LOW,
    );
    const start = this.#order.includes(this.#current ?? -1) ? this.#current : (this.#order[0] ?? null);
    this.#step(start, focused);
  }

  #select(): void {
    const row = this.get("selected_sample") ?? null;
    if (!this.#rows) return;
    this.#values.select(row);
    this.#errors.select(row);
    if (row !== null && !this.#plots.contains(document.activeElement)) this.#step(row, false);
    this.#tell();
  }

  #point(row: number | null): void {
    this.#pointed = row;
    this.#tell();
  }

  /** What is pointed at, else selected. */
  #tell(): void {
    if (!this.#rows) return;
    const chart = this.get("chart");
    const row = this.#pointed ?? this.get("selected_sample") ?? null;
    this.#foot.textContent =
      row === null ? "a click on a point selects its row" : pointWords(chart, this.#rows.own, row);
    this.#foot.dataset.quiet = String(row === null);
  }

  #choose(row: number | null): void {
    const mark = row === null ? undefined : this.#values.mark(row);
    if (row === null || !mark || !isEnabled(mark as unknown as HTMLElement)) return;
    this.save({ selected_sample: row === (this.get("selected_sample") ?? null) ? null : row });
  }

  /** The one point that the tab key reaches. */
  #step(row: number | null, focus: boolean): void {
    if (row === null) return;
    if (this.#current !== null) this.#values.mark(this.#current)?.setAttribute("tabindex", "-1");
    this.#current = row;
    const mark = this.#values.mark(row);
    mark?.setAttribute("tabindex", "0");
    if (focus) mark?.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#current === null) return;
    const at = this.#order.indexOf(this.#current);
    const to = {
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      Home: 0,
      End: this.#order.length - 1,
    }[event.key];
    if (to !== undefined) this.#step(this.#order[Math.max(0, Math.min(this.#order.length - 1, to))] ?? null, true);
    else if (event.key === "Enter" || event.key === " ") this.#choose(this.#current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function rowAt(target: EventTarget | null): number | null {
  const mark = target instanceof Element ? target.closest("[data-sample]") : null;
  return mark ? Number(mark.getAttribute("data-sample")) : null;
}
