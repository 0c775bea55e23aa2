/** A button that says what is chosen and opens the browser's own list. */

import { icon, listen, make } from "./html.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** On the button, where it says enough. */
  readonly short?: string;
  /** Choices under one heading. */
  readonly group?: string;
}

export class Menu {
  readonly element = make("span", { part: "choice" });
  readonly #text = make("span", { dir: "auto" });
  readonly #select: HTMLSelectElement;
  #written = "";

  constructor(label: string, choose: (value: string) => void, signal: AbortSignal) {
    this.#select = make("select", { "aria-label": label, title: label });
    this.element.append(this.#text, icon("next"), this.#select);
    listen(this.#select, signal, "change", () => choose(this.#select.value));
  }

  update(prefix: string, choices: readonly Choice[], value: string): void {
    const written = JSON.stringify(choices);
    const select = this.#select;
    if (written !== this.#written) {
      this.#written = written;
      select.replaceChildren();
      const groups = new Map<string, HTMLOptGroupElement>();
      for (const { value: key, label, group } of choices) {
        const option = make("option", { value: key }, label);
        if (group === undefined) select.append(option);
        else {
          let under = groups.get(group);
          if (!under) {
            under = make("optgroup", { label: group });
            groups.set(group, under);
            select.append(under);
          }
          under.append(option);
        }
      }
    }
    select.value = value;
    const chosen = choices.find((choice) => choice.value === value);
    const text = prefix + (chosen?.short ?? chosen?.label ?? value);
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
