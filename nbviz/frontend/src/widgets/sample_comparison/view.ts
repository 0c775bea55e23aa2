/** One view of a SampleComparison: which samples stand beside each other, why which class, and what a click selects. */

import { abs, max } from "../../style/math.ts";
import { plural, short } from "../../style/numbers.ts";
import { fontsOf } from "../../style/type_scale.ts";
import type { ComparisonWire, EdgeMeaning } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { iconButton, listen, make } from "../html.ts";
import { Menu } from "../menu.ts";
import { cleared } from "../selection.ts";
import { WidthView } from "../width_view.ts";
import { columnsOf, gapOf, known, lackingOf, MEAN, placeOf, rowsOf } from "./compared.ts";
import { ComparedTable } from "./table.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  table: ComparisonWire | Record<string, never>;
  numbers: DataView;
  error: string | null;
  compared_samples: ArrayLike<number>;
  selected_sample: number | null;
  selected_class: number | null;
  selected_unit: number | null;
  edge_meaning: EdgeMeaning;
}

const SIDE = 16;
const UNLAID = 700; // px a view has before it is laid out
const EXACT = 1e-5; // what rounding of float32 leaves of some hundred numbers

export class ComparisonView extends WidthView<Traits> {
  readonly #title = make("span", { part: "compare-title" });
  readonly #caption = make("span", { part: "compare-caption", "aria-live": "polite" });
  readonly #menu: Menu;
  readonly #back = iconButton("clear", "back to one sample");
  readonly #head = make("div", { part: "compare-head" });
  readonly #table = new ComparedTable();

  constructor(host: Host<Traits>) {
    super(host, "compare parts");
    const { signal } = host;
    this.#menu = new Menu("Class that is told", (value) => this.#tell(Number(value)), signal);
    this.#head.append(this.#title, this.#menu.element, this.#caption, this.#back);
    this.root.append(this.#head, this.#table.element);
    for (const name of ["table", "numbers", "error", "selected_class", "selected_unit"])
      this.on(`change:${name}`, () => this.request());
    this.on("change:compared_samples", () => this.request());
    this.on("change:selected_sample", () => this.#follow());
    listen(this.#back, signal, "click", () => this.save({ compared_samples: [] }));
    listen(this.#table.element, signal, "click", (event) => this.#press(event.target as Element));
    listen(this.#table.element, signal, "keydown", (event) => this.#table.key(event));
    this.root.dataset.open = String(this.#samples.length > 0);
  }

  protected override lacking(): string | null {
    return null; // where nothing is compared, nothing is waited for
  }

  protected override complaint(): string | null {
    return this.get("error");
  }

  protected override clear(): boolean {
    const now = this.#selection();
    if (now.selected_unit !== null || now.selected_class !== null) this.save(cleared(now, null));
    else if (this.#samples.length > 0) this.save({ compared_samples: [] });
    else return false;
    return true;
  }

  protected override toBase(): boolean {
    const isSelected = this.clear();
    return (this.#samples.length > 0 && this.clear()) || isSelected;
  }

  protected override draw(): boolean {
    const samples = this.#samples;
    this.root.dataset.open = String(samples.length > 0);
    this.complain();
    if (samples.length === 0) {
      this.#table.clear();
      return false;
    }
    const shown = this.get("table");
    const table = "columns" in shown ? (shown as ComparisonWire) : null;
    const lacking = table ? lackingOf(table, samples) : samples;
    const place = table ? placeOf(table, samples, this.get("selected_class") ?? null) : -1;
    const columns = table && columnsOf(table, this.get("numbers"), samples, place);
    this.root.dataset.waiting = String(lacking.length > 0 || !columns);
    this.#title.textContent = `${plural(samples.length, "sample")} side by side`;
    if (!table || !columns || columns.length === 0) {
      this.#menu.element.hidden = true;
      this.#caption.textContent = this.kernel ? "working out why" : "not in this page";
      return false;
    }
    const unit = this.get("selected_unit") ?? null;
    const feature = unit === null ? -1 : table.units.indexOf(unit);
    const rows = rowsOf(table, columns, feature < 0 ? null : feature);
    const choices = table.classes.map((value, at) => ({ value: String(value), label: table.class_names[at]! }));
    this.#menu.element.hidden = table.all_classes < 2;
    this.#menu.update("why ", choices, String(table.classes[place]));
    const gap = gapOf(columns);
    const size = max(1, ...columns.map(({ end }) => abs(known(end))));
    const sums = gap <= EXACT * size ? "each adds up" : `adds up to within ${short(gap)}`;
    const waits = lacking.length > 0 ? `; ${this.kernel ? "working out" : "without"} ${lacking.length} more` : "";
    this.#caption.textContent = `to the ${table.end_name}; bars on one scale; ${sums}${waits}`;
    this.#table.show({
      table,
      columns,
      rows,
      row: feature < 0 ? null : feature,
      sample: this.get("selected_sample") ?? null,
      room: (this.width || UNLAID) - 2 * SIDE,
      fonts: fontsOf(this.theme.font),
    });
    return false;
  }

  get #samples(): number[] {
    return Array.from(this.get("compared_samples") ?? []);
  }

  #selection(): Pick<Traits, "selected_unit" | "selected_class" | "edge_meaning"> {
    return {
      selected_unit: this.get("selected_unit") ?? null,
      selected_class: this.get("selected_class") ?? null,
      edge_meaning: this.get("edge_meaning"),
    };
  }

  /** One that is none of them was chosen somewhere: nothing is compared any more. */
  #follow(): void {
    const [samples, selected] = [this.#samples, this.get("selected_sample") ?? null];
    if (samples.length > 0 && selected !== null && !samples.includes(selected)) this.save({ compared_samples: [] });
    this.request();
  }

  #tell(index: number): void {
    const unit = this.get("selected_unit") ?? null;
    this.save({ selected_class: index, edge_meaning: unit === null ? "contribution" : "path" });
  }

  #press(target: Element): void {
    const pressed = target.closest<HTMLElement>("[data-remove], [data-unit], [data-sample]");
    const table = this.get("table");
    if (!pressed || !("columns" in table)) return;
    const wire = table as ComparisonWire;
    const { remove, unit, sample } = pressed.dataset;
    if (remove !== undefined) {
      this.#remove(Number(remove));
      return;
    }
    const now = this.#selection();
    const place = placeOf(wire, this.#samples, now.selected_class);
    if (unit === undefined) this.save({ selected_sample: Number(sample) });
    else if (sample === undefined) {
      const chosen = now.selected_unit === Number(unit) ? null : Number(unit);
      const meaning: Partial<Traits> =
        now.selected_class === null ? {} : { edge_meaning: chosen === null ? "contribution" : "path" };
      this.save({ selected_unit: chosen, ...meaning });
    } else {
      const [row, column, index] = [Number(unit), Number(sample), wire.classes[place]!];
      const isSame =
        now.selected_unit === row &&
        now.selected_class === index &&
        (column === MEAN || this.get("selected_sample") === column);
      const seen = column === MEAN ? {} : { selected_sample: column };
      if (isSame) this.save(cleared(now, null));
      else this.save({ ...seen, selected_unit: row, selected_class: index, edge_meaning: "path" });
    }
  }

  /** Of two one is left: that is no comparison. */
  #remove(sample: number): void {
    const left = this.#samples.filter((other) => other !== sample);
    const selected = this.get("selected_sample") === sample ? (left[0] ?? null) : (this.get("selected_sample") ?? null);
    this.save({
      compared_samples: left.length > 1 ? left : [],
      selected_sample: left.length === 1 ? left[0]! : selected,
    });
  }
}
