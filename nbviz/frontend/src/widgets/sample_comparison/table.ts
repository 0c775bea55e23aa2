/** The table of a comparison: names, a bar on one scale in each cell, and what each column sums to. */

import { abs, max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { grouped, isKnown, percent, signed } from "../../style/numbers.ts";
import { canvasMeasure } from "../../style/text.ts";
import type { Fonts } from "../../style/type_scale.ts";
import type { ComparisonWire } from "../../wire.ts";
import { iconButton, make } from "../html.ts";
import { type ComparedColumn, type ComparedRows, known, MEAN } from "./compared.ts";

const NAMES = { least: 96, most: 220, share: 0.3 }; // px, and of the room at most
const COLUMN = 84; // px at least; names give way first
const VALUES_FROM = 116; // px of a column that has room for the sample's own values

export interface TableState {
  readonly table: ComparisonWire;
  readonly columns: readonly ComparedColumn[];
  readonly rows: ComparedRows;
  /** Feature whose row is tinted, by its place in what was sent. */
  readonly row: number | null;
  /** The selected sample. */
  readonly sample: number | null;
  readonly room: number;
  readonly fonts: Fonts;
}

export class ComparedTable {
  readonly #sheet = make("div", { part: "compare-table", role: "table", "aria-label": "Samples compared" });
  readonly element = make("div", { part: "compare-body" }, this.#sheet);
  readonly #measure = canvasMeasure();

  clear(): void {
    this.#sheet.replaceChildren();
  }

  show({ table, columns, rows, row: selected, sample, room, fonts }: TableState): void {
    const focused = this.#focused();
    const features = rows.features.map((feature) => table.features[feature]!);
    const summed = `${grouped(rows.summed)} smaller, summed`;
    const all = [...features, summed, table.start_name, table.end_name];
    const longest = max(...all.map((name) => this.#measure(name.slice(0, 200), fonts.name))) + 14;
    const left = room - COLUMN * columns.length;
    const width = min(longest, max(NAMES.least, min(NAMES.most, room * NAMES.share, left)));
    this.#sheet.dataset.tight = String((room - width) / columns.length < VALUES_FROM);
    const labels = cutNames(all, width - 14, fonts.name, this.#measure);
    this.#sheet.style.setProperty("--names", `${width}px`);
    this.#sheet.style.setProperty("--columns", String(columns.length));
    const span = rows.high - rows.low || 1;
    this.#sheet.style.setProperty("--zero", `${(100 * -rows.low) / span}%`);
    const bar = (value: number, isSummed = false) => {
      const part = `compare-bar compare-${value < 0 ? "negative" : "positive"}${isSummed ? " compare-summed" : ""}`;
      const drawn = make("i", { part });
      drawn.style.left = `${(100 * (min(0, known(value)) - rows.low)) / span}%`;
      drawn.style.width = `${(100 * abs(known(value))) / span}%`;
      return make("span", { part: "compare-track" }, drawn);
    };
    const lines = [
      line("compare-heads", make("div", { role: "columnheader" }), ...columns.map((each) => heading(each, sample))),
    ];
    for (const [at, feature] of rows.features.entries()) {
      const unit = table.units[feature];
      const isSelected = feature === selected;
      lines.push(
        line(
          isSelected ? "compare-line compare-selected" : "compare-line",
          nameOf(labels[at]!, features[at]!, unit, isSelected),
          ...columns.map((column) =>
            cellOf(column, features[at]!, unit, column.values[feature]!, [
              make(
                "span",
                { part: "compare-texts" },
                make("i", {}, column.wire.feature_values[feature]!),
                make("b", {}, signed(column.values[feature]!)),
              ),
              bar(column.values[feature]!),
            ]),
          ),
        ),
      );
    }
    const count = rows.features.length;
    if (rows.summed > 0)
      lines.push(
        line(
          "compare-line compare-quiet",
          nameOf(labels[count]!, summed),
          ...rows.rest.map((value) =>
            plainCell(
              make("span", { part: "compare-texts" }, make("i"), make("b", {}, signed(value))),
              bar(value, true),
            ),
          ),
        ),
      );
    const numbers = (part: string, label: string, name: string, of: (column: ComparedColumn) => string) =>
      line(part, nameOf(label, name), ...columns.map((column) => plainCell(make("b", {}, of(column)))));
    lines.push(
      numbers("compare-foot compare-quiet", labels[count + 1]!, table.start_name, ({ start }) => signed(start)),
    );
    lines.push(numbers("compare-foot compare-sum", labels[count + 2]!, table.end_name, ({ end }) => signed(end)));
    if (table.has_p) lines.push(numbers("compare-foot", "probability", "probability", ({ p }) => chance(p)));
    for (const [name, of] of [
      ["read as", "read"],
      ["true", "true"],
    ] as const) {
      if (columns.every(({ wire }) => wire[of] === "")) continue;
      lines.push(
        line(
          "compare-foot",
          nameOf(name, name),
          ...columns.map(({ wire }) => {
            const text = make("bdi", { title: wire[of] }, wire[of]);
            if (of === "read" && wire.is_wrong) text.className = "nbviz-compare-wrong";
            return plainCell(text);
          }),
        ),
      );
    }
    this.#sheet.replaceChildren(...lines);
    const first = this.#sheet.querySelector<HTMLElement>("button.nbviz-compare-cell");
    if (first) first.tabIndex = 0;
    if (focused) this.#sheet.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
  }

  /** Arrows go from cell to cell. */
  key(event: KeyboardEvent): void {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const cell = (event.target as Element).closest<HTMLElement>(".nbviz-compare-cell[data-unit]");
    if (!step || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = [...this.#sheet.querySelectorAll<HTMLElement>(".nbviz-compare-line:not(.nbviz-compare-quiet)")];
    const cells = lines.map((each) => [...each.querySelectorAll<HTMLElement>(".nbviz-compare-cell[data-unit]")]);
    const row = cells.findIndex((each) => each.includes(cell));
    const column = cells[row]?.indexOf(cell) ?? 0;
    const next = cells[max(0, min(cells.length - 1, row + step[0]!))];
    const found = next?.[max(0, min(next.length - 1, column + step[1]!))];
    if (found) {
      cell.tabIndex = -1;
      found.tabIndex = 0;
      found.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** What has the focus, as a selector: it is made anew with what is drawn. */
  #focused(): string | null {
    const active = document.activeElement as HTMLElement | null;
    if (!active || !this.#sheet.contains(active)) return null;
    const { unit, sample, remove } = active.dataset;
    const parts = [
      ["unit", unit],
      ["sample", sample],
      ["remove", remove],
    ].map(([name, value]) => (value === undefined ? `:not([data-${name}])` : `[data-${name}="${value}"]`));
    return parts.join("");
  }
}

function heading({ wire }: ComparedColumn, selected: number | null): HTMLElement {
  const { sample, name } = wire;
  if (sample === MEAN) return make("div", { part: "compare-heading", role: "columnheader" }, make("bdi", {}, name));
  const isSelected = selected === sample;
  const remove = iconButton("clear", `without ${name}`);
  remove.dataset.remove = String(sample);
  return make(
    "div",
    { part: "compare-heading", role: "columnheader" },
    make(
      "button",
      {
        type: "button",
        part: "compare-name",
        title: "show this sample in the diagram",
        "data-sample": String(sample),
        "aria-pressed": String(isSelected),
      },
      make("bdi", {}, name),
    ),
    remove,
  );
}

function line(part: string, ...cells: HTMLElement[]): HTMLElement {
  return make("div", { part, role: "row" }, ...cells);
}

function nameOf(label: string, name: string, unit?: number | null, isSelected = false): HTMLElement {
  const text = make("bdi", {}, label);
  const inside =
    unit === null || unit === undefined
      ? text
      : make(
          "button",
          { type: "button", "data-unit": String(unit), "aria-pressed": String(isSelected), title: name },
          text,
        );
  return make("div", { part: "compare-row-name", role: "rowheader", title: name }, inside);
}

function cellOf(
  { wire }: ComparedColumn,
  feature: string,
  unit: number | null | undefined,
  value: number,
  inside: HTMLElement[],
): HTMLElement {
  if (unit === null || unit === undefined) return plainCell(...inside);
  const button = make(
    "button",
    {
      type: "button",
      part: "compare-cell",
      tabindex: "-1",
      "data-unit": String(unit),
      "data-sample": String(wire.sample),
      "aria-label": `${feature}, ${wire.name}: ${signed(value)}`,
      title: `${feature}, ${wire.name}: a click shows its path`,
    },
    ...inside,
  );
  return make("div", { part: "compare-place", role: "cell" }, button);
}

function plainCell(...inside: HTMLElement[]): HTMLElement {
  return make("div", { part: "compare-place", role: "cell" }, make("div", { part: "compare-cell" }, ...inside));
}

function chance(p: number): string {
  return isKnown(p) ? percent(p) : "";
}
