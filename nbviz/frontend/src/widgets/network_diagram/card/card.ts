/** The floating card: an element over the widget that never takes the pointer. */

import type { Target } from "../../../picture/focus.ts";
import type { Scene } from "../../../picture/scene.ts";
import { css, inkOn } from "../../../style/colour.ts";
import { abs, max, min, round } from "../../../style/math.ts";
import { signed } from "../../../style/numbers.ts";
import { rampFromGround, rampFromZero, type Theme } from "../../../style/theme.ts";
import { make } from "../../html.ts";
import type { Stage } from "../stage.ts";
import { type CardContent, isOneLine } from "./card_parts.ts";
import { findRoom } from "./card_room.ts";
import { numberGrid, tileCanvas } from "./card_tiles.ts";

function element(tag: "div" | "span" | "b" | "i", part: string, text?: string): HTMLElement {
  return text === undefined ? make(tag, { part }) : make(tag, { part, dir: "auto" }, text);
}

export class Card {
  readonly element = element("div", "card");
  #written = "";

  constructor() {
    this.element.hidden = true;
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Writes the content; answers whether it is another one than before. */
  write(content: CardContent, theme: Theme): boolean {
    const key = JSON.stringify(content) + theme.dark;
    if (key === this.#written) return false;
    this.#written = key;
    const { element: card } = this;
    card.replaceChildren();
    card.classList.toggle("nbviz-card-line", isOneLine(content));
    const head = element("div", "card-head");
    if (!isOneLine(content)) head.append(element("span", "card-ring"));
    head.append(element("span", "card-title", content.title));
    if (content.aside) head.append(element("span", "card-aside", content.aside));
    card.append(head);
    const facts = element("div", "card-facts");
    for (const { label, text } of content.facts) {
      const row = element("div", "card-fact");
      row.append(element("span", "", label), element("b", "", text));
      facts.append(row);
    }
    const { map, kernel } = content;
    const picture = map ? tileCanvas(map, theme, rampFromGround) : kernel && numberGrid(kernel, theme);
    if (picture) {
      const beside = element("div", "card-beside");
      beside.append(picture, facts);
      card.append(beside);
    }
    if (content.terms.length > 0) card.append(this.#terms(content, theme));
    if (!picture && content.facts.length > 0) card.append(facts);
    if (content.formula.length > 0) card.append(this.#formula(content, theme));
    for (const note of content.notes) card.append(element("div", "card-note", note));
    return true;
  }

  /** Finds a place near what the card speaks of. */
  place(scene: Scene, stage: Stage, target: Target, pointer: readonly [number, number] | null): void {
    const left = stage.element.offsetLeft - stage.element.scrollLeft;
    const top = stage.element.offsetTop;
    const place = target.kind === "place" ? scene.places[target.place]! : null;
    const [px, py] = place ? [place.x, place.y] : (pointer ?? [0, 0]);
    const across = (place?.half ?? 4) + 12;
    const down = (place?.tall ?? 4) + 12;
    const anchor = { x: px + left - across, y: py + top - down, width: 2 * across, height: 2 * down };
    const { clientWidth, clientHeight } = stage.element;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    // It may reach over what stands beneath the drawing rather than cover what is lit.
    const bounds = {
      x: stage.element.offsetLeft,
      y: top,
      width: clientWidth,
      height: max(clientHeight, height + 16, (this.element.parentElement?.clientHeight ?? 0) - top),
    };
    const free = stage.keptFree().map(([x, y, cost]) => [x + left, y + top, cost] as const);
    const [x, y] = findRoom({ width, height }, bounds, anchor, free);
    this.element.style.transform = `translate(${round(x)}px, ${round(y)}px)`;
  }

  #terms({ terms }: CardContent, theme: Theme): HTMLElement {
    const table = element("div", "card-terms");
    const most = max(1e-30, ...terms.map(({ value }) => (Number.isFinite(value) ? abs(value) : 0)));
    const lowest = min(0, ...terms.map(({ value }) => (Number.isFinite(value) ? value / most : 0)));
    const highest = max(0, ...terms.map(({ value }) => (Number.isFinite(value) ? value / most : 0)));
    const zero = -lowest / (highest - lowest || 1);
    for (const { label, factors, value, quiet, tile } of terms) {
      const row = element("div", `card-term${quiet ? " quiet" : ""}`);
      const name = element("span", "card-label", label);
      const bars = element("span", "card-bars");
      bars.style.setProperty("--zero", `${zero * 100}%`);
      const bar = element("i", value < 0 ? "negative" : "positive");
      const length = Number.isFinite(value) ? abs(value) / most / (highest - lowest || 1) : 0;
      bar.style.left = `${(value < 0 ? zero - length : zero) * 100}%`;
      bar.style.width = `${length * 100}%`;
      bars.append(bar);
      if (tile) name.prepend(tileCanvas(tile, theme, rampFromZero));
      row.append(name);
      if (!quiet) row.append(element("span", "card-factors", factors));
      row.append(bars, element("b", "", signed(value)));
      table.append(row);
    }
    return table;
  }

  #formula({ formula, chip, step }: CardContent, theme: Theme): HTMLElement {
    const line = element("div", "card-formula");
    for (const [symbol, number] of formula) {
      const piece = element("span", "", `${symbol} `);
      piece.append(element("b", "", number));
      line.append(piece);
    }
    if (chip) {
      const piece = element("span", "card-step", step.startsWith("mean") ? step : `${step} →`.trim());
      const fill = rampFromGround(theme, Number.isFinite(chip.ratio) ? max(-1, min(1, chip.ratio)) : 0);
      const answer = element("b", "card-chip", chip.text);
      answer.style.background = css(fill);
      answer.style.color = css(inkOn(fill));
      piece.append(answer);
      line.append(piece);
    }
    return line;
  }
}
