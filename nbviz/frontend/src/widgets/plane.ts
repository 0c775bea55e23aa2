/** A sequence: a lane for each feature, steps from left to right, a card with the number of a cell. */

import { type Colour, css } from "../style/colour.ts";
import { floor, max, min } from "../style/math.ts";
import { isKnown } from "../style/numbers.ts";
import { canvasMeasure } from "../style/text.ts";
import type { Theme } from "../style/theme.ts";
import type { PlaneWire } from "../wire.ts";
import { HoverCard } from "./hover_card.ts";
import { listen, make } from "./html.ts";
import { stepTicks, stepWords } from "./plane_steps.ts";
import { ringMarked, type Squares, squareUnder } from "./squares.ts";
import { Surface } from "./surface.ts";

const NAMES = { share: 0.34, gap: 8, least: 24 };
const LANES = [
  [4, 24],
  [8, 19],
  [16, 15],
] as const; // up to so many, px of each
const SMALLEST_LANE = 13;
const SERIES_LANE = 4; // px more where a series is drawn in it
const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const INSET = 3; // px between a series and the ends of its lane

export interface PlaneActions {
  /** Region under the pointer; null when it leaves, or where a cell is in several. */
  point(region: number | null): void;
  /** `square`: number of the cell among all features and steps; null where it stands for several features. */
  press(region: number | null, square: number | null): void;
}

export interface PlaneScene {
  readonly wire: PlaneWire;
  readonly squares: Squares;
  readonly colourOf: (at: number) => Colour;
  /** Where the series of a lane is, 0 to 1, NaN for nowhere; null for no series. */
  readonly heightOf: ((at: number) => number) | null;
  /** The number of a cell, for its card. */
  readonly wordsOf: (at: number) => string;
  readonly selected: number | null;
  readonly hovered: number | null;
  /** Number of the selected cell, as it is pressed. */
  readonly square: number | null;
  /** px in all. */
  readonly width: number;
  readonly theme: Theme;
}

/** px of a lane. */
export function laneHeight(lanes: number, hasSeries: boolean): number {
  const [, height] = LANES.find(([most]) => lanes <= most) ?? [0, SMALLEST_LANE];
  return height + (hasSeries && lanes <= 16 ? SERIES_LANE : 0);
}

export class Plane {
  readonly element: HTMLElement;
  readonly #surface = new Surface();
  readonly #names = make("div", { part: "plane-names" });
  readonly #cells: HTMLElement;
  readonly #steps = make("div", { part: "plane-steps", "aria-hidden": "true" });
  readonly #words = make("div", { part: "plane-words" });
  readonly #card = new HoverCard(true);
  readonly #measure = canvasMeasure();
  #scene: PlaneScene | null = null;
  /** The cell that the keys have reached. */
  #cursor = 0;
  #size: [number, number] = [0, 0];
  /** What names and steps were written for. */
  #written = "";

