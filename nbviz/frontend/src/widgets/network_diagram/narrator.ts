/** Tells in words what the picture shows: the line beneath it, and what a screen reader hears. */

import { carried, type Question } from "../../picture/edge_question.ts";
import { countDrawn } from "../../picture/edges.ts";
import type { Explanation } from "../../picture/flows.ts";
import type { Moment } from "../../picture/frame.ts";
import type { Scene } from "../../picture/scene.ts";
import { make } from "../html.ts";
import type { Stage } from "./stage.ts";
import { askedWords, drawnWords, momentWords, type Past, pastWords, Status, selectedWords, summary } from "./status.ts";

export interface Told {
  scene: Scene;
  moment: Moment;
  question: Question;
  explanation: Explanation | null;
  stage: Stage;
  selected: number | null;
  narrow: boolean;
  /** Of the recorded moment shown; null for the live network. */
  past: Past | null;
}

/** ms from one sentence to the next. */
const SPOKEN_EVERY = 1200;

export class Narrator {
  readonly #status = new Status();
  readonly live = make("div", { part: "live", "aria-live": "polite" });
  #error: string | null = null;
  #lastSpoken = 0;
  /** What is to be spoken next. */
  #told: Told | null = null;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => clearTimeout(this.#waiting));
  }

  get status(): HTMLElement {
    return this.#status.element;
  }

  fail(words: string): void {
    this.#error = words;
    this.#status.update([this.#error], [""], "error");
  }

  recover(): void {
    this.#error = null;
  }

  tell(told: Told, now: number): void {
    this.#write(told);
    this.#speak(told, now);
  }

  #write({ scene, moment, question, explanation, stage, selected, narrow, past }: Told): void {
    if (this.#error !== null) {
      this.#status.update([this.#error], [""], "error");
      return;
    }
    if (question.lacking !== null || question.feature) {
      const sums = carried(scene, question, stage.values, (edge) => stage.isLit(edge));
      this.#status.update(askedWords(scene, question, explanation, stage.values, sums), ["Esc clears"], "selected");
      return;
    }
    if (selected !== null) {
      this.#status.update(selectedWords(scene, moment, selected), ["Esc clears"], "selected");
      return;
    }
    const drawn = countDrawn(scene.network, scene.edges, stage.values, moment, question.showing);
    const empty = moment.header.sample_name === null && scene.network.samples === 0;
    const right =
      past === null
        ? momentWords(moment.header, scene.network.samples > 0 && !moment.header.training)
        : pastWords(past, narrow ? 1 : 3);
    if (empty && !moment.header.training && right.join("") === "")
      right[0] = "No sample yet: pass x= to colour the units.";
    this.#status.update(drawnWords(scene, moment, drawn, question, stage.values, narrow), right, "plain");
  }

  /** At once or when it is due: what comes too soon after the last sentence is spoken later, unless more has come. */
  #speak(told: Told, now: number): void {
    this.#told = told;
    clearTimeout(this.#waiting);
    const due = this.#lastSpoken + (told.moment.header.training ? 4 : 1) * SPOKEN_EVERY - now;
    if (due <= 0) this.#say(now);
    else this.#waiting = setTimeout(() => this.#say(performance.now()), due);
  }

  #say(now: number): void {
    const { scene, moment, selected } = this.#told!;
    const words = summary(scene, moment, selected);
    if (this.live.textContent === words) return;
    this.live.textContent = words;
    this.#lastSpoken = now;
  }
}
