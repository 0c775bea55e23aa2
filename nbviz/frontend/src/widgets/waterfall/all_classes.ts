/** All classes of a sample: small bars in the order of the waterfall's rows, on one scale. */

import { abs, ceil, floor, max, min } from "../../style/math.ts";
import { cutNames } from "../../style/names.ts";
import { grouped, percent, plural, signed } from "../../style/numbers.ts";
import type { Measure } from "../../style/text.ts";
import type { Fonts } from "../../style/type_scale.ts";
import type { WaterfallWire } from "../../wire.ts";
import { make } from "../html.ts";
import { probabilityWords } from "../probability_words.ts";
import { draw } from "../svg.ts";
import { changesOf, type Numbers, type Stack } from "./stack.ts";

const LETTERS = "misalignment"; // names have room for as many, where the longest has so many
const LEAST = 62; // px of a class
const APART = 6; // px between its numbers
const HEIGHT = { one: 56, several: 40 }; // px of its bars, by lines of classes
const AIR = 4;
const INSET = 6;

export interface AllState {
  readonly wire: WaterfallWire;
  readonly numbers: Numbers;
  readonly stack: Stack;
  /** Places of the classes that stand side by side, and what each of them is. */
  readonly columns: readonly number[];
  readonly roles: ReadonlyMap<number, string>;
  readonly selected: number | null;
  readonly width: number;
  readonly fonts: Fonts;
}

export class AllClasses {
  readonly #title = make("span", { part: "fall-title panel-title" });
  readonly #caption = make("span", { part: "fall-caption panel-caption" });
  readonly #cards = make("div", { part: "fall-cards" });
  readonly element = make(
    "div",
    { part: "fall-all" },
    make("div", { part: "fall-head" }, this.#title, this.#caption),
    this.#cards,
  );
  readonly #measure: Measure;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  show(state: AllState): void {
    const { wire, numbers, stack, width, fonts } = state;
    const shown = wire.classes.length;
    const all = shown + wire.others;
    const [one, several] = wire.p === null ? ["an output", "outputs"] : ["a class", "classes"];
    this.#title.textContent = `All ${several}`;
    this.#caption.textContent =
      wire.others > 0
        ? `the likeliest ${shown} of ${grouped(all)}; bars in the order of the rows above, one scale; a click sets ${one} among the three`
        : `bars in the order of the rows above; one scale; a click sets ${one} among the three`;
    const bars = wire.classes.map((_, place) => changesOf(wire, numbers, stack, place));
    const high = max(0, ...bars.flat());
    const low = min(0, ...bars.flat());
    const count = shown + Number(wire.others > 0);
    const longest = max(...wire.class_names.map((name) => this.#measure(name.slice(0, 200), fonts.name)));
    const told = wire.classes.map((_, place) => {
      const [said, logit] = numbersOf(wire, numbers, place);
      return this.#measure(said, fonts.small) + APART + this.#measure(logit, fonts.smallStrong);
    });
    const inside = max(...told, min(longest, this.#measure(LETTERS, fonts.name)));
    const across = max(1, min(count, floor(width / max(LEAST, inside + 2 * INSET + 2))));
    // As many in the last line as there must be, so that no line is half empty.
    const columns = ceil(count / ceil(count / across));
    const pitch = width / columns;
    const height = columns < count ? HEIGHT.several : HEIGHT.one;
    this.#cards.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const names = cutNames(wire.class_names, pitch - 2 * INSET - 2, fonts.name, this.#measure);
    this.#cards.replaceChildren(
      ...bars.map((line, place) =>
        this.#card(state, place, names[place]!, line, { low, high, width: max(1, pitch - 2 * INSET - 2), height }),
      ),
      ...(wire.others > 0 ? [others(wire)] : []),
    );
  }

  #card(
    { wire, numbers, columns, roles, selected, stack }: AllState,
    place: number,
    label: string,
    bars: readonly number[],
    scale: Scale,
  ): HTMLElement {
    const [index, name] = [wire.classes[place]!, wire.class_names[place]!];
    const [said, logit] = numbersOf(wire, numbers, place);
    const role = roles.get(place) ?? "";
    const card = make(
      "button",
      {
        type: "button",
        part: columns.includes(place) ? "fall-card fall-among" : "fall-card",
        "data-class": String(index),
        "aria-pressed": String(index === selected),
        "aria-label": `${name}: ${said ? `${said}, ` : ""}${wire.end_name} ${logit}${role ? `, ${role}` : ""}`,
        title: name,
      },
      make("bdi", {}, label),
      make("span", { part: "fall-card-numbers" }, make("span", {}, said), make("b", {}, logit)),
      drawn(bars, scale, stack.summed > 0),
      make("span", { part: "fall-role" }, role),
    );
    return card;
  }
}

/** Probability, "" where there is none, and the sum. */
function numbersOf(wire: WaterfallWire, numbers: Numbers, place: number): [string, string] {
  const p = wire.p?.[place];
  return [p === undefined ? "" : percent(p ?? Number.NaN), signed(numbers.end(place))];
}

/** Of the bars: the largest and the smallest, and px. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly width: number;
  readonly height: number;
}

function drawn(bars: readonly number[], scale: Scale, isSummed: boolean): SVGElement {
  const { low, high, width, height } = scale;
  const perUnit = high > low ? height / (high - low) : 1;
  const zero = high * perUnit;
  const pitch = min(13, width / bars.length);
  const svg = draw("svg", {
    width,
    height: height + 2 * AIR,
    viewBox: `0 ${-AIR} ${width} ${height + 2 * AIR}`,
    "aria-hidden": "true",
  });
  svg.append(draw("line", { part: "fall-zero", x1: 0, x2: pitch * bars.length, y1: zero, y2: zero }));
  for (const [at, value] of bars.entries()) {
    const size = max(0.75, abs(value) * perUnit);
    const summed = isSummed && at === bars.length - 1 ? " fall-summed" : "";
    svg.append(
      draw("rect", {
        part: `fall-bar fall-${value < 0 ? "negative" : "positive"}${summed}`,
        x: at * pitch,
        y: value < 0 ? zero : zero - size,
        width: max(1, pitch - 1.5),
        height: size,
      }),
    );
  }
  return svg;
}

/** The classes that are not shown one by one. */
function others(wire: WaterfallWire): HTMLElement {
  const p = wire.others_p === null ? "" : `${probabilityWords(wire.others_p)} together`;
  return make(
    "div",
    { part: "fall-card fall-others" },
    make("bdi", {}, `${plural(wire.others, "other")}`),
    make("span", {}, p),
  );
}
