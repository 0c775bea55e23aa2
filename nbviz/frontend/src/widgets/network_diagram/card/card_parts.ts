/** What a card can hold, and what all cards say alike. */

import type { Tile } from "../../../picture/faces.ts";
import type { Scene } from "../../../picture/scene.ts";
import { grouped } from "../../../style/numbers.ts";

export interface TermRow {
  label: string;
  factors: string;
  /** Drawn as a bar from a common zero. */
  value: number;
  quiet?: boolean;
  /** The kernel that it speaks of. */
  tile?: Tile;
}

export interface FactRow {
  label: string;
  text: string;
}

export interface CardContent {
  title: string;
  aside: string;
  /** The face, enlarged. */
  map: Tile | null;
  /** The numbers of a kernel. */
  kernel: Tile | null;
  terms: TermRow[];
  facts: FactRow[];
  /** Pieces of the formula: a symbol and its number. */
  formula: [string, string][];
  /** What the unit answers: colours the chip. */
  chip: { text: string; ratio: number } | null;
  step: string;
  notes: string[];
}

export const blank = (title: string, aside = ""): CardContent => ({
  title,
  aside,
  map: null,
  kernel: null,
  terms: [],
  facts: [],
  formula: [],
  chip: null,
  step: "",
  notes: [],
});

export function isOneLine(card: CardContent): boolean {
  const { terms, facts, notes, formula, map, kernel, aside } = card;
  return terms.length + facts.length + notes.length + formula.length === 0 && !map && !kernel && !aside;
}

export function rankText(scene: Scene, layer: number, row: number): string {
  const { ranks, units, kind, output } = scene.layers[layer]!;
  const rank = ranks[row];
  return (kind === "dense" || kind === "conv") && output === null && units > 1 && rank !== undefined
    ? `rank ${grouped(rank + 1)} of ${grouped(units)}`
    : "";
}
