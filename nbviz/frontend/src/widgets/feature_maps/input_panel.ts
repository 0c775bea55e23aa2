/** The model's input, and what explains the answer over it. */

import { type Colour, css, mix } from "../../style/colour.ts";
import { abs, floor, max, min, round } from "../../style/math.ts";
import { short, signed } from "../../style/numbers.ts";
import { rampFromGround, type Theme } from "../../style/theme.ts";
import type { InputWire } from "../../wire.ts";
import { bitmap } from "../bitmap.ts";
import { listen, make } from "../html.ts";
import { Menu } from "../menu.ts";
import { squareUnder } from "../squares.ts";
import { Surface } from "../surface.ts";
import { drawFrame, FRAME_MARGIN } from "./frame.ts";
import { type Maps, type Overlay, overlayOf } from "./maps.ts";
import type { Sum } from "./sliding.ts";
import { inputWords, OVERLAY_NAMES, overlayWords } from "./words.ts";

const SIDE = 152;
const NARROW_SIDE = 96;
const STRIP_ROW = 12;
/** Wider pictures are photographs: over them a coarse map is smoothed, as in the paper. */
const SMOOTH_FROM = 32;
const DIMMED = 0.65;
const STRONGEST = 0.85;

export interface Choices {
  setOverlay(overlay: Overlay): void;
  setClass(index: number | null): void;
}

export interface InputState {
  readonly maps: Maps;
  readonly overlay: Overlay;
  readonly selectedClass: number | null;
  /** Place of the class shown among those sent. */
  readonly place: number;
  readonly kernel: boolean;
  readonly isNarrow: boolean;
  readonly theme: Theme;
}

/** Colour of a pixel of the input. */
function pixel({ maps, theme }: InputState, input: InputWire, at: number, dim: boolean): Colour {
  const values = maps.input!;
  const range = input.high - input.low || 1;
  let colour: Colour;
  if (input.kind === "sequence") {
    const ratio = values[at]! / (max(abs(input.low), abs(input.high)) || 1);
    // Under an overlay the signs' colours would be taken for its own.
    colour = dim ? mix(theme.background, theme.ink1, min(1, abs(ratio))) : rampFromGround(theme, ratio);
  } else if (input.kind === "rgb") {
    const bands = [0, 1, 2].map((band) => max(0, min(255, (255 * (values[3 * at + band]! - input.low)) / range)));
    const grey = (bands[0]! + bands[1]! + bands[2]!) / 3;
    colour = (dim ? [grey, grey, grey] : bands) as unknown as Colour;
  } else {
    colour = mix(theme.background, theme.ink1, max(0, min(1, (values[at]! - input.low) / range)));
  }
  return dim ? mix(colour, theme.background, DIMMED) : colour;
}

export class InputPanel {
  readonly element = make("div", { part: "maps-input" });
  readonly #title = make("div", { part: "maps-input-title", dir: "auto" });
  readonly #size = make("div", { part: "maps-small" });
  readonly #surface = new Surface();
  readonly #frame = new Surface();
  readonly #overlay: Menu;
  readonly #class: Menu;
  readonly #words = make("div", { part: "maps-small maps-overlay-words", dir: "auto" });
  readonly #value = make("div", { part: "maps-small maps-input-value" });
  readonly #picture: HTMLElement;
  #state: InputState | null = null;
  #shown = "";

