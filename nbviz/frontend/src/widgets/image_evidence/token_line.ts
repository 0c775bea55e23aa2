/** The tokens of a text in line, each on the colour of its weight for a class; a card with the number. */

import { css, inkOn } from "../../style/colour.ts";
import { grouped, plural, signed } from "../../style/numbers.ts";
import type { Theme } from "../../style/theme.ts";
import { HoverCard } from "../hover_card.ts";
import { listen, make } from "../html.ts";
import { evidenceColour } from "../picture_colours.ts";
import type { Evidence } from "./evidence.ts";

const MOST_TOKENS = 1000; // buttons; what the others bring is told together

export interface TokenScene {
  readonly evidence: Evidence;
  readonly classIndex: number;
  /** The weight with the full colour. */
  readonly scale: number;
  /** Place of the selected token. */
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly theme: Theme;
}

export interface TokenActions {
  point(place: number | null): void;
  press(place: number, classIndex: number): void;
}

export class TokenLine {
  readonly element: HTMLElement;
  readonly #words = make("div", { part: "evidence-text", role: "group", dir: "auto" });
  readonly #card = new HoverCard(false);
  readonly #buttons = new Map<number, HTMLButtonElement>();
  #written: Evidence | null = null;
  #scene: TokenScene | null = null;

  constructor(actions: TokenActions, signal: AbortSignal) {
    this.element = make("div", { part: "evidence-tokens" }, this.#words, this.#card.element);
    const leave = () => {
      this.#card.hide();
      actions.point(null);
    };
    const enter = ({ target }: Event) => {
      const button = (target as Element).closest<HTMLButtonElement>("button");
      if (!button) return leave();
      this.#showCard(button);
      actions.point(Number(button.dataset.place));
    };
    for (const type of ["pointerover", "focusin"] as const) listen(this.#words, signal, type, enter);
    for (const type of ["pointerleave", "focusout"] as const) listen(this.#words, signal, type, leave);
    listen(this.#words, signal, "click", ({ target }) => {
      const button = (target as Element).closest<HTMLButtonElement>("button");
      if (button) actions.press(Number(button.dataset.place), this.#scene!.classIndex);
    });
  }

  update(scene: TokenScene): void {
    this.#scene = scene;
    const { evidence, classIndex, scale, selected, hovered, theme } = scene;
    const { wire } = evidence;
    if (this.#written !== evidence) this.#write(evidence);
    this.#words.setAttribute("aria-label", `Tokens, by what they bring to ${wire.classes[classIndex]}`);
    const values = evidence.values(classIndex)!;
    for (const [place, button] of this.#buttons) {
      const fill = evidenceColour(theme, 0, values[place]! / scale);
      button.style.background = css(fill);
      button.style.color = css(inkOn(fill));
      button.setAttribute("aria-label", this.#wordsOf(place));
      button.setAttribute("aria-pressed", String(place === selected));
      button.dataset.hovered = String(place === hovered);
    }
    const rest = this.#words.querySelector<HTMLElement>("[data-rest]");
    if (rest) {
      let sum = 0;
      for (let place = MOST_TOKENS; place < values.length; place++) sum += values[place]!;
      rest.textContent = `… and ${grouped(values.length - MOST_TOKENS)} more tokens: ${signed(sum)}`;
    }
  }

  /** "terrible, token 4: −1.23 to negative". */
  #wordsOf(place: number): string {
    const { evidence, classIndex } = this.#scene!;
    const value = evidence.values(classIndex)![place]!;
    const { text, classes } = evidence.wire;
    return `${text!.tokens[place]}, token ${place}: ${signed(value)} to ${classes[classIndex]}`;
  }

  #showCard(button: HTMLButtonElement): void {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = button;
    const top = offsetTop - this.#words.scrollTop;
    const about = { x: offsetLeft + offsetWidth / 2, top, bottom: top + offsetHeight };
    this.#card.show(this.#wordsOf(Number(button.dataset.place)), about, this.element.clientWidth);
  }

  #write(evidence: Evidence): void {
    this.#written = evidence;
    this.#card.hide();
    this.#buttons.clear();
    const { tokens, padding } = evidence.wire.text!;
    const out = new Set(padding);
    const parts: HTMLElement[] = [];
    let padded = 0;
    const close = () => {
      if (padded > 0) parts.push(make("span", { part: "evidence-padding" }, plural(padded, "padded place")));
      padded = 0;
    };
    for (const [place, token] of tokens.slice(0, MOST_TOKENS).entries()) {
      if (out.has(place)) {
        padded += 1;
        continue;
      }
      close();
      const button = make("button", { type: "button", part: "evidence-token", "data-place": String(place) }, token);
      this.#buttons.set(place, button);
      parts.push(button);
    }
    close();
    if (tokens.length > MOST_TOKENS) parts.push(make("span", { part: "evidence-padding", "data-rest": "true" }));
    this.#words.replaceChildren(...parts);
  }
}
