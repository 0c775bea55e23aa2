/** Names in elements that are cut by their style: cut here instead, so that those that differ look different. */

import { cutNames } from "../style/names.ts";
import { canvasMeasure, type Measure } from "../style/text.ts";

export class FittedNames {
  readonly #measure: Measure = canvasMeasure();
  #names = new Map<HTMLElement, string>();

  /** The elements and their whole names, which they are told apart by; they are laid out by their parents alone. */
  set(names: ReadonlyMap<HTMLElement, string>): void {
    this.#names = new Map(names);
    this.fit();
  }

  /** Again: there is more or less room. */
  fit(): void {
    for (const [element, name] of this.#names) element.textContent = name;
    const cut = [...this.#names.keys()].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    if (cut.length === 0) return;
    const [elements, names] = [[...this.#names.keys()], [...this.#names.values()]];
    const room = elements.map(({ clientWidth, scrollWidth }) => (scrollWidth > clientWidth ? clientWidth : 1e9));
    const { font } = getComputedStyle(cut[0]!);
    const labels = cutNames(names, (at) => room[at]! - 1, font, this.#measure);
    for (const [at, element] of elements.entries()) element.textContent = labels[at]!;
  }
}
