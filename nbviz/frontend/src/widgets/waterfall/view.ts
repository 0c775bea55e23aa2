/** One view of a Waterfall: names and values of the rows, the bars of the classes that matter, all classes beneath. */

import { max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { grouped } from "../../style/numbers.ts";
import { canvasMeasure } from "../../style/text.ts";
import { fontsOf } from "../../style/type_scale.ts";
import type { EdgeMeaning, WaterfallWire } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { probabilityWords } from "../probability_words.ts";
import { WidthView } from "../width_view.ts";
import { AllClasses } from "./all_classes.ts";
import { Chart, type Heading, spoken } from "./chart.ts";
import { columnsOf, readNumbers, type Stack, stackOf } from "./stack.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  shown: WaterfallWire | Record<string, never>;
  numbers: DataView;
  busy: string;
  selected_class: number | null;
  selected_unit: number | null;
  edge_meaning: EdgeMeaning;
}

const VALUE = 48; // px of a feature's own value
const VALUES_FROM = 560; // px of room that they are shown in
const NAMES = { least: 112, most: 264, share: { start: 0.23, least: 0.25, most: 0.44 } }; // px, and of the room at most
// px of a class: with less than the least the bars scroll, for the easy ones names give way.
const COLUMN = { least: 96, easy: 112 };
const SIDE = 16; // px at the left and at the right
const SCROLLED = 1000; // px a view has before it is laid out

export class WaterfallView extends WidthView<Traits> {
  readonly #title = make("span", { part: "fall-title panel-title" });
  readonly #caption = make("span", { part: "fall-caption panel-caption" });
  readonly #busy = make("span", { part: "fall-busy panel-caption", role: "status" });
  readonly #told = make("span", { part: "fall-told" }, this.#caption, this.#busy); // one in the other's place
  readonly #head = make("div", { part: "fall-head" }, this.#title, this.#told);
  readonly #names = make("div", { part: "fall-rows" });
  readonly #measure = canvasMeasure();
  readonly #chart = new Chart(this.#measure);
  readonly #body = make("div", { part: "fall-body" }, this.#names, this.#chart.element);
  readonly #all = new AllClasses(this.#measure);

