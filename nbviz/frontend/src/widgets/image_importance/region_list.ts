/** The regions of a class's map: names, shares with their intervals, directions. */

import { max } from "../../style/math.ts";
import { isKnown } from "../../style/numbers.ts";
import { FittedNames } from "../fitted_names.ts";
import { listen, make } from "../html.ts";
import type { ImageMaps } from "./image_maps.ts";

export interface ListState {
  readonly maps: ImageMaps;
  readonly classIndex: number;
  readonly selected: number | null;
  readonly hovered: number | null;
}

const HUES = ["quiet", "up", "down", "mixed"];

export class RegionList {
  readonly element: HTMLElement;
  readonly #items = make("div", { part: "images-regions", role: "group", "aria-label": "Regions" });
  readonly #name = make("span", { part: "images-name" }, "Regions");
  readonly #names = new FittedNames();
  #shown = "";

  constructor(actions: { point(region: number | null): void; press(region: number): void }, signal: AbortSignal) {
    this.element = make(
      "div",
      { part: "images-list" },
      make("div", { part: "images-line" }, this.#name, make("span", { part: "images-share" }, "share ± s.e.")),
      this.#items,
    );
    const regionOf = ({ target }: Event) => {
      const button = (target as Element).closest<HTMLElement>("button");
      return button ? Number(button.dataset.region) : null;
    };
    listen(this.#items, signal, "pointerover", (event) => actions.point(regionOf(event)));
    listen(this.#items, signal, "pointerleave", () => actions.point(null));
    listen(this.#items, signal, "click", (event) => {
      const region = regionOf(event);
      if (region !== null) actions.press(region);
    });
  }

  update({ maps, classIndex, selected, hovered }: ListState): void {
    const order = maps.order(classIndex);
    const key = `${classIndex} ${order.join()}`;
    const { wire } = maps;
    this.#name.textContent = wire.plane ? heading(wire.regions_words) : "Regions";
    if (key !== this.#shown || this.#items.childElementCount !== order.length) {
      this.#shown = key;
      // Those that are there stay, so that a focused one keeps the focus.
      const known = new Map([...this.#items.children].map((item) => [(item as HTMLElement).dataset.region, item]));
      this.#items.replaceChildren(
        ...order.map((region) => (known.get(String(region)) as HTMLElement | undefined) ?? this.#item(region)),
      );
    }
    for (const item of this.#items.children as unknown as HTMLButtonElement[]) {
      const region = Number(item.dataset.region);
      const [, number, triangle, bar] = item.children as unknown as HTMLElement[];
      const share = maps.regionShare(classIndex, region);
      const error = maps.regionError(classIndex, region);
      number!.textContent = maps.shareWords(share);
      triangle!.className = `nbviz-images-${maps.regionWay(classIndex, region) || "unclear"}`;
      item.title = maps.regionWords(classIndex, region);
      item.setAttribute("aria-pressed", String(region === selected));
      item.dataset.hovered = String(region === hovered);
      item.dataset.hue = HUES[maps.regionHue(classIndex, region)]!;
      const place = (value: number) => `${(100 * max(0, value)) / wire.furthest}%`;
      bar!.style.setProperty("--at", isKnown(share) ? place(share) : "0");
      bar!.dataset.interval = String(wire.has_intervals && isKnown(error));
      if (isKnown(error)) {
        bar!.style.setProperty("--low", place(share - wire.z * error));
        bar!.style.setProperty("--high", place(share + wire.z * error));
      }
    }
    const items = [...this.#items.children] as HTMLElement[];
    this.#names.set(
      new Map(items.map((item) => [item.firstElementChild as HTMLElement, wire.regions[Number(item.dataset.region)]!])),
    );
  }

  #item(region: number): HTMLElement {
    return make(
      "button",
      { type: "button", part: "images-region", "data-region": String(region) },
      make("span", { part: "images-region-name" }),
      make("span", { part: "images-region-share" }),
      make("i"),
      make("span", { part: "images-region-bar", "aria-hidden": "true" }),
    );
  }
}

/** "Features". */
function heading(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
