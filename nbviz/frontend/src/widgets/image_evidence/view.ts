/** One view of an ImageEvidence: the picture, what in it speaks for two or three classes, and all outputs in a list. */

import { floor, max, min } from "../../style/math.ts";
import { isKnown, percent } from "../../style/numbers.ts";
import type { ImageEvidenceWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { make } from "../html.ts";
import { brightness, evidenceColour, pixelColour } from "../picture_colours.ts";
import { SquareCanvas } from "../square_canvas.ts";
import { Evidence, twoDecimals } from "./evidence.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  evidence: Partial<ImageEvidenceWire>;
  numbers: DataView;
  waiting: string;
  selected_class: number | null;
  selected_region: number | null;
}

const [SMALLEST, LARGEST] = [124, 200]; // px of a picture
const GAP = 24;
const IN_ORDER = 12; // classes; of more the likeliest are listed

export class EvidenceView extends HostedView<Traits> {
  readonly #title = make("div", { part: "evidence-title panel-title" }, "Why: what speaks for and against");
  readonly #caption = make("div", { part: "evidence-caption panel-caption", "aria-live": "polite" });
  readonly #pictures = make("div", { part: "evidence-pictures" });
  readonly #list = make("div", { part: "evidence-list", role: "group", "aria-label": "Outputs of all classes" });
  readonly #pointed = make("div", { part: "evidence-pointed panel-caption" });
  readonly #body = make("div", { part: "evidence-body" }, this.#pictures, this.#list);
  readonly #canvases: SquareCanvas[];
  #evidence: Evidence | null = null;
  #hovered: number | null = null;

  constructor(host: Host<Traits>) {
    super(host, "image-evidence panel", make("div", { part: "evidence-empty" }));
    const { signal } = host;
    const actions = {
      point: (region: number | null) => {
        if (region === this.#hovered) return;
        this.#hovered = region;
        this.request();
      },
      press: (region: number) => this.save({ selected_region: this.get("selected_region") === region ? null : region }),
    };
    this.#canvases = [0, 1, 2, 3].map(() => new SquareCanvas(actions, signal));
    this.root.append(this.#title, this.#caption, this.empty, this.#body, this.#pointed);
    this.watchSize(this.#pictures);
    for (const name of ["evidence", "numbers", "waiting", "selected_class", "selected_region"] as const)
      this.on(`change:${name}`, () => this.request());
    this.#list.addEventListener(
      "click",
      ({ target }) => {
        const row = (target as Element).closest<HTMLElement>("button");
        if (!row) return;
        const index = Number(row.dataset.index);
        this.save({ selected_class: this.get("selected_class") === index ? null : index });
      },
      { signal },
    );
  }

  protected override resized(): void {
    this.request();
  }

  protected override clear(): boolean {
    if ((this.get("selected_region") ?? null) === null && (this.get("selected_class") ?? null) === null) return false;
    this.save({ selected_region: null, selected_class: null });
    return true;
  }

  protected override draw(_now: number, asked: boolean): boolean {
    if (!asked) return false;
    const wire = this.get("evidence");
    const evidence = Evidence.decode(wire, this.get("numbers"));
    // Between two messages the last one stays.
    if (evidence || wire?.arrays === undefined) this.#evidence = evidence;
    this.fill(this.#evidence !== null, this.#body);
    this.empty.textContent = this.get("waiting") ?? "";
    this.#caption.textContent = "";
    if (this.#evidence) this.#show(this.#evidence);
    return false;
  }

  #show(evidence: Evidence): void {
    const { wire } = evidence;
    this.#caption.textContent = `pixels of ${wire.name}, one scale; ${evidence.gapWords}`;
    const region = this.get("selected_region") ?? null;
    const shown = evidence.shown(this.get("selected_class") ?? null);
    const side = this.#side(shown.length + 1);
    const scale = evidence.scale(shown.map(([index]) => index));
    const figures = [this.#picture(evidence, shown, region, side)];
    for (const [place, [index, words]] of shown.entries())
      figures.push(this.#overlay(evidence, index, words, this.#canvases[place + 1]!, { side, scale }));
    this.#pictures.replaceChildren(...figures);
    this.#fillList(evidence);
    const pointed = this.#hovered;
    this.#pointed.textContent =
      pointed === null
        ? ""
        : `${wire.regions[pointed]}: ${shown
            .map(([index]) => `${twoDecimals(evidence.region(index, pointed)!)} to ${wire.classes[index]}`)
            .join(", ")}`;
  }

  #figure(
    name: string,
    words: string,
    isRead: boolean,
    canvas: SquareCanvas,
    lines: HTMLElement[],
    side: number,
  ): HTMLElement {
    const title = make("div", { part: "evidence-name", dir: "auto", title: `${name}, ${words}` }, name);
    title.dataset.read = String(isRead);
    const what = make("div", { part: "evidence-what" }, words);
    const figure = make("div", { part: "evidence-figure" }, title, what, canvas.element, ...lines);
    figure.style.width = `${side}px`;
    return figure;
  }

  /** The picture itself; beneath it what the selected region does. */
  #picture(evidence: Evidence, shown: [number, string][], region: number | null, side: number): HTMLElement {
    const { wire } = evidence;
    const canvas = this.#canvases[0]!;
    this.#draw(canvas, evidence, side, wire.picture_rows, wire.picture_columns, (at) =>
      pixelColour(this.theme, evidence.picture, wire.bands, at),
    );
    const lines: HTMLElement[] = [];
    if (region !== null) {
      const head = make("div", { part: "evidence-region", dir: "auto" }, wire.regions[region]!);
      lines.push(head);
      const credits = shown.slice(0, 2).map(([index]) => evidence.region(index, region)!);
      for (const [place, [index]] of shown.slice(0, 2).entries())
        lines.push(line(`to ${wire.classes[index]}`, credits[place]!, "credit"));
      if (credits.length === 2) {
        const [one, other] = shown.slice(0, 2).map(([index]) => wire.classes[index]!);
        lines.push(line(`${one} over ${other}`, credits[0]! - credits[1]!, "sum"));
      }
    } else lines.push(make("div", { part: "evidence-hint" }, "a click on a picture chooses a region"));
    return this.#figure("the picture", wire.name, false, canvas, lines, side);
  }

  #overlay(
    evidence: Evidence,
    index: number,
    words: string,
    canvas: SquareCanvas,
    { side, scale }: { side: number; scale: number },
  ): HTMLElement {
    const { wire } = evidence;
    const values = evidence.values(index)!;
    const light = this.#brightness(evidence);
    this.#draw(canvas, evidence, side, wire.rows, wire.columns, (at) =>
      evidenceColour(this.theme, light(at), values[at]! / scale),
    );
    const kinds = ["", "credit", "credit", "sum"];
    const lines = evidence.sums(index).map(([name, value], at) => line(name, value, kinds[at]!));
    const name = `${wire.has_classes ? "speaks for" : "raises"} ${wire.classes[index]}`;
    return this.#figure(name, words, words.startsWith("predicted"), canvas, lines, side);
  }

