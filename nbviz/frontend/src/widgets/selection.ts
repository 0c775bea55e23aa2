/** What a click selects, and what another click on it, or Esc, gives back. */

import type { EdgeMeaning } from "../wire.ts";
import { save, type WidgetModel } from "./widget_model.ts";

export interface Selection {
  selected_unit: number | null;
  selected_class: number | null;
  edge_meaning: EdgeMeaning;
}

/** What was clicked; `id`: of the unit the row stands for, null for a row that is no single unit. */
export type Target =
  | { readonly kind: "cell"; readonly id: number | null; readonly column: number; readonly ofFeatures: boolean }
  | { readonly kind: "row"; readonly id: number | null }
  | { readonly kind: "column"; readonly column: number };

/** The edge meaning that a view has set, and the one it found. */
export interface Meanings {
  readonly set: EdgeMeaning;
  readonly found: EdgeMeaning;
}

/** The meaning of edges without a selection; null for one that somebody else has chosen since, which stays. */
export function meaningBefore(now: Selection, meanings: Meanings | null): EdgeMeaning | null {
  if (meanings !== null) return meanings.set === now.edge_meaning ? meanings.found : null;
  // As in a page opened again: nobody knows what was before, but these two mean nothing without a selection.
  return now.edge_meaning === "path" || now.edge_meaning === "contribution" ? "weight" : null;
}

export function cleared(now: Selection, meanings: Meanings | null): Partial<Selection> {
  const before = meaningBefore(now, meanings);
  return { selected_unit: null, selected_class: null, ...(before === null ? {} : { edge_meaning: before }) };
}

export function isSelected(now: Selection, target: Target): boolean {
  if (target.kind === "row") return target.id !== null && now.selected_unit === target.id;
  if (target.kind === "cell" && target.id !== null)
    return now.selected_unit === target.id && now.selected_class === target.column;
  return now.selected_unit === null && now.selected_class === target.column;
}

/** The traits to set. */
export function chosen(now: Selection, meanings: Meanings | null, target: Target): Partial<Selection> {
  if (isSelected(now, target)) return cleared(now, meanings);
  if (target.kind === "row") return target.id === null ? {} : { selected_unit: target.id };
  const unit = target.kind === "cell" ? target.id : null;
  const path = target.kind === "cell" && target.ofFeatures && unit !== null;
  return { selected_unit: unit, selected_class: target.column, edge_meaning: path ? "path" : "contribution" };
}

/** What to remember once `changes` are made. */
export function remembered(now: Selection, meanings: Meanings | null, changes: Partial<Selection>): Meanings | null {
  if (changes.selected_unit === null && changes.selected_class === null) return null;
  if (changes.edge_meaning === undefined) return meanings;
  const found = meanings?.set === now.edge_meaning ? meanings.found : now.edge_meaning;
  return { set: changes.edge_meaning, found };
}

/** Views of one model share what was found before the meaning of edges was changed. */
const meaningsOf = new WeakMap<object, Meanings | null>();

/** The selection in a model's traits, as a view reads and changes it. */
export class ModelSelection {
  readonly #model: WidgetModel<Selection>;

  constructor(model: WidgetModel<Selection>) {
    this.#model = model;
  }

  get now(): Selection {
    return {
      selected_unit: this.#model.get("selected_unit") ?? null,
      selected_class: this.#model.get("selected_class") ?? null,
      edge_meaning: this.#model.get("edge_meaning") ?? "weight",
    };
  }

  get #meanings(): Meanings | null {
    return meaningsOf.get(this.#model) ?? null;
  }

  select(changes: Partial<Selection>): void {
    meaningsOf.set(this.#model, remembered(this.now, this.#meanings, changes));
    save(this.#model, changes);
  }

  press(target: Target): void {
    this.select(chosen(this.now, this.#meanings, target));
  }

  /** Answers whether anything was selected: without it there may still be edges that were asked about something. */
  clear(): boolean {
    const { now } = this;
    const changes = cleared(now, this.#meanings);
    if (now.selected_unit === null && now.selected_class === null && !("edge_meaning" in changes)) return false;
    this.select(changes);
    return true;
  }

  /** Gives back the meaning of edges where what was selected has been cleared elsewhere. */
  giveBack(): void {
    const { now } = this;
    const meanings = this.#meanings;
    if (meanings === null || now.selected_unit !== null || now.selected_class !== null) return;
    meaningsOf.set(this.#model, null);
    const before = meaningBefore(now, meanings);
    if (before !== null) save(this.#model, { edge_meaning: before });
  }
}