  constructor(actions: PlaneActions, signal: AbortSignal) {
    const { canvas } = this.#surface;
    this.#cells = make("div", { part: "plane-cells" }, canvas, this.#card.element);
    const axis = make("div", { part: "plane-axis" }, "step");
    this.element = make("div", { part: "plane" }, this.#names, this.#cells, axis, this.#steps, this.#words);
    listen(canvas, signal, "pointermove", (event) => {
      const at = this.#at(event);
      if (at === null) return;
      this.#showCard(at);
      actions.point(this.#regionAt(at));
    });
    listen(canvas, signal, "pointerleave", () => {
      this.#card.hide();
      actions.point(null);
    });
    this.#cells.tabIndex = 0;
    this.#cells.setAttribute("role", "group");
    this.#cells.setAttribute("aria-label", "Cells: arrow keys tell their numbers, Enter selects");
    listen(this.#cells, signal, "keydown", (event) => this.#key(event, actions));
    listen(this.#cells, signal, "blur", () => {
      this.#card.hide();
      actions.point(null);
    });
    listen(canvas, signal, "click", (event) => {
      const at = this.#at(event);
      if (at !== null) actions.press(this.#regionAt(at), this.#squareAt(at));
    });
  }

  update(scene: PlaneScene): void {
    this.#scene = scene;
    const { wire, squares, theme } = scene;
    const font = `400 11px ${theme.font}`;
    const longest = wire.lanes.reduce((width, name) => max(width, this.#measure(name, font)), NAMES.least);
    const names = min(Math.ceil(longest) + NAMES.gap + 2, floor(scene.width * NAMES.share));
    const lane = laneHeight(wire.lanes.length, scene.heightOf !== null);
    const [width, height] = [max(8, scene.width - names), lane * squares.rows];
    this.#size = [width, height];
    this.#write(wire, names, lane, width);
    this.#surface.resize(width, height);
    const context = this.#surface.begin();
    if (!context) return;
    const [across, down] = [width / squares.columns, lane];
    for (let at = 0; at < squares.rows * squares.columns; at++) {
      const [row, column] = [floor(at / squares.columns), at % squares.columns];
      context.fillStyle = css(scene.colourOf(at));
      // A little wider, so that nothing of the ground is seen between two cells of one colour.
      context.fillRect(column * across, row * down + 1, across + 0.5, down - 1);
    }
    this.#lines(context, theme, width);
    if (scene.heightOf) this.#series(context, scene, across, down);
    const cell = scene.square === null ? -1 : squares.labels.findIndex((_, at) => this.#squareAt(at) === scene.square);
    const { hovered, selected } = scene;
    ringMarked(context, squares, this.#size, { hovered, selected, square: cell < 0 ? null : cell }, theme);
  }

  #key(event: KeyboardEvent, actions: PlaneActions): void {
    if (!this.#scene || event.altKey || event.ctrlKey || event.metaKey) return;
    const { rows, columns } = this.#scene.squares;
    const at = min(this.#cursor, rows * columns - 1);
    const step = STEPS[event.key];
    if (step) {
      const row = max(0, min(rows - 1, floor(at / columns) + step[0]));
      const column = max(0, min(columns - 1, (at % columns) + step[1]));
      this.#cursor = row * columns + column;
      this.#showCard(this.#cursor);
      actions.point(this.#regionAt(this.#cursor));
    } else if (event.key === "Enter" || event.key === " ") actions.press(this.#regionAt(at), this.#squareAt(at));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A hairline above each lane. */
  #lines(context: CanvasRenderingContext2D, theme: Theme, width: number): void {
    const { squares } = this.#scene!;
    context.fillStyle = css(theme.line);
    for (let row = 0; row <= squares.rows; row++)
      context.fillRect(0, min(row * (this.#size[1] / squares.rows), this.#size[1] - 1), width, 1);
  }

  #series(context: CanvasRenderingContext2D, scene: PlaneScene, across: number, down: number): void {
    const { squares, theme } = scene;
    context.strokeStyle = css(theme.ink1, 0.85);
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 1.1;
    context.lineJoin = "round";
    for (let row = 0; row < squares.rows; row++) {
      context.beginPath();
      let points = 0;
      for (let column = 0; column < squares.columns; column++) {
        const value = scene.heightOf!(row * squares.columns + column);
        if (!isKnown(value)) continue;
        const [x, y] = [(column + 0.5) * across, (row + 1) * down - INSET - value * (down - 2 * INSET)];
        if (points === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
        points += 1;
        if (squares.columns === 1) context.arc(x, y, 2, 0, 2 * Math.PI);
      }
      if (squares.columns === 1) context.fill();
      else if (points > 0) context.stroke();
    }
  }

  #write(wire: PlaneWire, names: number, lane: number, width: number): void {
    const key = [names, lane, width, wire.steps, wire.block, wire.words, ...wire.lanes].join("\n");
    if (key === this.#written) return;
    this.#written = key;
    this.element.style.gridTemplateColumns = `${names}px ${width}px`;
    this.#names.replaceChildren(
      ...wire.lanes.map((name) =>
        make(
          "div",
          { part: "plane-name", dir: "auto", title: name, style: `height:${lane}px;line-height:${lane}px` },
          name,
        ),
      ),
    );
    this.#steps.replaceChildren(
      ...stepTicks(wire, width).map(({ step, x }) => make("span", { style: `left:${x}px` }, String(step))),
    );
    this.#words.textContent = wire.words;
    this.#words.hidden = wire.words === "";
  }

  #at({ offsetX, offsetY }: PointerEvent | MouseEvent): number | null {
    if (!this.#scene) return null;
    return squareUnder(this.#scene.squares, this.#size, offsetX, offsetY);
  }

  /** Number among all features and steps; null in a lane of several features. */
  #squareAt(at: number): number | null {
    const { wire, squares } = this.#scene!;
    const feature = wire.features[floor(at / squares.columns)];
    return feature === undefined ? null : feature * squares.columns + (at % squares.columns);
  }

  #regionAt(at: number): number | null {
    const region = this.#scene!.squares.labels[at]!;
    return region < 0 ? null : region;
  }

  #showCard(at: number): void {
    const { wire, squares, wordsOf } = this.#scene!;
    const [row, column] = [floor(at / squares.columns), at % squares.columns];
    const [width, height] = this.#size;
    const [across, down] = [width / squares.columns, height / squares.rows];
    this.#card.show(
      `${stepWords(wire, column)} · ${wire.lanes[row]}: ${wordsOf(at)}`,
      { x: (column + 0.5) * across, top: row * down, bottom: (row + 1) * down },
      width,
    );
  }
}
