/** What the edges are asked to show, and the units that are in the picture for it. */

import { ask, classLayer, type Question } from "../../picture/edge_question.ts";
import type { Scene } from "../../picture/scene.ts";
import { fillPlaces, findUnit } from "../../picture/shown.ts";
import type { HostedView } from "../hosted_view.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Selection, Traits } from "./selection.ts";

export class Asking {
  readonly #view: HostedView<Traits>;
  readonly #selection: Selection;
  readonly #arrivals: Arrivals;
  question: Question | null = null;

  constructor(view: HostedView<Traits>, selection: Selection, arrivals: Arrivals) {
    this.#view = view;
    this.#selection = selection;
    this.#arrivals = arrivals;
  }

  /** The units of each layer that are in the picture: those for what is asked, and what is selected. */
  shown(): number[][] {
    const { network } = this.#arrivals;
    if (!network) return [];
    const unit = findUnit(network, this.#selection.unit);
    return fillPlaces(network, unit ? [unit] : [], this.question?.drawn);
  }

  /** Whether what the edges carry is known or can be worked out. */
  get isAnswerable(): boolean {
    const { moment, explanation, network } = this.#arrivals;
    if (network?.change) return false;
    return (moment?.header.sample_name ?? null) !== null && (this.#view.kernel || explanation !== null);
  }

  /** Asks anew. */
  ask(): void {
    const { network, moment, explanation, recorded } = this.#arrivals;
    if (!network || !moment) return;
    const before = this.question?.drawn ?? [];
    const past = recorded !== null;
    const { meaning, unit, ofClass: toClass } = this.#selection;
    const error = this.#view.get("explanation_error") ?? null;
    const part = this.#view.get("selected_part") ?? null;
    const asked = { meaning, unit, toClass, kernel: this.#view.kernel, error, past, part };
    this.question = ask(network, moment, explanation, asked);
    // The units that were brought into the picture stay while one looks back.
    if (past) this.question.drawn = before;
  }

  /** The place of the class that is asked about. */
  classPlace({ network, layers, placeOf }: Scene): number | null {
    const unit = this.#selection.ofClass ?? this.question?.toClass ?? null;
    const layer = classLayer(network);
    if (unit === null || layer < 0) return null;
    return placeOf.get(`${layers[layer]!.name}/${unit}`) ?? null;
  }
}
