/** The floating card: an element over the widget that never takes the pointer. */

import { css, inkOn } from "../colour.ts";
import { signed } from "../numbers.ts";
import { rampFromGround, type Theme } from "../theme.ts";
import { type CardContent, isOneLine } from "./card_content.ts";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const STEP = 16;
const AIR = 8;

/** A place for the card inside `bounds`: off the points to keep free, then near the anchor. */
export function findRoom(size: { width: number; height: number }, bounds: Box, anchor: Box, free: readonly (readonly [number, number])[]): [number, number] {
  const left = bounds.x + AIR;
  const top = bounds.y + AIR;
  const right = Math.max(left, bounds.x + bounds.width - size.width - AIR);
  const bottom = Math.max(top, bounds.y + bounds.height - size.height - AIR);
  let best: [number, number] = [right, bottom];
  let least = Number.POSITIVE_INFINITY;
  for (let x = left; ; x = Math.min(right, x + STEP)) {
    for (let y = top; ; y = Math.min(bottom, y + STEP)) {
      let covered = 0;
      for (const [px, py] of free) {
        if (px > x - 4 && px < x + size.width + 4 && py > y - 4 && py < y + size.height + 4) covered += 1;
      }
      const onAnchor =
        x < anchor.x + anchor.width && anchor.x < x + size.width && y < anchor.y + anchor.height && anchor.y < y + size.height;
      const away = Math.hypot(
        x + size.width / 2 - anchor.x - anchor.width / 2,
        y + size.height / 2 - anchor.y - anchor.height / 2,
      );
      const cost = (onAnchor ? 1e6 : 0) + covered * 24 + away;
      if (cost < least) {
        least = cost;
        best = [x, y];
      }
      if (y >= bottom) break;
    }
    if (x >= right) break;
  }
  return best;
}

function element(tag: string, name: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) {
    made.textContent = text;
    made.dir = "auto";
  }
  return made;
}

export class Card {
  readonly element = element("div", "nbviz-card");
  private written = "";

  constructor() {
    this.element.hidden = true;
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Writes the content; answers whether it is another one than before. */
  write(content: CardContent, theme: Theme): boolean {
    const key = JSON.stringify(content) + theme.dark;
    if (key === this.written) return false;
    this.written = key;
    const { element: card } = this;
    card.replaceChildren();
    card.classList.toggle("nbviz-card-line", isOneLine(content));
    const head = element("div", "nbviz-card-head");
    if (!isOneLine(content)) head.append(element("span", "nbviz-card-ring"));
    head.append(element("span", "nbviz-card-title", content.title));
    if (content.aside) head.append(element("span", "nbviz-card-aside", content.aside));
    card.append(head);
    if (content.terms.length > 0) card.append(this.terms(content));
    for (const { label, text } of content.facts) {
      const row = element("div", "nbviz-card-fact");
      row.append(element("span", "", label), element("b", "", text));
      card.append(row);
    }
    if (content.formula.length > 0) card.append(this.formula(content, theme));
    for (const note of content.notes) card.append(element("div", "nbviz-card-note", note));
    return true;
  }

  private terms({ terms }: CardContent): HTMLElement {
    const table = element("div", "nbviz-card-terms");
    const most = Math.max(1e-30, ...terms.map(({ value }) => (Number.isFinite(value) ? Math.abs(value) : 0)));
    const lowest = Math.min(0, ...terms.map(({ value }) => (Number.isFinite(value) ? value / most : 0)));
    const highest = Math.max(0, ...terms.map(({ value }) => (Number.isFinite(value) ? value / most : 0)));
    const zero = -lowest / (highest - lowest || 1);
    for (const { label, factors, value, quiet } of terms) {
      const row = element("div", `nbviz-card-term${quiet ? " nbviz-quiet" : ""}${factors || quiet ? "" : " nbviz-plain"}`);
      const name = element("span", "nbviz-card-label", label);
      const bars = element("span", "nbviz-card-bars");
      bars.style.setProperty("--zero", `${zero * 100}%`);
      const bar = element("i", value < 0 ? "nbviz-negative" : "nbviz-positive");
      const length = Number.isFinite(value) ? Math.abs(value) / most / (highest - lowest || 1) : 0;
      bar.style.left = `${(value < 0 ? zero - length : zero) * 100}%`;
      bar.style.width = `${length * 100}%`;
      bars.append(bar);
      row.append(name);
      if (!quiet) row.append(element("span", "nbviz-card-factors", factors));
      row.append(bars, element("b", "", signed(value)));
      table.append(row);
    }
    return table;
  }

  private formula({ formula, chip, step }: CardContent, theme: Theme): HTMLElement {
    const line = element("div", "nbviz-card-formula");
    for (const [symbol, number] of formula) {
      const piece = element("span", "", `${symbol} `);
      piece.append(element("b", "", number));
      line.append(piece);
    }
    if (chip) {
      const piece = element("span", "nbviz-card-step", step.startsWith("mean") ? step : `${step} →`.trim());
      const fill = rampFromGround(theme, Number.isFinite(chip.ratio) ? Math.max(-1, Math.min(1, chip.ratio)) : 0);
      const answer = element("b", "nbviz-card-chip", chip.text);
      answer.style.background = css(fill);
      answer.style.color = css(inkOn(fill));
      piece.append(answer);
      line.append(piece);
    }
    return line;
  }
}
