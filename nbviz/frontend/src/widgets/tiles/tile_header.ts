/** Title, caption, choice of the layer and room for the controls, over a view of tiles. */

import { icon, isEnabled, listen, make } from "../html.ts";
import { Menu } from "../menu.ts";

export class TileHeading {
  readonly #title: HTMLElement;
  readonly #caption: HTMLElement;
  readonly #layer: Menu;
  /** In the order in which they stand. */
  readonly parts: readonly HTMLElement[];

  constructor(part: string, setLayer: (layer: string) => void, signal: AbortSignal) {
    this.#title = make("div", { part: `${part}-title tile-title panel-title`, dir: "auto" });
    this.#caption = make("div", { part: `${part}-caption tile-caption panel-caption`, dir: "auto" });
    this.#layer = new Menu("Layer", setLayer, signal);
    this.parts = [make("div", { part: "tile-heading" }, this.#title, this.#caption), this.#layer.element];
  }

  /** `layers`: those that can be turned to. */
  update(title: string, caption: string, layers: readonly string[], layer: string): void {
    this.#title.textContent = title;
    this.#caption.textContent = caption;
    this.#layer.update(
      "",
      layers.map((value) => ({ value, label: value })),
      layer,
    );
    this.#layer.element.hidden = layers.length < 2;
  }
}

/** Two buttons of which one is down. */
export class Switch {
  readonly element: HTMLElement;
  readonly buttons: readonly HTMLButtonElement[];

  constructor(
    label: string,
    words: readonly [string, string],
    choose: (isSecond: boolean) => void,
    signal: AbortSignal,
  ) {
    this.buttons = words.map((text) => make("button", { type: "button" }, text));
    for (const [index, button] of this.buttons.entries())
      listen(button, signal, "click", () => isEnabled(button) && choose(index === 1));
    this.element = make("div", { part: "tile-switch", role: "group", "aria-label": label }, ...this.buttons);
  }

  update(isSecond: boolean): void {
    for (const [index, button] of this.buttons.entries())
      button.setAttribute("aria-pressed", String(isSecond === (index === 1)));
  }
}

/** Buttons to the one before and the one behind; `turn` gets -1 or 1. */
export function turnButtons(
  labels: readonly [string, string],
  turn: (step: number) => void,
  signal: AbortSignal,
): readonly [HTMLButtonElement, HTMLButtonElement] {
  const made = (["previous", "next"] as const).map((name, index) => {
    const label = labels[index]!;
    const button = make("button", { type: "button", part: "tile-turn", "aria-label": label, title: label }, icon(name));
    listen(button, signal, "click", () => isEnabled(button) && turn(index ? 1 : -1));
    return button;
  });
  return [made[0]!, made[1]!];
}
