/** Names in elements that are cut by their style: cut here instead, so that those that differ look different. */

import { max } from "../style/math.ts";
import { cutNames } from "../style/names.ts";
import { canvasMeasure, type Measure } from "../style/text.ts";

const UNBOUNDED = 1e9;

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
    const [elements, names] = [[...this.#names.keys()], [...this.#names.values()]];
    // In fractions of a px: whole ones hide that a name is cut by less than one.
    const widths = elements.map((element) => element.getBoundingClientRect().width);
    const room = elements.map((element, at) => (widthOf(element) > widths[at]! + 0.05 ? widths[at]! - 1 : UNBOUNDED));
    if (room.every((width) => width === UNBOUNDED)) return;
    const styles = elements.map((element) => getComputedStyle(element));
    // In parts: with tabular figures the whole has no words. One that stands out is bold.
    const weight = max(...styles.map(({ fontWeight }) => Number(fontWeight)));
    const font = `${weight} ${styles[0]!.fontSize} ${styles[0]!.fontFamily}`;
    const labels = cutNames(names, (at) => room[at]!, font, this.#measure);
    for (const [at, element] of elements.entries()) element.textContent = labels[at]!;
  }
}

/** px of all that is written in an element, seen or not. */
function widthOf(element: HTMLElement): number {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect().width;
}