  constructor(host: Host<Traits>) {
    super(host, "fall panel parts", make("div", { part: "fall-empty" }, "Waiting for a sample."));
    this.root.append(this.empty, this.#head, this.#body, this.#all.element);
    for (const name of ["shown", "numbers", "busy", "selected_class", "selected_unit", "edge_meaning"])
      this.on(`change:${name}`, () => this.request());
    listen(this.root, host.signal, "click", (event) => this.#press(event.target as Element));
  }

  protected override lacking(): string | null {
    return this.#wire ? null : "a sample";
  }

  protected override clear(): boolean {
    const { selected_class: of, selected_unit: unit } = this.#selection();
    if (of === null && unit === null) return false;
    this.save({ selected_class: null, selected_unit: null, ...this.#meaning(false, false) });
    return true;
  }

  protected override draw(): boolean {
    const wire = this.#wire;
    const focused = this.#focused();
    const numbers = wire && readNumbers(wire, this.get("numbers"));
    this.fill(wire !== null, this.#head, this.#body);
    if (!wire) this.#all.element.hidden = true;
    if (!wire || !numbers) return false;
    const { selected_class: selected, selected_unit: unit } = this.#selection();
    const feature = unit === null ? -1 : wire.units.indexOf(unit);
    const columns = columnsOf(wire, selected);
    const stack = stackOf(wire, numbers, columns, feature < 0 ? null : feature);
    const roles = rolesOf(wire, columns);
    const headings = headingsOf(wire, columns, roles, selected);
    const row = feature < 0 ? null : stack.features.indexOf(feature) + 1 || null;
    const fonts = fontsOf(this.theme.font);
    const room = (this.width || SCROLLED) - 2 * SIDE;

    this.#title.textContent = wire.title;
    const over = wire.over === "" ? "" : `for the output in its ${wire.over}; `;
    this.#caption.textContent =
      over + wire.adds_up + (wire.per_class ? "; pixels per logit are the same in all three" : "");
    const busy = this.kernel ? (this.get("busy") ?? "") : "";
    this.root.dataset.busy = String(busy !== "");
    if (this.#busy.textContent !== busy) this.#busy.textContent = busy;
    const names = this.#writeNames(wire, stack, headings, row, room);
    const width = max(COLUMN.least * columns.length, room - names);
    const at = selected === null ? -1 : columns.indexOf(wire.classes.indexOf(selected));
    const head = this.#chart.show({ stack, headings, width, row, column: at < 0 ? null : at, fonts });
    this.#names.style.paddingTop = `${head}px`;
    this.#all.element.hidden = !wire.per_class;
    if (wire.per_class) this.#all.show({ wire, numbers, stack, columns, roles, selected, width: room, fonts });
    if (focused) this.root.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
    return false;
  }

  get #wire(): WaterfallWire | null {
    const shown = this.get("shown");
    return "sample" in shown ? (shown as WaterfallWire) : null;
  }

  #selection(): Pick<Traits, "selected_class" | "selected_unit"> {
    return { selected_class: this.get("selected_class") ?? null, selected_unit: this.get("selected_unit") ?? null };
  }

  /** What edges show of a selection; what somebody else has them show stays. */
  #meaning(hasClass: boolean, hasFeature: boolean): Partial<Traits> {
    if (hasClass) return { edge_meaning: hasFeature ? "path" : "contribution" };
    const now = this.get("edge_meaning");
    return now === "path" || now === "contribution" ? { edge_meaning: "weight" } : {};
  }

  #press(target: Element): void {
    const wire = this.#wire;
    const pressed = target.closest<HTMLElement | SVGElement>("[data-class], [data-unit]");
    if (!wire || !pressed) return;
    const now = this.#selection();
    const { dataset } = pressed;
    const of = dataset.class === undefined ? null : Number(dataset.class);
    if (dataset.row !== undefined) {
      const unit = Number(this.#names.children[Number(dataset.row)]?.getAttribute("data-unit") ?? Number.NaN);
      if (Number.isNaN(unit)) return;
      const same = now.selected_class === of && now.selected_unit === unit;
      this.save(
        same
          ? { selected_class: null, selected_unit: null, ...this.#meaning(false, false) }
          : { selected_class: of, selected_unit: unit, ...this.#meaning(true, true) },
      );
    } else if (of !== null) {
      const chosen = now.selected_class === of ? null : of;
      const isFeature = now.selected_unit !== null && wire.units.includes(now.selected_unit);
      this.save({ selected_class: chosen, ...this.#meaning(chosen !== null, isFeature) });
    } else {
      const unit = Number(dataset.unit);
      const chosen = now.selected_unit === unit ? null : unit;
      const hasClass = now.selected_class !== null;
      this.save({ selected_unit: chosen, ...(hasClass ? this.#meaning(true, chosen !== null) : {}) });
    }
  }

  /** Returns the px that the names take. */
  #writeNames(
    wire: WaterfallWire,
    stack: Stack,
    headings: readonly Heading[],
    row: number | null,
    room: number,
  ): number {
    const fonts = fontsOf(this.theme.font);
    // They go first where there is little room.
    const hasValues = room >= VALUES_FROM && wire.feature_values.some((value) => value !== "");
    const values = hasValues ? VALUE : 0;
    const summed = `${grouped(stack.summed)} smaller, summed`;
    const end = `${wire.end_name}, ${wire.sample}`;
    const features = stack.features.map((feature) => wire.features[feature]!);
    const all = [wire.start_name, ...features, summed, end];
    const longest = max(...all.map((name) => this.#measure(name.slice(0, 200), fonts.name))) + 14;
    // They give way to classes that would have to scroll otherwise.
    const left = max(NAMES.share.least * room, room - COLUMN.easy * stack.low[0]!.length);
    // What the rows start from is told whole where classes have their room.
    const told = max(...headings.map(({ caption }) => this.#measure(caption, fonts.small))) + 14;
    const beside = room - values - max(COLUMN.least, min(COLUMN.easy, told)) * headings.length;
    const start = this.#measure(wire.start_name, fonts.name) + 14;
    const least = max(NAMES.least, min(start, beside, NAMES.share.start * room));
    const most = max(least, min(NAMES.most, min(NAMES.share.most * room, left) - values));
    const width = min(longest, most) + values;
    // The sample has its name above, too.
    const isWhole = this.#measure(end, fonts.name) <= width - values - 14;
    const shown = isWhole ? all : [...all.slice(0, -1), wire.end_name];
    const labels = cutNames(shown, width - values - 14, fonts.name, this.#measure);
    const quiet = (at: number) =>
      make("div", { part: "fall-row fall-quiet", title: all[at]! }, make("bdi", {}, labels[at]!), make("i"));
    const rows: HTMLElement[] = [quiet(0)];
    for (const [at, feature] of stack.features.entries()) {
      const unit = wire.units[feature];
      const value = wire.feature_values[feature]!;
      const attributes = {
        part: at + 1 === row ? "fall-row fall-selected" : "fall-row",
        title: features[at]!,
        "aria-label": `${features[at]}${value ? ` ${value}` : ""}: ${spoken(stack, at + 1, headings)}`,
      };
      const parts = [make("bdi", {}, labels[at + 1]!), make("i", {}, value)];
      rows.push(
        unit === null || unit === undefined
          ? make("div", attributes, ...parts)
          : make(
              "button",
              { ...attributes, type: "button", "data-unit": String(unit), "aria-pressed": String(at + 1 === row) },
              ...parts,
            ),
      );
    }
    if (stack.summed > 0) rows.push(quiet(features.length + 1));
    rows.push(make("div", { part: "fall-row fall-sum", title: end }, make("bdi", {}, labels.at(-1)!), make("i")));
    this.#names.replaceChildren(...rows);
    this.#names.dataset.values = String(hasValues);
    this.#names.style.width = `${width}px`;
    return width;
  }

  /** What has the focus, as a selector: it is made anew with what is drawn. */
  #focused(): string | null {
    const active = document.activeElement as HTMLElement | null;
    if (!active || !this.root.contains(active)) return null;
    const { class: of, unit } = active.dataset;
    return `.${active.classList[0]}${of === undefined ? `[data-unit="${unit}"]` : `[data-class="${of}"]`}`;
  }
}

/** What the classes side by side are to the sample, by place; of few classes nobody needs to be told why they are there. */
function rolesOf(wire: WaterfallWire, columns: readonly number[]): Map<number, string> {
  const roles = new Map<number, string>();
  const [predicted, truth] = [wire.predicted, wire.truth].map((index) =>
    index === null ? -1 : wire.classes.indexOf(index),
  );
  for (const place of columns) {
    if (place === predicted) roles.set(place, "predicted");
    else if (place === truth) roles.set(place, "true");
  }
  if (!wire.per_class || predicted === undefined || predicted < 0) return roles;
  const next = wire.columns.find((index) => index !== wire.predicted && index !== wire.truth);
  const runnerUp = next === undefined ? -1 : wire.classes.indexOf(next);
  if (columns.includes(runnerUp) && isNext(wire, runnerUp)) roles.set(runnerUp, "runner-up");
  return roles;
}

/** Whether a class is the likeliest one but for the predicted and the true one. */
function isNext(wire: WaterfallWire, place: number): boolean {
  return wire.classes.every(
    (index, at) =>
      at === place || index === wire.predicted || index === wire.truth || (wire.p?.[at] ?? 0) <= (wire.p?.[place] ?? 0),
  );
}

function headingsOf(
  wire: WaterfallWire,
  columns: readonly number[],
  roles: ReadonlyMap<number, string>,
  selected: number | null,
): Heading[] {
  return columns.map((place) => {
    const p = wire.p === null ? "" : probabilityWords(wire.p[place] ?? Number.NaN);
    const [index, role] = [wire.classes[place]!, roles.get(place)];
    return {
      index,
      name: wire.class_names[place]!,
      caption: [role, p].filter(Boolean).join(", "),
      isStrong: wire.per_class || role === "predicted" || index === selected,
    };
  });
}
