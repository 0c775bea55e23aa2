/** The maps of all classes, small and on one scale; each is a button that selects its class. */

import { ceil, floor, max, min } from "../../style/math.ts";
import { briefly } from "../../style/names.ts";
import { FittedNames } from "../fitted_names.ts";
import { make } from "../html.ts";
import { SquareCanvas, type SquareScene } from "../square_canvas.ts";
import type { ImageMaps } from "./image_maps.ts";

const MOST_MAPS = 100;
const [USUAL, LARGEST, LEAST] = [68, 96, 40]; // px of a map
const AROUND = { across: 12, down: 25 }; // px of its button
const GAP = 4;

export interface ClassMapsState {
  readonly maps: ImageMaps;
  /** Class that is selected, and region; null for none. */
  readonly selected: number | null;
  readonly region: number | null;
  /** Of a map, by its place. */
  readonly sceneOf: (at: number) => SquareScene;
}

export class ClassMaps {
  readonly element = make("div", { part: "images-grid", role: "group", "aria-label": "Maps of all classes" });
  readonly #press: (classIndex: number) => void;
  readonly #signal: AbortSignal;
  readonly #names = new FittedNames();
  #ids: readonly number[] = [];
  #fitted = "";
  #buttons: { button: HTMLButtonElement; name: HTMLElement; share: HTMLElement; canvas: SquareCanvas }[] = [];

  constructor(press: (classIndex: number) => void, signal: AbortSignal) {
    this.#press = press;
    this.#signal = signal;
  }

  /** How many there are. */
  get count(): number {
    return this.#buttons.length;
  }

  /** px of a map: where the height is given, as large as lets all of them be seen. */
  side(isGiven: boolean): number {
    const { clientWidth, clientHeight } = this.element;
    if (!isGiven || clientHeight === 0) return USUAL;
    for (let side = LARGEST; side > LEAST; side--) {
      const across = max(1, floor((clientWidth + GAP) / (side + AROUND.across + GAP)));
      if (ceil(this.count / across) * (side + AROUND.down + GAP) - GAP <= clientHeight) return side;
    }
    return LEAST;
  }

  build(maps: ImageMaps): void {
    const { classes } = maps.wire;
    this.#ids = maps.wire.class_ids;
    const count = min(classes.length, MOST_MAPS);
    if (this.#buttons.length === count && this.#buttons.every(({ button }, at) => button.dataset.name === classes[at]))
      return;
    this.#buttons = classes.slice(0, count).map((label, at) => {
      const canvas = new SquareCanvas(null, this.#signal);
      const [name, share] = [
        make("span", { part: "images-name", dir: "auto" }, briefly(label)),
        make("span", { part: "images-share" }),
      ];
      const line = make("span", { part: "images-line" }, name, share);
      const button = make(
        "button",
        { type: "button", part: "images-map", title: label, "data-name": label },
        line,
        canvas.element,
      );
      button.addEventListener("click", () => this.#press(this.#ids[at]!), { signal: this.#signal });
      return { button, name, share, canvas };
    });
    this.element.replaceChildren(...this.#buttons.map(({ button }) => button));
  }

  update({ maps, selected, region, sceneOf }: ClassMapsState): void {
    const { wire } = maps;
    for (const [at, { button, share, canvas }] of this.#buttons.entries()) {
      button.setAttribute("aria-pressed", String(wire.class_ids[at] === selected));
      share.replaceChildren();
      if (region !== null) {
        const way = maps.regionWay(at, region);
        share.append(maps.shareWords(maps.regionShare(at, region)));
        if (wire.has_triangles) share.append(make("i", { part: `images-${way || "unclear"}` }));
        button.title = maps.regionWords(at, region);
      } else button.title = wire.classes[at]!;
      canvas.update(sceneOf(at));
    }
    // The room of a name is that of its map, less its share.
    const fitted = `${this.#buttons.map(({ canvas }) => canvas.element.clientWidth)} ${region}`;
    if (fitted === this.#fitted) return;
    this.#fitted = fitted;
    this.#names.set(new Map(this.#buttons.map(({ name }, at) => [name, briefly(wire.classes[at]!)])));
  }
}
