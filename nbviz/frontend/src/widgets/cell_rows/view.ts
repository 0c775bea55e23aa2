/** One view of CellRows: the rows of a cell, each with the features that made the difference. */

import { abs, floor, max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { plural, signed } from "../../style/numbers.ts";
import { canvasMeasure } from "../../style/text.ts";
import { fontsOf } from "../../style/type_scale.ts";
import type { CellRowsWire, CellRowWire, CellWire } from "../../wire.ts";
import type { Host } from "../hosted_view.ts";
import { listen, make } from "../html.ts";
import { probabilityWords } from "../probability_words.ts";
import { WidthView } from "../width_view.ts";
import { type Cell, captionOf, cellShown, keyOf, titleOf } from "./cell.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  rows: CellRowsWire | Record<string, never>;
  found: Record<string, CellWire>;
  error: string | null;
  cells: ArrayLike<ArrayLike<number>> | null;
  selected_sample: number | null;
  cell: Cell | null;
}

const SIDE = 16;
// As the sheet has them: how narrow a row may be, what lies between two of them, and to each side inside.
const ROW = 264;
const GAP = 16;
const PADDING = 8;
const UNLAID = 360; // px a view has before it is laid out
const NAMES = 0.5; // of the room
const NUMBER = 52; // px

export class CellRowsView extends WidthView<Traits> {
  readonly #title = make("div", { part: "rows-title panel-title" });
  readonly #caption = make("div", { part: "rows-caption panel-caption", "aria-live": "polite" });
  readonly #list = make("div", { part: "rows-list" });
  readonly #measure = canvasMeasure();

  constructor(host: Host<Traits>) {
    super(host, "cell-rows panel parts");
    this.root.append(this.#title, this.#caption, this.#list);
    for (const name of ["rows", "found", "error", "cells", "selected_sample"])
      this.on(`change:${name}`, () => this.request());
    listen(this.#list, host.signal, "click", (event) => {
      const sample = (event.target as Element).closest<HTMLElement>("[data-sample]")?.dataset.sample;
      if (sample === undefined) return;
      const chosen = Number(sample);
      this.save({ selected_sample: this.get("selected_sample") === chosen ? null : chosen });
    });
  }

  protected override lacking(): string | null {
    return "truth" in this.get("rows") ? null : "the rows";
  }

  protected override complaint(): string | null {
    return this.get("error");
  }

  protected override draw(): boolean {
    const wire = this.get("rows");
    if (!("truth" in wire)) return false;
    const rows = wire as CellRowsWire;
    const first = this.get("cells")?.[0];
    const chosen: Cell | null = first ? [first[0]!, first[1]!] : null;
    const selected = this.get("selected_sample") ?? null;
    const cell = cellShown(rows, chosen, selected);
    this.complain();
    if (!cell) {
      this.#title.textContent = "No row is misread";
      this.#caption.textContent = "a click on a cell of the confusion matrix shows its rows";
      this.#list.replaceChildren();
      return false;
    }
    const found = this.get("found")?.[keyOf(cell)];
    this.#title.textContent = this.#title.title = titleOf(rows, cell);
    if (!found) {
      // The list of before stays until the new one is there.
      this.#list.dataset.waiting = "true";
      this.#caption.textContent = this.kernel
        ? "working out what pushed each row"
        : "the rows of this cell are not in this page";
      if (!this.kernel) this.#list.replaceChildren();
      const asked = this.get("cell");
      if (this.kernel && (asked?.[0] !== cell[0] || asked[1] !== cell[1])) this.ask({ cell });
      return false;
    }
    this.#list.dataset.waiting = "false";
    this.#caption.textContent = captionOf(rows, cell, found);
    this.#write(rows, found, selected);
    return false;
  }

  #write({ class_names: names }: CellRowsWire, found: CellWire, selected: number | null): void {
    const fonts = fontsOf(this.theme.font);
    const room = roomInRow((this.width || UNLAID) - 2 * SIDE);
    const all = found.rows.flatMap((row) => row.pushes);
    const longest = max(0, ...all.map(({ name }) => this.#measure(name.slice(0, 200), fonts.body)));
    const width = min(longest + 10, room * NAMES);
    const labels = cutNames(
      all.map(({ name }) => name),
      width - 8,
      fonts.body,
      this.#measure,
    );
    const most = max(...all.map(({ change }) => abs(change)), 0) || 1;
    const held = this.#list.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.sample
      : undefined;
    let at = 0;
    const blocks = found.rows.map((row) => {
      const isSelected = row.sample === selected;
      const pushes = row.pushes.map(({ name, change }) => pushLine(labels[at++]!, name, change / most, change, width));
      return make(
        "button",
        {
          type: "button",
          part: "rows-row",
          "data-sample": String(row.sample),
          "aria-pressed": String(isSelected),
          title: "show this sample everywhere",
        },
        make(
          "div",
          { part: "rows-head" },
          make("b", {}, row.name),
          make("span", {}, ...probabilities(row, names, found)),
        ),
        ...pushes,
      );
    });
    const rest = found.total - found.rows.length;
    this.#list.replaceChildren(
      ...blocks,
      ...(rest > 0 ? [make("div", { part: "rows-more panel-caption" }, `and ${plural(rest, "other row")}`)] : []),
    );
    if (held) this.#list.querySelector<HTMLElement>(`[data-sample="${held}"]`)?.focus({ preventScroll: true });
  }
}

/** px for one of the rows that stand beside each other in so much room. */
export function roomInRow(width: number): number {
  const list = width + 2 * PADDING;
  const columns = max(1, floor((list + GAP) / (ROW + GAP)));
  return (list + GAP) / columns - GAP - 2 * PADDING;
}

/** "sensor drift p 0.83 · belt slip p 0.14". */
function probabilities(row: CellRowWire, names: readonly string[], found: CellWire): string[] {
  const read = found.rows.length > 0 ? names : [];
  return [`${probabilityWords(row.p)}; ${read[row.other] ?? ""} ${probabilityWords(row.other_p)}`];
}

function pushLine(label: string, name: string, share: number, change: number, width: number): HTMLElement {
  const bar = make("i", { part: change < 0 ? "rows-against" : "rows-towards" });
  bar.style.width = `${50 * abs(share)}%`;
  if (change < 0) bar.style.right = "50%";
  else bar.style.left = "50%";
  const text = make("bdi", { title: name }, label);
  text.style.width = `${width}px`;
  const number = make("span", { part: "rows-number" }, signed(change));
  number.style.width = `${NUMBER}px`;
  return make("div", { part: "rows-push" }, text, make("span", { part: "rows-track" }, bar), number);
}
