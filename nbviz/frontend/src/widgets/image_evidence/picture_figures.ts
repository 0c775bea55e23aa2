/** A picture, and beside it what in it speaks for and against classes, with the sums of that beneath. */

import { floor, max, min } from "../../style/math.ts";
import type { Theme } from "../../style/theme.ts";
import { make } from "../html.ts";
import { brightness, evidenceColour, pixelColour } from "../picture_colours.ts";
import { type SquareActions, SquareCanvas } from "../square_canvas.ts";
import { type Evidence, twoDecimals } from "./evidence.ts";

const [SMALLEST, LARGEST] = [104, 200]; // px of a picture
export const GAP = 24;

interface Look {
  readonly region: number | null;
  readonly hovered: number | null;
  /** Whether a region that is clicked has its path lit in a linked diagram. */
  readonly lights: boolean;
  /** The credit with the full colour. */
  readonly scale: number;
  readonly theme: Theme;
}

export class PictureFigures {
  readonly #element: HTMLElement;
  readonly #canvases: SquareCanvas[];

  /** `actions`: of the picture, 0, and of the evidence for each class beside it. */
  constructor(element: HTMLElement, actions: (place: number) => SquareActions, most: number, signal: AbortSignal) {
    this.#element = element;
    this.#canvases = Array.from({ length: most }, (_, place) => new SquareCanvas(actions(place), signal));
  }

  show(evidence: Evidence, shown: readonly [number, string][], look: Look): void {
    const side = this.#side(shown.length + 1);
    const figures = [this.#picture(evidence, shown, look, side)];
    for (const [place, [index, words]] of shown.entries())
      figures.push(this.#overlay(evidence, index, words, this.#canvases[place + 1]!, look, side));
    this.#element.replaceChildren(...figures);
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
  #picture(evidence: Evidence, shown: readonly [number, string][], look: Look, side: number): HTMLElement {
    const { wire } = evidence;
    const { region, theme } = look;
    const canvas = this.#canvases[0]!;
    this.#draw(canvas, evidence, look, side, wire.picture_rows, wire.picture_columns, (at) =>
      pixelColour(theme, evidence.picture, wire.bands, at),
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
    } else {
      const lights = look.lights ? ", and lights its path" : "";
      lines.push(make("div", { part: "evidence-hint" }, `a click on a picture chooses a region${lights}`));
    }
    return this.#figure("the picture", wire.name, false, canvas, lines, side);
  }

  #overlay(
    evidence: Evidence,
    index: number,
    words: string,
    canvas: SquareCanvas,
    look: Look,
    side: number,
  ): HTMLElement {
    const { wire } = evidence;
    const values = evidence.values(index)!;
    const light = lightOf(evidence);
    this.#draw(canvas, evidence, look, side, wire.rows, wire.columns, (at) =>
      evidenceColour(look.theme, light(at), values[at]! / look.scale),
    );
    const name = `${wire.has_classes ? "speaks for" : "raises"} ${wire.classes[index]}`;
    return this.#figure(name, words, words.startsWith("predicted"), canvas, sumLines(evidence, index), side);
  }

  #draw(
    canvas: SquareCanvas,
    evidence: Evidence,
    { region, hovered, theme }: Look,
    side: number,
    rows: number,
    columns: number,
    colourOf: Parameters<SquareCanvas["update"]>[0]["colourOf"],
  ): void {
    const light = lightOf(evidence);
    canvas.update({
      squares: evidence.squares,
      rows,
      columns,
      colourOf,
      inside: canvas === this.#canvases[0] ? null : (at) => light(at) > 0.5,
      selected: region,
      hovered,
      side,
      theme,
    });
  }

  #side(count: number): number {
    const width = this.#element.clientWidth;
    const inLine = width >= count * (SMALLEST + GAP) - GAP ? count : 2;
    return max(SMALLEST, min(LARGEST, floor((width - 1 - (inLine - 1) * GAP) / inLine)));
  }
}

/** Average, what speaks for and against, and their sum, a line each. */
export function sumLines(evidence: Evidence, index: number): HTMLElement[] {
  const kinds = ["", "credit", "credit", "sum"];
  return evidence.sums(index).map(([name, value], at) => line(name, value, kinds[at]!));
}

/** Brightness of the picture at a square. */
function lightOf({ wire, picture }: Evidence): (at: number) => number {
  const { rows, columns, picture_rows, picture_columns, bands } = wire;
  return (at) => {
    const row = min(picture_rows - 1, floor(((floor(at / columns) + 0.5) / rows) * picture_rows));
    const column = min(picture_columns - 1, floor((((at % columns) + 0.5) / columns) * picture_columns));
    return brightness(picture, bands, row * picture_columns + column);
  };
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
