/** Regions of a picture or a sequence, or squares in them, that are selected: and with one its path, where it has one. */

import { ModelSelection, type Selection } from "./selection.ts";
import { save, type WidgetModel } from "./widget_model.ts";

export interface SelectedParts extends Selection {
  selected_region: number | null;
  /** Regions are counted first, then squares. */
  selected_part: number | null;
  /** The unit that the input is in the diagram, whose parts can be followed; null where they cannot. */
  input_unit: number | null;
}

type Pressed = Pick<SelectedParts, "selected_region" | "selected_part">;

/** What a press on a region, or on a square in it, selects; pressed once more, nothing. */
export function pressedPart(before: Pressed, region: number | null, square: number | null, regions: number): Pressed {
  const wanted = square === null ? region : regions + square;
  const part = before.selected_part;
  const isSame = before.selected_region === region && (part === wanted || (part === null && square === null));
  return isSame ? { selected_region: null, selected_part: null } : { selected_region: region, selected_part: wanted };
}

/** The selection in a model's traits, of parts of an input and of what is linked with them. */
export class PartSelection extends ModelSelection {
  readonly #model: WidgetModel<SelectedParts>;

  constructor(model: WidgetModel<SelectedParts>) {
    super(model);
    this.#model = model;
  }

  get region(): number | null {
    return this.#model.get("selected_region") ?? null;
  }

  /** Number of the square that is selected for itself. */
  square(regions: number): number | null {
    const part = this.#model.get("selected_part") ?? null;
    return part === null || part < regions ? null : part - regions;
  }

  /** `regions`: how many there are; `column`: the class whose path is asked for. */
  pressPart(region: number | null, square: number | null, regions: number, column: number): void {
    const before = { selected_region: this.region, selected_part: this.#model.get("selected_part") ?? null };
    const changes = pressedPart(before, region, square, regions);
    save(this.#model, changes);
    const unit = this.#model.get("input_unit") ?? null;
    if (unit === null) return;
    if (changes.selected_part === null) this.clear();
    else this.select({ selected_unit: unit, selected_class: column, edge_meaning: "path" });
  }

  /** No part is selected any more. */
  clearParts(): void {
    save(this.#model, { selected_region: null, selected_part: null });
  }
}