  /** Brightness of the picture at a square. */
  #brightness({ wire, picture }: Evidence): (at: number) => number {
    const { rows, columns, picture_rows, picture_columns, bands } = wire;
    return (at) => {
      const row = min(picture_rows - 1, floor(((floor(at / columns) + 0.5) / rows) * picture_rows));
      const column = min(picture_columns - 1, floor((((at % columns) + 0.5) / columns) * picture_columns));
      return brightness(picture, bands, row * picture_columns + column);
    };
  }

  #draw(
    canvas: SquareCanvas,
    evidence: Evidence,
    side: number,
    rows: number,
    columns: number,
    colourOf: Parameters<SquareCanvas["update"]>[0]["colourOf"],
  ): void {
    const light = this.#brightness(evidence);
    canvas.update({
      squares: evidence.squares,
      rows,
      columns,
      colourOf,
      inside: canvas === this.#canvases[0] ? null : (at) => light(at) > 0.5,
      selected: this.get("selected_region") ?? null,
      hovered: this.#hovered,
      side,
      theme: this.theme,
    });
  }

  #fillList(evidence: Evidence): void {
    const { wire, p, end } = evidence;
    let order = [...wire.classes.keys()];
    if (order.length > IN_ORDER) {
      order.sort((a, b) => end[b]! - end[a]! || a - b);
      order = order.slice(0, IN_ORDER - 1);
      const own = wire.truth;
      if (own !== null && !order.includes(own)) order.push(own);
    }
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".nbviz-evidence-row");
    const kept = focused && this.#list.contains(focused) ? focused.dataset.index : undefined;
    const head = make(
      "div",
      { part: "evidence-head" },
      make("span", { part: "evidence-class" }, p ? "Probability" : "Output"),
      make("span", { part: "evidence-track" }),
      make("span", { part: "evidence-p" }, p ? "p" : ""),
      make("span", { part: "evidence-end" }, wire.end_name),
    );
    const rows = order.map((index) => {
      const fill = make("i");
      const share = p ? p[index]! : Number.NaN;
      fill.style.width = isKnown(share) ? `${100 * share}%` : "0";
      const row = make(
        "button",
        { type: "button", part: "evidence-row", "data-index": String(index), title: wire.classes[index]! },
        make(
          "span",
          { part: "evidence-class", dir: "auto" },
          make("span", {}, wire.classes[index]!),
          ...(index === wire.truth ? [make("small", {}, "true")] : []),
        ),
        make("span", { part: "evidence-track", "aria-hidden": "true" }, ...(p ? [fill] : [])),
        make("span", { part: "evidence-p" }, p ? percent(share) : ""),
        make("span", { part: "evidence-end" }, twoDecimals(end[index]!)),
      );
      row.dataset.read = String(index === wire.predicted);
      row.setAttribute("aria-pressed", String(index === this.get("selected_class")));
      return row;
    });
    this.#list.replaceChildren(head, ...rows);
    if (kept !== undefined) rows.find((row) => row.dataset.index === kept)?.focus({ preventScroll: true });
  }

  #side(count: number): number {
    const width = this.#pictures.clientWidth;
    const inLine = width >= count * (SMALLEST + GAP) - GAP ? count : 2;
    return max(SMALLEST, min(LARGEST, floor((width - 1 - (inLine - 1) * GAP) / inLine)));
  }
}

/** A name and a number in a line; `kind`: "credit" in the colour of its sign, "sum" at the end. */
function line(name: string, value: number, kind: string): HTMLElement {
  const row = make(
    "div",
    { part: "evidence-line", dir: "auto" },
    make("span", {}, name),
    make("span", {}, twoDecimals(value)),
  );
  row.dataset.kind = kind;
  row.dataset.sign = value < 0 ? "negative" : "positive";
  return row;
}
