/** What the pointer, the keyboard or a badge is at, and the card that speaks of it after a moment. */

import { sameTarget, type Target } from "../../picture/focus.ts";
import { DURATION } from "../../picture/motion.ts";
import type { Scene } from "../../picture/scene.ts";
import type { Measure } from "../../style/text.ts";
import type { BadgeWire, LayerWire } from "../../wire.ts";
import { listen } from "../html.ts";
import { Card } from "./card/card.ts";
import { cardFor } from "./card/card_content.ts";
import { pick } from "./picking.ts";
import { Pointing } from "./pointing.ts";
import type { Stage } from "./stage.ts";

const CARD_DELAY = 80;

export interface HoverActions {
  /** What is brought forward has changed, to be there after `duration` ms. */
  look(duration: number): void;
  /** What else the card of a layer says, first of all. */
  wordsOf(layer: LayerWire): string | null;
}

export class Hovering {
  readonly pointing = new Pointing();
  readonly #card = new Card();
  readonly #stage: Stage;
  readonly #measure: Measure;
  readonly #actions: HoverActions;
  #cardDue = 0;
  #placedIn: Scene | null = null;

  constructor(stage: Stage, measure: Measure, actions: HoverActions, signal: AbortSignal) {
    this.#stage = stage;
    this.#measure = measure;
    this.#actions = actions;
    listen(stage.canvas, signal, "pointermove", ({ offsetX, offsetY }) => this.#pointAt([offsetX, offsetY]));
    listen(stage.canvas, signal, "pointerleave", () => this.#pointAt(null));
    listen(stage.element, signal, "scroll", () => this.#pointAt(null));
  }

  get element(): HTMLElement {
    return this.#card.element;
  }

  /** What lies under a point of the drawing. */
  under(x: number, y: number): Target | null {
    const { picture, nodes, edges } = this.#stage;
    return picture && pick(picture.scene, this.#measure, nodes.now, edges.now, x, y);
  }

  /** The keyboard is at a place; null: it has gone. */
  focus(place: number | null): void {
    this.pointing.keyboard = place;
    this.#turn();
  }

  /** The pointer or the keyboard is at a badge. */
  badge(badge: BadgeWire | null): void {
    this.pointing.badge = badge;
    this.#actions.look(DURATION.hover);
  }

  #pointAt(point: readonly [number, number] | null): void {
    const { pointing } = this;
    const target = point && this.under(...point);
    pointing.pointer = point;
    const isClickable = target?.kind === "place" || target?.kind === "cell";
    this.#stage.canvas.style.cursor = isClickable ? "pointer" : "default";
    if (sameTarget(target, pointing.hover)) return;
    pointing.hover = target;
    this.#turn();
  }

  /** Something else is pointed at: its card comes later. */
  #turn(): void {
    this.#cardDue = performance.now() + CARD_DELAY;
    this.element.hidden = true;
    this.#actions.look(DURATION.hover);
  }

  /** Shows the card of what is pointed at; answers whether it is still to come. */
  placeCard(now: number): boolean {
    const { picture } = this.#stage;
    const { carded: target, pointer } = this.pointing;
    if (target && now < this.#cardDue) return true;
    const { element } = this;
    const content =
      target &&
      picture &&
      cardFor(picture.scene, picture.moment, picture.question.showing, this.#stage.values, target, picture.perMap);
    const appears = element.hidden;
    element.hidden = !content;
    if (!content) return false;
    const { scene, theme } = picture;
    const words =
      target.kind === "place" ? this.#actions.wordsOf(scene.layers[scene.places[target.place]!.layer]!) : null;
    if (words) content.notes.unshift(words);
    this.#card.write(content, theme);
    // Once it stands it stays put, however its numbers go on living: until other units are drawn.
    if (appears || this.#placedIn !== scene) this.#card.place(scene, this.#stage, target, pointer);
    this.#placedIn = scene;
    return false;
  }
}
