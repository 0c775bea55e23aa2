/** Title, captions, menus; while something is computed, how far it is. */

import { floor, max, min } from "../../style/math.ts";
import type { LayerChoiceWire } from "../../wire.ts";
import { listen, make } from "../html.ts";
import { type Choice, Menu } from "../menu.ts";
import { columnName, type MatrixTable, plural } from "./table.ts";

export interface HeaderState {
  table: MatrixTable;
  sort: string;
  layer: string;
  layers: readonly LayerChoiceWire[];
  /** Keys of the tables that are there. */
  known: ReadonlySet<string>;
  method: string | null;
  methods: readonly string[];
  kernel: boolean;
  /** What is being computed; "" for nothing. */
  busy: string;
  progress: number;
  /** The moment whose table it is, "at epoch 44"; null for the live network. */
  when: string | null;
  /** Whether somebody could work out the noise floor, does so, or has. */
  floor: Floor;
  floorProgress: number;
  /** Whether shares are those above the noise floor; null where there is no choice. */
  above: boolean | null;
}

export type Floor = "none" | "offered" | "running" | "known";

export interface HeaderActions {
  setAbove(above: boolean): void;
  /** Asks for the noise floor, or to stop. */
  askFloor(wanted: boolean): void;
  setSort(sort: string): void;
  setLayer(layer: string): void;
  setMethod(method: string): void;
}

export class Header {
  readonly element = make("div", { part: "matrix-header" });
  readonly #name = make("span");
  readonly #when = make("span", { part: "matrix-when" });
  readonly #title = make("div", { part: "matrix-title panel-title" }, this.#name, this.#when);
  readonly #captions = make("div", { part: "matrix-captions panel-caption" });
  readonly #busy = make("div", { part: "matrix-busy panel-caption", role: "status" });
  readonly #bar = make("i");
  readonly #track = make("div", { part: "matrix-progress" }, this.#bar);
  readonly #sort: Menu;
  readonly #layer: Menu;
  readonly #method: Menu;
  readonly #shares: Menu;
  readonly #floor = make("button", { type: "button", part: "matrix-floor" });

  constructor(actions: HeaderActions, signal: AbortSignal) {
    this.#sort = new Menu("sort the rows", actions.setSort, signal);
    this.#layer = new Menu("rows of the table", actions.setLayer, signal);
    this.#method = new Menu("method", actions.setMethod, signal);
    this.#shares = new Menu("what shares are of", (value) => actions.setAbove(value === "above"), signal);
    listen(this.#floor, signal, "click", () => actions.askFloor(this.element.dataset.floor !== "running"));
    const words = make("div", { part: "matrix-words" }, this.#title, this.#captions, this.#busy);
    const menus = make("div", { part: "matrix-menus" });
    for (const { element } of [this.#layer, this.#method, this.#shares, this.#sort]) menus.append(element);
    menus.append(this.#floor);
    this.element.append(words, menus, this.#track);
  }

  update(state: HeaderState): void {
    const { table, sort, layer, layers, known, method, methods, kernel, busy } = state;
    const { wire } = table;
    write(this.#name, wire.title);
    write(this.#when, state.when ?? "");
    this.#when.hidden = state.when === null;
    if (this.#captions.childElementCount !== wire.captions.length)
      this.#captions.replaceChildren(...wire.captions.map(() => make("div", { dir: "auto" })));
    for (const [index, line] of [...this.#captions.children].entries()) write(line, wire.captions[index]!);

    const several = wire.columns.length > 1;
    this.#sort.update("Sort: ", sortChoices(table), several || sort !== "class:0" ? sort : "mean");
    const offered = layers.filter(({ key }) => kernel || known.has(key));
    this.#layer.element.hidden = offered.length < 2;
    this.#layer.update(
      "Rows: ",
      offered.map(({ key, label }) => ({ value: key, label })),
      layer,
    );
    this.#method.element.hidden = methods.length === 0 || !kernel;
    this.#method.update(
      "",
      methods.map((name) => ({ value: name, label: name.replaceAll("_", " ") })),
      method ?? "",
    );
    this.element.dataset.busy = String(busy !== "");
    if (busy !== "") write(this.#busy, busy);
    else if (this.#busy.textContent !== "") this.#busy.textContent = "";
    this.#updateFloor(state);
    const progress = busy === "" && state.floor === "running" ? state.floorProgress : state.progress;
    // As long as nothing is known of it the bar is whole and faint: a short one would look stuck.
    this.#bar.style.width = progress > 0 ? `${100 * max(0.02, min(1, progress))}%` : "100%";
    this.#bar.dataset.known = String(progress > 0);
  }

  #updateFloor({ floor: state, floorProgress, above, kernel }: HeaderState): void {
    this.element.dataset.floor = kernel ? state : "none";
    this.#shares.element.hidden = above === null;
    this.#shares.update("Shares: ", SHARES, above === false ? "all" : "above");
    this.#floor.hidden = !kernel || (state !== "offered" && state !== "running");
    const percent = `${floor(100 * min(1, floorProgress))} %`;
    write(this.#floor, state === "running" ? `Stop · noise floor ${percent}` : "Noise floor");
    const title = state === "running" ? "stop working out the noise floor" : FLOOR_TITLE;
    if (this.#floor.title !== title) this.#floor.title = title;
  }
}

const SHARES: readonly Choice[] = [
  { value: "above", label: "above the noise floor", short: "above the floor" },
  { value: "all", label: "of all strength", short: "of all" },
];
const FLOOR_TITLE =
  "what features reach that mean nothing: trains a copy of the model beside shuffled columns, in the background";

function sortChoices(table: MatrixTable): Choice[] {
  const { wire, width } = table;
  const columns = wire.columns.map((_, column) => ({
    value: `class:${column}`,
    label: columnName(table, column),
    group: `by ${wire.column_kind}`,
  }));
  return [
    { value: "mean", label: `mean over ${plural(wire.column_kind)}`, short: "mean" },
    { value: "name", label: "name" },
    { value: "given", label: "as given" },
    ...(width > 1 ? columns : []),
  ];
}

function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
