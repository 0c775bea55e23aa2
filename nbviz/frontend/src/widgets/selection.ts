/** What a click selects, and what another click on it, or Esc, gives back. */

import type { EdgeMeaning } from "../wire.ts";

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

/** The edge meaning that the matrix has set, and the one it found. */
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

/** What a press on a region, or on a square in it, selects; pressed once more, nothing. Parts: regions, then squares. */
export function pressedPart(
  [region, part]: readonly (number | null)[],
  pressed: number | null,
  square: number | null,
  regions: number,
): { selected_region: number | null; selected_part: number | null } {
  const wanted = square === null ? pressed : regions + square;
  const isSame = region === pressed && (part === wanted || (part === null && square === null));
  return isSame ? { selected_region: null, selected_part: null } : { selected_region: pressed, selected_part: wanted };
}

/** What to remember once `changes` are made. */
export function remembered(now: Selection, meanings: Meanings | null, changes: Partial<Selection>): Meanings | null {
  if (changes.selected_unit === null && changes.selected_class === null) return null;
  if (changes.edge_meaning === undefined) return meanings;
  const found = meanings?.set === now.edge_meaning ? meanings.found : now.edge_meaning;
  return { set: changes.edge_meaning, found };
}
