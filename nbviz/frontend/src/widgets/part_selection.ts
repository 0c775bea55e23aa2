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
    const unit = this.#model.get("input_unit") ?? null;
    const now = this.now.selected_class;
    // Pressed for another class what is selected already is asked about anew.
    const isOther = unit !== null && now !== null && now !== column;
    const part = isOther ? null : (this.#model.get("selected_part") ?? null);
    const before = { selected_region: isOther ? null : this.region, selected_part: part };
    const changes = pressedPart(before, region, square, regions);
    save(this.#model, changes);
    if (unit === null) return;
    if (changes.selected_part === null) this.clear();
    else this.select({ selected_unit: unit, selected_class: column, edge_meaning: "path" });
  }

  /** A class; where the path of a part is lit, that to it. */
  pressClass(column: number): void {
    const unit = this.#model.get("input_unit") ?? null;
    const { selected_unit, selected_class } = this.now;
    if (unit !== null && selected_unit === unit && selected_class !== column)
      this.select({ selected_unit: unit, selected_class: column, edge_meaning: "path" });
    else this.press({ kind: "column", column });
  }

  /** No part is selected any more. */
  clearParts(): void {
    save(this.#model, { selected_region: null, selected_part: null });
  }
}
