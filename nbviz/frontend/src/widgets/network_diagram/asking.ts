/** What the edges are asked to show, and the units that come into the picture for it. */

import { ask, classLayer, type Question } from "../../picture/edge_question.ts";
import type { Scene } from "../../picture/scene.ts";
import { findUnit, type Unit } from "../../picture/shown.ts";
import type { HostedView } from "../hosted_view.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Selection, Traits } from "./selection.ts";

export class Asking {
  readonly #view: HostedView<Traits>;
  readonly #selection: Selection;
  readonly #arrivals: Arrivals;
  question: Question | null = null;
  /** Units that were selected while they were not shown. */
  #pulled: Unit[] = [];

  constructor(view: HostedView<Traits>, selection: Selection, arrivals: Arrivals) {
    this.#view = view;
    this.#selection = selection;
    this.#arrivals = arrivals;
  }

  /** Units that are wanted in the picture, whether Python chose them or not. */
  get wanted(): Unit[] {
    return [...this.#pulled, ...this.#carriers];
  }

  /** Units that carry most of what is asked for. */
  get #carriers(): Unit[] {
    return this.question?.carriers ?? [];
  }

  /** Whether what the edges carry is known or can be worked out. */
  get isAnswerable(): boolean {
    const { moment, explanation } = this.#arrivals;
    return (moment?.header.sample_name ?? null) !== null && (this.#view.kernel || explanation !== null);
  }

  /** Asks anew; answers whether other units are wanted now. */
  ask(): boolean {
    const { network, moment, explanation, recorded } = this.#arrivals;
    if (!network || !moment) return false;
    const before = this.#carriers;
    const past = recorded !== null;
    const { meaning, unit, ofClass: toClass } = this.#selection;
    const error = this.#view.get("explanation_error") ?? null;
    const asked = { meaning, unit, toClass, kernel: this.#view.kernel, error, past };
    this.question = ask(network, moment, explanation, asked);
    // The units that were brought into the picture stay while one looks back.
    if (past && this.question.lacking !== null) this.question.carriers = before;
    return JSON.stringify(this.#carriers) !== JSON.stringify(before);
  }

  /** Wants the selected unit in the next scene. */
  pull(): void {
    const { network } = this.#arrivals;
    const unit = network && findUnit(network, this.#selection.unit);
    if (unit)
      this.#pulled = [...this.#pulled.filter((other) => other.layer !== unit.layer || other.unit !== unit.unit), unit];
  }

  /** Of another network only the selected unit is wanted. */
  restart(): void {
    this.#pulled = [];
    this.pull();
  }

  /** The place of the class that is asked about. */
  classPlace({ network, layers, placeOf }: Scene): number | null {
    const unit = this.#selection.ofClass ?? this.question?.toClass ?? null;
    const layer = classLayer(network);
    if (unit === null || layer < 0) return null;
    return placeOf.get(`${layers[layer]!.name}/${unit}`) ?? null;
  }
}
