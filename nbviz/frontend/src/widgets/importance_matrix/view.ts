/** One view of an ImportanceMatrix: joins the model's traits, the menus and the grid. */

import { canvasMeasure } from "../../style/text.ts";
import type { LayerChoiceWire, MatrixMomentWire, MatrixTableWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { make } from "../html.ts";
import { ModelSelection, type Selection } from "../selection.ts";
import { Grid } from "./grid.ts";
import { type Floor, Header } from "./header.ts";
import { Legend } from "./legend.ts";
import { placesOf, readSort, sortRows } from "./order.ts";
import { Past } from "./past.ts";
import { aboveFloor, decodeTable, type MatrixTable, rowName } from "./table.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits extends Selection {
  tables: Record<string, MatrixTableWire>;
  numbers: DataView;
  history: { moments?: MatrixMomentWire[] };
  history_numbers: DataView;
  shown_frame: number | null;
  layers: LayerChoiceWire[];
  methods: string[];
  busy: string;
  progress: number;
  height: number;
  layer: string;
  method: string | null;
  sort: string;
  above_floor: boolean;
  floor: Floor;
  floor_words: string;
  floor_progress: number;
}

const FEATURES = "";
/** Said of a table that was not recorded over time, where one looks back. */
const NOW = "now: not recorded over time";
/** Traits whose change is drawn and no more. */
const DRAWN = [
  "layers",
  "methods",
  "busy",
  "progress",
  "height",
  "layer",
  "method",
  "sort",
  "selected_class",
  "edge_meaning",
  "shown_frame",
  "above_floor",
  "floor",
  "floor_progress",
];

export class MatrixView extends HostedView<Traits> {
  readonly #live = make("div", { part: "matrix-live", "aria-live": "polite" });
  readonly #header: Header;
  readonly #legend = new Legend();
  /** Why a row that was clicked lights nothing. */
  readonly #why = make("div", { part: "matrix-why panel-caption", dir: "auto", role: "status", hidden: "" });
  readonly #grid: Grid;
  readonly #selection = new ModelSelection(this.model);

