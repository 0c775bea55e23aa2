/** On the captions: menus of how units are ranked, and hints where the edges of a scale show something else. */

import type { Scene } from "../../../picture/scene.ts";
import { listen, make, NEEDS_KERNEL, setEnabled } from "../../html.ts";
import type { Rank } from "../selection.ts";

const SCALED = "edges of the first gap show weight × standard deviation of the feature";
const AGAIN = "again";
const CHOICES: [Rank | typeof AGAIN, string][] = [
  ["contribution", "ranked by contribution: mean |activation| × Σ|w| out"],
  ["weight", "ranked by weight: Σ|w| in × Σ|w| out"],
  [AGAIN, "rank again by the present weights"],
];

export interface RankActions {
  set(rank: Rank): void;
  again(): void;
}

export interface RankState {
  rank: Rank;
  kernel: boolean;
  /** Rows of x, 0 without. */
  rows: number;
}

export class RankMenus {
  readonly element = make("div");
  readonly #actions: RankActions;
  readonly #signal: AbortSignal;
  #menus: HTMLSelectElement[] = [];
  #rank: Rank = "weight";

  constructor(actions: RankActions, signal: AbortSignal) {
    this.#actions = actions;
    this.#signal = signal;
  }

  rebuild(scene: Scene): void {
    // Of a difference units are ranked by what their weights differ by.
    const lines = scene.network.change ? [] : scene.captions.lines.filter(({ tone }) => tone === "accent");
    this.#menus = lines.map(({ text, x, y, width, layer }) => {
      const label = `${scene.layers[layer]!.name}: ${text}, how units are ranked`;
      const menu = make("select", { part: "rank", "aria-label": label });
      menu.append(...CHOICES.map(([value, words]) => make("option", { value }, words)));
      Object.assign(menu.style, { left: `${x - width / 2 - 4}px`, top: `${y}px`, width: `${width + 8}px` });
      listen(menu, this.#signal, "change", () => this.#choose(menu.value as Rank | typeof AGAIN));
      return menu;
    });
    const scaled = scene.captions.scales.filter(({ lines }) =>
      lines.some(({ connection }) => connection !== null && scene.connections[connection]!.scaled_by_sd),
    );
    const hints = scaled.map(({ x, y, width }) => {
      const hint = make("div", { part: "hint", title: SCALED });
      Object.assign(hint.style, { left: `${x - width / 2}px`, top: `${y}px`, width: `${width}px` });
      return hint;
    });
    this.element.replaceChildren(...this.#menus, ...hints);
  }

  update({ rank, kernel, rows }: RankState): void {
    this.#rank = rank;
    for (const menu of this.#menus) {
      menu.value = rank;
      const words = CHOICES.find(([value]) => value === rank)![1];
      setEnabled(menu, kernel, words, `${words}; another choice ${NEEDS_KERNEL}`);
      for (const option of menu.options)
        option.disabled = option.value !== rank && (!kernel || (option.value === "contribution" && rows === 0));
    }
  }

  #choose(value: Rank | typeof AGAIN): void {
    for (const menu of this.#menus) menu.value = this.#rank;
    if (value === AGAIN) this.#actions.again();
    else this.#actions.set(value);
  }
}
