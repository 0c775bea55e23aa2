/** Parts that hold more or fewer lines from one choice to the next, though what stands beneath them keeps its place. */

const KEPT = "--kept-height";

/** Tells the style sheets how high a part has been since it is as wide: a page is as long with each choice. */
export class KeptHeight {
  readonly #element: HTMLElement;
  #width = -1;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** After the part has been filled, or has another size. */
  update(): void {
    const { style, clientWidth } = this.#element;
    if (clientWidth !== this.#width) style.removeProperty(KEPT);
    this.#width = clientWidth;
    style.setProperty(KEPT, `${this.#element.offsetHeight}px`);
  }
}