  constructor(choices: Choices, signal: AbortSignal) {
    this.#overlay = new Menu("Over the input", (overlay) => choices.setOverlay(overlay as Overlay), signal);
    this.#class = new Menu("Class", (value) => choices.setClass(value === "" ? null : Number(value)), signal);
    const { canvas } = this.#surface;
    const framed = make("div", { part: "maps-framed" }, canvas, this.#frame.canvas);
    const picture = make("div", { part: "maps-picture" }, framed);
    this.#picture = picture;
    const controls = make("div", { part: "maps-input-controls" }, this.#overlay.element, this.#class.element);
    this.element.append(
      make("div", {}, this.#title, this.#size, picture, this.#value),
      make("div", { part: "maps-input-side" }, controls, this.#words),
    );
    listen(canvas, signal, "pointermove", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    listen(canvas, signal, "pointerleave", () => {
      this.#value.textContent = "";
    });
  }

  /** `key` tells one state from the next. */
  update(state: InputState, key: string): void {
    this.#state = state;
    const { maps, overlay, selectedClass, place, kernel, isNarrow, theme } = state;
    const { wire } = maps;
    const { input } = wire;
    const parts = [key, overlay, selectedClass, place, kernel, isNarrow].join();
    if (parts === this.#shown) return;
    this.#shown = parts;
    this.element.hidden = input === null && wire.classes.length === 0;
    for (const part of [this.#title, this.#size, this.#picture]) part.hidden = input === null;
    const overlays = (["none", "grad_cam", "attribution"] as const)
      .filter((name) => name === "none" || name === overlay || kernel || overlayOf(maps, name, 0))
      .map((value) => ({ value, label: OVERLAY_NAMES[value] }));
    this.#overlay.update("", overlays, overlay);
    this.#overlay.element.hidden = input === null || overlays.length < 2;
    const likely = wire.predicted === null ? -1 : wire.classes.indexOf(wire.predicted);
    const named = wire.classes.map((value, at) => ({ value: String(value), label: wire.class_names[at]! }));
    const choices =
      likely < 0
        ? named
        : [
            {
              value: "",
              label: `${wire.sample === null ? "largest logit" : "predicted"}: ${wire.class_names[likely]}`,
            },
            ...named,
          ];
    this.#class.update("", choices, selectedClass === null ? "" : String(selectedClass));
    this.#class.element.hidden = wire.classes.length < 2;
    const numbers = overlayOf(maps, overlay, place);
    this.#words.textContent = overlayWords(maps, overlay, numbers, place, kernel);
    if (!input) return;
    this.#title.textContent = input.name;
    this.#size.textContent = inputWords(input);
    this.#paint(state, input, theme);
  }

  /** The patch that a number is made of; null for none. */
  frame(sum: Sum | null): void {
    const input = this.#state?.maps.wire.input;
    if (!this.#state || !input) return;
    const { maps, theme } = this.#state;
    const [width, height] = this.#sizeOf(input);
    this.#frame.resize(width + 2 * FRAME_MARGIN, height + 2 * FRAME_MARGIN);
    const isOn = sum !== null && maps.wire.sliding?.on_picture === true;
    // A sequence is drawn with a row for each of its features.
    const box = isOn && input.kind === "sequence" ? { ...sum.box, top: sum.channel, rows: 1 } : isOn ? sum.box : null;
    drawFrame(this.#frame, theme, box, width / input.all_columns, height / input.all_rows);
  }

  #paint(state: InputState, input: InputWire, theme: Theme): void {
    const [width, height] = this.#sizeOf(input);
    this.#surface.resize(width, height);
    const context = this.#surface.begin();
    const numbers = overlayOf(state.maps, state.overlay, state.place);
    const picture = bitmap(input.rows, input.columns, (at) => [pixel(state, input, at, numbers !== null), 1]);
    if (!context || !picture) return;
    context.imageSmoothingEnabled = width < input.columns;
    context.drawImage(picture, 0, 0, width, height);
    if (numbers) {
      const over = bitmap(numbers.rows, numbers.columns, (at) => {
        const value = numbers.values[at]!;
        if (!Number.isFinite(value)) return [theme.warning, 1];
        const share = STRONGEST * min(1, abs(value) / (numbers.scale || 1));
        return [value < 0 ? theme.negative : theme.positive, share];
      });
      context.imageSmoothingEnabled = input.columns > SMOOTH_FROM && numbers.columns < input.columns;
      if (over) context.drawImage(over, 0, 0, width, height);
    }
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
  }

  #sizeOf(input: InputWire): [number, number] {
    const side = this.#state?.isNarrow ? NARROW_SIDE : SIDE;
    if (input.kind === "sequence") return [SIDE, max(24, min(side, input.rows * STRIP_ROW))];
    // Blocks of what is sent as means need not be square.
    const by = side / max(input.all_rows, input.all_columns);
    const whole = by >= 1 ? floor(by) : by;
    return [max(8, round(input.all_columns * whole)), max(8, round(input.all_rows * whole))];
  }

  #point(x: number, y: number): void {
    const state = this.#state;
    const input = state?.maps.wire.input;
    if (!state || !input) return;
    const size = this.#sizeOf(input);
    const place = squareUnder(input, size, x, y);
    const bands = input.kind === "rgb" ? 3 : 1;
    const values = state.maps.input!.subarray(bands * place, bands * (place + 1));
    const [row, column] = [floor(place / input.columns), place % input.columns];
    const whole = input.rows === input.all_rows && input.columns === input.all_columns;
    const names = input.kind === "sequence" ? `feature ${row}, step ${column}` : `row ${row}, column ${column}`;
    const words = [`${whole ? `${names}: ` : ""}${[...values].map(short).join(" ")}`];
    const numbers = overlayOf(state.maps, state.overlay, state.place);
    if (numbers) words.push(signed(numbers.values[squareUnder(numbers, size, x, y)]!));
    this.#value.textContent = words.join(" · ");
  }
}
