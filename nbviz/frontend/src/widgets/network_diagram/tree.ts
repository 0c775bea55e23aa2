/** The picture for those who do not look at it: a hidden tree of the shown units, with focus and names. */

import type { Moment } from "../../picture/frame.ts";
import { activationAt } from "../../picture/looks.ts";
import type { Scene } from "../../picture/scene.ts";
import { unitName, unitsText } from "../../picture/shown.ts";
import { abs, max, min } from "../../style/math.ts";
import { isKnown, short, UNKNOWN } from "../../style/numbers.ts";
import { listen, make } from "../html.ts";

export interface TreeActions {
  /** Null when focus leaves, or came by pointer. */
  focus(place: number | null): void;
  select(place: number): void;
}

export function placeWords(scene: Scene, moment: Moment | null, index: number): string {
  const { layer: at, unit, row, kind } = scene.places[index]!;
  const layer = scene.layers[at]!;
  if (kind === "block" || kind === "picture") {
    const inside = layer.picture === null ? layer.parts : [layer.picture, ...layer.parts];
    return [layer.name, layer.type, ...inside, ...layer.members].join(", ");
  }
  const rest = kind === "rest";
  const name = rest
    ? `${unitsText(layer, layer.units - scene.shown[at]!.length)} not drawn`
    : unitName(scene.network, at, unit);
  const words = [`${name} of ${layer.name}`];
  const a = moment ? activationAt(scene, moment, index) : UNKNOWN;
  if (isKnown(a)) words.push(`${rest || layer.face === "map" ? "mean " : ""}activation ${short(a)}`);
  const rank = layer.ranks[row];
  if (!rest && (layer.kind === "dense" || layer.kind === "conv") && layer.output === null && rank !== undefined)
    words.push(`rank ${rank + 1}`);
  return words.join(", ");
}

export class Tree {
  readonly #actions: TreeActions;
  readonly element = make("div", { part: "tree", role: "tree", "aria-label": "Units" });
  #items: HTMLElement[] = [];
  #scene: Scene | null = null;
  #current = 0;
  #taking = false;

  constructor(actions: TreeActions, signal: AbortSignal) {
    this.#actions = actions;
    listen(this.element, signal, "keydown", (event) => this.#key(event));
    listen(this.element, signal, "focusin", (event) => this.#focused(event.target as HTMLElement));
    listen(this.element, signal, "focusout", () => actions.focus(null));
  }

  rebuild(scene: Scene): void {
    const had = this.element.contains(document.activeElement) ? this.#scene?.places[this.#current]?.key : undefined;
    const key = this.#scene?.places[this.#current]?.key;
    this.#scene = scene;
    this.#items = scene.places.map(({ id, x, y, half, tall, layer }, index) => {
      const item = make("div", { role: "treeitem", tabindex: "-1", "data-place": String(index), "aria-level": "1" });
      if (scene.layers[layer]!.opens) item.setAttribute("aria-expanded", "false");
      if (id !== null) item.dataset.unit = String(id);
      else item.dataset.rest = scene.layers[layer]!.name;
      Object.assign(item.style, {
        left: `${x - half}px`,
        top: `${y - tall}px`,
        width: `${2 * half}px`,
        height: `${2 * tall}px`,
      });
      return item;
    });
    this.element.replaceChildren(
      ...scene.layers.map((layer, at) =>
        make(
          "div",
          { role: "group", "aria-label": layer.name },
          ...this.#items.filter((_, index) => scene.places[index]!.layer === at),
        ),
      ),
    );
    this.#current = max(
      0,
      scene.places.findIndex((place) => place.key === key),
    );
    this.#items[this.#current]?.setAttribute("tabindex", "0");
    if (had !== undefined) this.#items[this.#current]?.focus({ preventScroll: true });
  }

  describe(moment: Moment | null, selected: number | null): void {
    const scene = this.#scene;
    if (!scene) return;
    for (const [index, item] of this.#items.entries()) {
      const words = placeWords(scene, moment, index);
      if (item.textContent !== words) item.textContent = words;
      item.setAttribute("aria-selected", String(index === selected));
    }
  }

  /** Gives focus without a visible ring, so that Esc works after a click. */
  take(place: number | null): void {
    this.#taking = true;
    this.#items[place ?? this.#current]?.focus({ preventScroll: true });
    this.#taking = false;
  }

  #focused(item: HTMLElement): void {
    const index = this.#items.indexOf(item);
    if (index < 0) return;
    this.#items[this.#current]?.setAttribute("tabindex", "-1");
    this.#current = index;
    item.setAttribute("tabindex", "0");
    this.#actions.focus(!this.#taking && item.matches(":focus-visible") ? index : null);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = this.#moveFor(event.key);
    if (moved !== null) this.#items[moved]?.focus();
    else if (event.key === "Enter" || event.key === " ") this.#actions.select(this.#current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #moveFor(key: string): number | null {
    const places = this.#scene?.places ?? [];
    const here = places[this.#current];
    if (!here) return null;
    const siblings = [...places.keys()].filter((index) => places[index]!.layer === here.layer);
    const at = siblings.indexOf(this.#current);
    if (key === "ArrowDown") return siblings[min(siblings.length - 1, at + 1)]!;
    if (key === "ArrowUp") return siblings[max(0, at - 1)]!;
    if (key === "Home") return siblings[0]!;
    if (key === "End") return siblings.at(-1)!;
    if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
    const way = key === "ArrowRight" ? 1 : -1;
    const columnOf = (layer: number) => this.#scene!.layers[layer]!.column;
    const beyond = [...places.keys()].filter(
      (index) => (columnOf(places[index]!.layer) - columnOf(here.layer)) * way > 0,
    );
    if (beyond.length === 0) return this.#current;
    const far = (index: number) =>
      abs(columnOf(places[index]!.layer) - columnOf(here.layer)) * 1e5 + abs(places[index]!.y - here.y);
    return beyond.reduce((best, index) => (far(index) < far(best) ? index : best));
  }
}
