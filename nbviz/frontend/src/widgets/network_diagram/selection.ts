/** The selection, and what the edges show: the widget's shared traits, read and written. */

import { classLayer, featureOf, partOf } from "../../picture/edge_question.ts";
import type { Place } from "../../picture/places.ts";
import type { EdgeMeaning, NetworkWire } from "../../wire.ts";
import { save, type WidgetModel } from "../widget_model.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  network: NetworkWire | Record<string, never>;
  frame: DataView;
  explanation: DataView;
  explanation_error: string | null;
  fault: string | null;
  history: DataView;
  height: number;
  selected_unit: number | null;
  selected_class: number | null;
  selected_sample: number | null;
  /** The part of a picture or a sequence whose path is asked for. */
  selected_part: number | null;
  /** The step of the moment shown; null for the live network. */
  shown_frame: number | null;
  available_samples: number[] | null;
  /** Names of the blocks whose layers are drawn in their place. */
  opened: string[];
  edge_meaning: EdgeMeaning;
  /** How units are ranked where nothing is asked. */
  rank: Rank;
}

export type Rank = "weight" | "contribution";

const isPlain = (meaning: EdgeMeaning) => meaning === "weight" || meaning === "weight_activation";

export class Selection {
  readonly #model: WidgetModel<Traits>;
  /** What the edges showed before they were asked about a class. */
  #before: EdgeMeaning = "weight";

  constructor(model: WidgetModel<Traits>) {
    this.#model = model;
    this.remember();
  }

  get unit(): number | null {
    return this.#model.get("selected_unit") ?? null;
  }

  get ofClass(): number | null {
    return this.#model.get("selected_class") ?? null;
  }

  get sample(): number | null {
    return this.#model.get("selected_sample") ?? null;
  }

  get meaning(): EdgeMeaning {
    return this.#model.get("edge_meaning") ?? "weight";
  }

  /** To be called when the meaning has changed, whoever changed it. */
  remember(): void {
    if (isPlain(this.meaning)) this.#before = this.meaning;
  }

  save(values: Partial<Traits>): void {
    save(this.#model, values);
  }

  /** A click on a node: a class is asked about where its contributions can be shown, anything else is selected. */
  choose(network: NetworkWire, place: Place, contributions: boolean): void {
    if (place.id === null) return;
    // Of pictures a channel that comes out is one.
    const isClass = place.layer === classLayer(network) && place.kind === "unit";
    if (isClass && contributions) {
      const part = this.#model.get("selected_part") ?? null;
      // Of a part the path stays; without a unit it may have been left.
      const isOfPart = partOf(network, part, this.unit) !== null && (this.unit !== null || this.meaning === "path");
      const stays = isOfPart || featureOf(network, this.unit) !== null;
      this.save({
        selected_unit: stays ? this.unit : null,
        selected_class: place.unit,
        edge_meaning: stays ? "path" : "contribution",
      });
      return;
    }
    const asked = featureOf(network, place.id) !== null && this.ofClass !== null && !isPlain(this.meaning);
    this.save({
      selected_unit: place.id,
      ...(place.layer === classLayer(network) ? { selected_class: place.unit } : {}),
      ...(asked ? { edge_meaning: "path" } : {}),
    });
  }

  /** Whether there is nothing to take back: edges may still be asked about what a block that closed has taken away. */
  get isEmpty(): boolean {
    return this.unit === null && this.ofClass === null && isPlain(this.meaning);
  }

  clear(): void {
    const hasPart = (this.#model.get("selected_part") ?? null) !== null;
    const part = hasPart ? { selected_part: null } : {};
    this.save({ selected_unit: null, selected_class: null, edge_meaning: this.#before, ...part });
  }
}
