/** The bars of the classes that stand side by side, with their headings. */

import { abs, max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { isKnown, signed } from "../../style/numbers.ts";
import type { Measure } from "../../style/text.ts";
import type { Fonts } from "../../style/type_scale.ts";
import { make } from "../html.ts";
import { draw } from "../svg.ts";
import { type Columns, placeColumns } from "./columns.ts";
import type { Stack } from "./stack.ts";

export const ROW = 21; // px
const HEAD = 40; // above the rows
const LINE = 15; // of a heading that is told in one line more
const BAR = 12;
const THIN = 1.5; // a bar is never thinner
const AIR = 4; // between a bar and its number
const LETTERS = "misalignment"; // headings have room for as many, where the name has so many

export interface Heading {
  readonly index: number;
  readonly name: string;
  readonly caption: string;
  readonly isStrong: boolean;
}

export interface ChartState {
  readonly stack: Stack;
  readonly headings: readonly Heading[];
  /** px; the bars take all of it. */
  readonly width: number;
  /** Row that is tinted, column that is brought forward. */
  readonly row: number | null;
  readonly column: number | null;
  readonly fonts: Fonts;
}

export class Chart {
  readonly element = make("div", { part: "fall-chart" });
  readonly #measure: Measure;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  /** Returns the px above the rows. */
  show(state: ChartState): number {
    const { stack, width, fonts } = state;
    const texts = stack.change.map((line) => line.map(signed));
    const room = texts.map((line) => line.map((text) => this.#measure(text, fonts.smallStrong) + 2 * AIR));
    const most = this.#measure(LETTERS, fonts.name);
    const least = state.headings.map(({ name, caption }) => {
      const named = min(this.#measure(name.slice(0, 200), fonts.name), most);
      // What a class is has its room too, as long as bars have some.
      return max(named, min(this.#measure(caption, fonts.small), (0.7 * width) / state.headings.length)) + 8;
    });
    const columns = placeColumns(stack.low, stack.high, room, width, least);
    // What a class is stands above how likely it is where they have no room beside each other.
    const fits = state.headings.every(
      ({ caption }, at) => this.#measure(caption, fonts.small) <= columns.right[at]! - columns.left[at]!,
    );
    const head = fits ? HEAD : HEAD + LINE;
    const height = head + stack.low.length * ROW;
    const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    svg.append(...parts(state, columns, head), ...bars(state, columns, texts, head));
    this.element.style.setProperty("--head", `${head}px`);
    this.element.replaceChildren(...this.#headings(state, columns, fits), svg);
    return head;
  }

  #headings({ headings, column, fonts }: ChartState, columns: Columns, fits: boolean): HTMLElement[] {
    const room = (at: number) => columns.right[at]! - columns.left[at]! - 6;
    const labels = cutNames(
      headings.map(({ name }) => name),
      room,
      fonts.name,
      this.#measure,
    );
    return headings.map(({ index, name, caption, isStrong }, at) => {
      const selected = at === column;
      const heading = make(
        "button",
        {
          type: "button",
          part: "fall-heading",
          title: name,
          "data-class": String(index),
          "aria-pressed": String(selected),
        },
        make("bdi", { part: isStrong ? "fall-strong" : "" }, labels[at]!),
        ...(fits ? [caption] : caption.split(", ")).map((line) => make("span", {}, line)),
      );
      heading.style.left = `${columns.left[at]!}px`;
      heading.style.width = `${room(at) + 6}px`;
      return heading;
    });
  }
}

function middle(row: number, head: number): number {
  return head + (row + 0.5) * ROW;
}

/** What lies behind the bars: the tint of a row, lines between columns, zero lines, joints of the stair. */
function parts({ stack, width, row, headings }: ChartState, columns: Columns, head: number): SVGElement[] {
  const found: SVGElement[] = [];
  const rows = stack.low.length;
  if (row !== null)
    found.push(draw("rect", { part: "fall-tint", x: 0, y: head + row * ROW + 1, width, height: ROW - 2, rx: 2 }));
  for (const at of headings.keys()) {
    const zero = columns.zero[at]!;
    found.push(draw("line", { part: "fall-zero", x1: zero, x2: zero, y1: head - 2, y2: head + rows * ROW }));
    for (let joint = 0; joint < rows - 1; joint++) {
      const x = zero + stack.high[joint]![at]! * columns.perUnit;
      found.push(
        draw("line", { part: "fall-joint", x1: x, x2: x, y1: middle(joint, head), y2: middle(joint + 1, head) }),
      );
    }
  }
  return found;
}

function bars(
  { stack, headings, row, column }: ChartState,
  columns: Columns,
  texts: string[][],
  head: number,
): SVGElement[] {
  const found: SVGElement[] = [];
  const last = stack.low.length - 1;
  const sum = stack.summed > 0 ? last - 1 : -1;
  for (const [at, { index }] of headings.entries()) {
    for (let line = 0; line <= last; line++) {
      const [from, to] = [stack.low[line]![at]!, stack.high[line]![at]!];
      const [low, high] = [min(from, to), max(from, to)].map((value) => columns.zero[at]! + value * columns.perUnit);
      const thin = max(0, THIN - (high! - low!)) / 2;
      const total = line === 0 || line === last || from === to;
      const kind = total ? "total" : to > from ? "positive" : "negative";
      const feature = line > 0 && line < last && line !== sum ? line : null;
      const bar = draw("rect", {
        part: `fall-bar fall-${kind}${line === sum ? " fall-summed" : ""}`,
        x: low! - thin,
        y: middle(line, head) - BAR / 2,
        width: high! - low! + 2 * thin,
        height: BAR,
        ...(feature === null ? {} : { "data-row": feature, "data-class": index }),
      });
      const strong = line === last || (line === row && (column === null || column === at));
      const right = to >= from;
      const label = draw(
        "text",
        {
          part: strong ? "fall-number fall-strong" : "fall-number",
          x: right ? high! + thin + AIR : low! - thin - AIR,
          y: middle(line, head),
          "text-anchor": right ? "start" : "end",
        },
        texts[line]![at]!,
      );
      found.push(bar, label);
    }
  }
  // Numbers last, so that no bar hides one.
  return found.sort((a, b) => Number(a.tagName === "text") - Number(b.tagName === "text"));
}

/** What a row says of all classes, for those who do not see the bars. */
export function spoken(stack: Stack, row: number, headings: readonly Heading[]): string {
  return headings.map(({ name }, at) => `${signed(stack.change[row]![at]!)} to ${name}`).join(", ");
}

/** The largest bar of some rows, and 1 where there is none. */
export function reach(rows: readonly (readonly number[])[]): number {
  return max(...rows.flat().filter(isKnown).map(abs), 0) || 1;
}
