/** A plot of points: two axes, a line that the points should lie on, and a ring round the selected one. */

import { isKnown } from "../../style/numbers.ts";
import type { AxisWire } from "../../wire.ts";

export interface Shown {
  across: AxisWire;
  up: AxisWire;
  acrossWords: string;
  upWords: string;
  /** Ends of the line, in the units of the axes. */
  line: readonly [x1: number, y1: number, x2: number, y2: number];
  own: { x: ArrayLike<number>; y: ArrayLike<number> };
  others: { x: ArrayLike<number>; y: ArrayLike<number> };
  /** What each point is called; null where another panel has the same points in words. */
  words: ((row: number) => string) | null;
  isOn: (row: number) => boolean;
}

const SPACE = "http://www.w3.org/2000/svg";
const [TOP, BOTTOM, RIGHT] = [22, 36, 10];
const [RADIUS, RING] = [3, 6.5];
const DIGIT = 6.2; // px of a figure of a tick, at most

type Attributes = Record<string, string | number>;

export class Panel {
  readonly svg = svg("svg", { role: "group" });
  #marks = new Map<number, SVGElement>();
  #ring: SVGElement | null = null;
  #at: (row: number) => [number, number] = () => [0, 0];

  draw(shown: Shown, width: number, height: number): void {
    const left = 8 + DIGIT * Math.max(1, ...shown.up.labels.map((label) => label.length));
    const [wide, tall] = [Math.max(1, width - left - RIGHT), Math.max(1, height - TOP - BOTTOM)];
    const x = scale(shown.across, left, left + wide);
    const y = scale(shown.up, TOP + tall, TOP);
    this.#at = (row) => [x(shown.own.x[row]!), y(shown.own.y[row]!)];
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) {
      this.svg.setAttribute(name, String(value));
    }
    const ground = svg("g", { class: "nbviz-value-axes", "aria-hidden": "true" });
    shown.across.ticks.forEach((tick, index) => {
      ground.append(
        svg("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: TOP + tall }),
        text(shown.across.labels[index]!, { x: x(tick), y: TOP + tall + 14, "text-anchor": "middle" }),
      );
    });
    shown.up.ticks.forEach((tick, index) => {
      ground.append(
        svg("line", { x1: left, x2: left + wide, y1: y(tick), y2: y(tick) }),
        text(shown.up.labels[index]!, { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }),
      );
    });
    const [x1, y1, x2, y2] = shown.line;
    ground.append(
      text(shown.upWords, { x: 0, y: 11, class: "nbviz-value-words" }),
      text(shown.acrossWords, { x: left + wide, y: height - 6, "text-anchor": "end", class: "nbviz-value-words" }),
      svg("line", { x1: x(x1), y1: y(y1), x2: x(x2), y2: y(y2), class: "nbviz-value-line" }),
    );
    this.#ring = svg("g", { class: "nbviz-value-ring", hidden: "", "aria-hidden": "true" });
    // The dot once more, over its neighbours: moved there itself it would lose the focus.
    this.#ring.append(svg("circle", { r: RADIUS }), svg("circle", { r: RING }));
    this.svg.replaceChildren(ground, dots(shown.others, x, y), this.#points(shown, x, y), this.#ring);
  }

  /** Rings a row; null: none. */
  select(row: number | null): void {
    for (const mark of this.svg.querySelectorAll('[aria-selected="true"]')) mark.setAttribute("aria-selected", "false");
    const mark = row === null ? undefined : this.#marks.get(row);
    if (!this.#ring) return;
    this.#ring.toggleAttribute("hidden", !mark);
    if (!mark || row === null) return;
    mark.setAttribute("aria-selected", "true");
    this.#ring.setAttribute("transform", `translate(${this.#at(row).join(" ")})`);
  }

  mark(row: number): SVGElement | undefined {
    return this.#marks.get(row);
  }

  #points(shown: Shown, x: (value: number) => number, y: (value: number) => number): SVGElement {
    const said = shown.words;
    const all = svg("g", { class: "nbviz-value-points" });
    this.#marks = new Map();
    for (let row = 0; row < shown.own.x.length; row++) {
      const [across, up] = [shown.own.x[row]!, shown.own.y[row]!];
      if (!isKnown(across) || !isKnown(up)) continue;
      const mark = svg("circle", { cx: x(across), cy: y(up), r: RADIUS, "data-sample": row });
      if (!shown.isOn(row)) mark.setAttribute("aria-disabled", "true");
      if (said) {
        for (const [name, value] of Object.entries({ role: "option", tabindex: "-1", "aria-selected": "false" })) {
          mark.setAttribute(name, value);
        }
        mark.setAttribute("aria-label", said(row));
      }
      this.#marks.set(row, mark);
      all.append(mark);
    }
    all.setAttribute(said ? "role" : "aria-hidden", said ? "listbox" : "true");
    if (said) all.setAttribute("aria-label", `${shown.upWords} against ${shown.acrossWords}`);
    return all;
  }
}

function dots({ x, y }: Shown["others"], across: (value: number) => number, up: (value: number) => number): SVGElement {
  const all = svg("g", { class: "nbviz-value-others", "aria-hidden": "true" });
  for (let row = 0; row < x.length; row++) {
    if (isKnown(x[row]!) && isKnown(y[row]!)) {
      all.append(svg("circle", { cx: across(x[row]!), cy: up(y[row]!), r: RADIUS - 0.5 }));
    }
  }
  return all;
}

function scale({ low, high }: AxisWire, from: number, to: number): (value: number) => number {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function svg(tag: string, attributes: Attributes): SVGElement {
  const element = document.createElementNS(SPACE, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  return element;
}

function text(words: string, attributes: Attributes): SVGElement {
  const element = svg("text", attributes);
  element.textContent = words;
  return element;
}