  #arrived = true;
  /** The tables decoded so far, and which of them is shown. */
  readonly #decoded = new Map<string, MatrixTable>();
  #table: MatrixTable | null = null;
  readonly #past = new Past();
  #shown: string | null = null;
  #order: {
    /** The live table that was ordered. */
    table: MatrixTable | null;
    layer: string | null;
    sort: string;
    rows: Uint32Array;
    places: Uint32Array;
  } | null = null;
  #reveal = true;
  /** The row that was clicked though it is no unit, which nothing else knows to be selected. */
  #lone: number | null = null;
  /** The table that a selected unit led to, and the one before. */
  #followed: { from: string; to: string } | null = null;

  constructor(host: Host<Traits>) {
    super(host, "importance-matrix", make("div", { part: "matrix-empty" }, "Waiting for the table."));
    const { signal } = host;
    this.#header = new Header(
      {
        setSort: (sort) => this.save({ sort }),
        setLayer: (layer) => (layer in (this.get("tables") ?? {}) ? this.save({ layer }) : this.ask({ layer })),
        setMethod: (method) => this.ask({ method }),
        setAbove: (above_floor) => this.save({ above_floor }),
        askFloor: (wanted) => this.send("floor", wanted),
      },
      signal,
    );
    this.#grid = new Grid({ press: (row, column) => this.#press(row, column) }, canvasMeasure(), signal);
    this.root.append(this.empty, this.#header.element, this.#grid.element, this.#why, this.#legend.element, this.#live);
    this.watchSize(this.#grid.element);
    for (const name of DRAWN) this.on(`change:${name}`, () => this.request());
    this.on("change:selected_class", () => {
      this.#reveal = true;
      this.#lone = null;
    });
    this.on("change:floor_words", () => this.complain());
    for (const name of ["tables", "numbers", "history", "history_numbers"]) {
      this.on(`change:${name}`, () => {
        this.#arrived = true;
        this.request();
      });
    }
    this.on("change:selected_unit", () => {
      this.#reveal = true;
      this.#lone = null;
      this.#follow();
      this.request();
    });
  }

  protected override lacking(): string | null {
    return this.#table ? null : "the table";
  }

  protected override complaint(): string | null {
    return this.get("floor_words") || null;
  }

  protected override resized(): void {
    this.#grid.resize();
    this.request();
  }

  #press(row: number, column: number): void {
    const table = this.#table;
    if (!table) return;
    const isClass = column >= 0 && column < table.width;
    if (row < 0) {
      if (!isClass) this.save({ sort: column < 0 ? "name" : "mean" });
      else {
        const sort = `class:${column}`;
        if (this.get("sort") !== sort) this.model.set("sort", sort);
        this.#selection.press({ kind: "column", column });
      }
      return;
    }
    const id = table.wire.ids[row] ?? null;
    const ofFeatures = this.#shown === FEATURES;
    const before = this.#lone;
    this.#selection.press(isClass ? { kind: "cell", id, column, ofFeatures } : { kind: "row", id });
    if (id !== null) return;
    const isAgain = isClass ? this.#selection.now.selected_class === null : before === row;
    this.#lone = isAgain ? null : row;
    this.request();
  }

  protected override clear(): boolean {
    const isLone = this.#lone !== null;
    this.#lone = null;
    if (isLone) this.request();
    return this.#selection.clear() || isLone;
  }

  /** Turns to the table that has the selected unit, if another than the present one does; and back once none is. */
  #follow(): void {
    const unit = this.get("selected_unit") ?? null;
    const layer = this.get("layer") ?? FEATURES;
    const followed = this.#followed;
    if (unit === null) {
      this.#followed = null;
      if (followed?.to === layer) this.save({ layer: followed.from });
      return;
    }
    if (this.#table?.rowOf.has(unit)) return;
    const tables = this.get("tables") ?? {};
    const key = Object.keys(tables).find((name) => tables[name]!.ids.includes(unit));
    if (key === undefined || key === layer) return;
    this.#followed = { from: followed?.to === layer ? followed.from : layer, to: key };
    this.save({ layer: key });
  }

  protected override draw(_now: number, asked: boolean): boolean {
    if (this.#arrived) {
      this.#arrived = false;
      this.#decoded.clear();
      this.#past.clear();
    }
    // Rows on their way to new places go there by themselves.
    if (asked) this.#update();
    return this.#grid.travels;
  }

  /** The table to show; while it is still to come, the last one. */
  #find(): MatrixTable | null {
    const tables = this.get("tables") ?? {};
    const wanted = this.get("layer") ?? FEATURES;
    const layer = wanted in tables ? wanted : (this.#shown ?? Object.keys(tables)[0]);
    const wire = layer === undefined ? undefined : tables[layer];
    if (layer === undefined || !wire) return this.#table;
    const above = (this.get("above_floor") ?? true) ? aboveFloor(wire) : null;
    const key = `${above ? "above" : "all"} ${layer}`;
    const table = this.#decoded.get(key) ?? decodeTable(above ?? wire, this.get("numbers"), above !== null);
    if (!table) return this.#table;
    this.#decoded.set(key, table);
    if (this.#shown !== layer) {
      if (this.#shown !== null) this.#grid.toTop();
      this.#shown = layer;
      this.#reveal = true;
    }
    return table;
  }

  #update(): void {
    const { root } = this;
    this.#selection.giveBack();
    root.style.setProperty("--height", `${this.get("height") ?? 480}px`);
    const live = this.#find();
    const step = this.get("shown_frame") ?? null;
    const looksBack = live !== null && step !== null;
    const past =
      looksBack && this.#shown === FEATURES
        ? this.#past.at(step, live.wire, this.get("history")?.moments ?? [], this.get("history_numbers"))
        : null;
    const table = past?.table ?? live;
    this.fill(table !== null, this.#header.element, this.#grid.element);
    if (!table) {
      this.#legend.element.hidden = true;
      return;
    }
    this.#table = table;
    const sort = this.get("sort") ?? "mean";
    const order = this.#order;
    // Rows keep their places while one looks back, so that only the numbers change.
    const stays = order && order.rows.length === table.height && order.layer === this.#shown;
    if (order?.sort !== sort || (order.table !== live && !(looksBack && stays))) {
      const rows = sortRows(table, readSort(sort, table.width));
      this.#order = { table: live, layer: this.#shown, sort, rows, places: placesOf(rows) };
    }
    const by = readSort(sort, table.width);
    const layer = this.get("layer") ?? FEATURES;
    const layers = this.get("layers") ?? [];
    const waiting = layer !== this.#shown || !(layer in (this.get("tables") ?? {}));
    const label = layers.find(({ key }) => key === layer)?.label ?? layer;
    // What a saved page was waiting for never comes.
    const busy = this.kernel ? this.get("busy") || (waiting ? `waiting for the table of ${label}` : "") : "";
    root.dataset.busy = String(busy !== "");
    this.#header.update({
      table,
      sort: typeof by === "string" ? by : sort,
      layer: this.kernel ? layer : (this.#shown ?? layer),
      layers,
      known: new Set(Object.keys(this.get("tables") ?? {})),
      method: this.get("method") ?? null,
      methods: this.get("methods") ?? [],
      kernel: this.kernel,
      busy,
      progress: this.get("progress") ?? 0,
      when: looksBack ? (past?.when ?? NOW) : null,
      // Of the features alone, and of the live network.
      floor: this.#shown === FEATURES && !looksBack ? (this.get("floor") ?? "none") : "none",
      floorProgress: this.get("floor_progress") ?? 0,
      above: table.wire.above ? table.isAbove : null,
    });
    this.#legend.update(table.wire);
    const { selected_unit: unit, selected_class: column } = this.#selection.now;
    if (unit !== null || (this.#lone ?? 0) >= table.height) this.#lone = null;
    const row = unit === null ? this.#lone : (table.rowOf.get(unit) ?? null);
    this.#why.hidden = this.#lone === null;
    this.#why.textContent = this.#lone === null ? "" : whyNothing(table, this.#lone);
    const { rows, places } = this.#order!;
    this.#grid.show({
      table,
      order: rows,
      places,
      sort: by,
      theme: this.theme,
      row,
      column: column !== null && column < table.width ? column : null,
    });
    if (this.#reveal && (row !== null || column !== null)) this.#grid.reveal(row, column);
    this.#reveal = false;
    this.#speak(table, row, column);
  }

  #speak(table: MatrixTable, row: number | null, column: number | null): void {
    const name = column === null ? undefined : table.wire.columns[column];
    const words = [row === null ? undefined : rowName(table, row), name].filter((word) => word !== undefined);
    const said = words.length > 0 ? `${words.join(" for ")} selected` : "";
    if (this.#live.textContent !== said) this.#live.textContent = said;
  }
}

/** Why a row that is no unit of the diagram lights no path. */
function whyNothing(table: MatrixTable, row: number): string {
  const name = rowName(table, row);
  return table.wire.row_kind.startsWith("token")
    ? `${name.replace(/ · [^·]*$/, "")} has another place in each of its rows, and a path starts at one: click it in a sample’s text.`
    : `${name} is no single unit of the diagram: it lights no path.`;
}
