/** Regions of a picture or a sequence, or squares in them, that are selected: and with one its path, where it has one. */

import { ModelSelection, type Selection } from "./selection.ts";
import { save, type WidgetModel } from "./widget_model.ts";

export interface SelectedParts extends Selection {
  selected_region: number | null;
  /** Regions are counted first, then squares. */
  selected_part: number | null;
  /** Whether paths of parts can be lit in a diagram. */
  lights_parts: boolean;
  /** The unit that the whole input is there; null where it is many, as flat rows are. */
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

  get lightsParts(): boolean {
    return this.#model.get("lights_parts") ?? false;
  }

  /** `regions`: how many there are; `column`: the class whose path is asked for. */
  pressPart(region: number | null, square: number | null, regions: number, column: number): void {
    const now = this.now.selected_class;
    // Pressed for another class what is selected already is asked about anew.
    const isOther = this.lightsParts && now !== null && now !== column;
    const part = isOther ? null : (this.#model.get("selected_part") ?? null);
    const before = { selected_region: isOther ? null : this.region, selected_part: part };
    const changes = pressedPart(before, region, square, regions);
    save(this.#model, changes);
    if (!this.lightsParts) return;
    if (changes.selected_part === null) this.clear();
    else this.select(this.#path(column));
  }

  /** A class; where the path of a part is lit, that to it. */
  pressClass(column: number): void {
    const path = this.#path(column);
    const { selected_unit, selected_class, edge_meaning } = this.now;
    const isLit = this.lightsParts && edge_meaning === "path" && selected_unit === path.selected_unit;
    const hasPart = (this.#model.get("selected_part") ?? null) !== null;
    if (isLit && hasPart && selected_class !== column) this.select(path);
    else this.press({ kind: "column", column });
  }

  #path(column: number): Selection {
    const unit = this.#model.get("input_unit") ?? null;
    return { selected_unit: unit, selected_class: column, edge_meaning: "path" };
  }

  /** No part is selected any more. */
  clearParts(): void {
    save(this.#model, { selected_region: null, selected_part: null });
  }
}
