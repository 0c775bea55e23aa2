/** Which squares stand in which strip, in which order. */

import { isKnown } from "../../style/numbers.ts";
import type { Samples } from "./samples.ts";

export type Show = "surest" | "least_sure" | "wrong";

export interface Strip {
  /** Null: the only strip, of all rows. */
  classIndex: number | null;
  samples: readonly number[];
  /** Rows that belong here, drawn or not. */
  total: number;
}

/** Squares in the page; beyond, scrolling and finding one is no longer looking. */
export const MOST_SQUARES = 3000;

export type Cells = readonly (readonly number[])[] | null;

export function isOffered(samples: Samples, sample: number, show: Show, cells: Cells): boolean {
  if (show === "wrong" && samples.hasTruth && samples.classNames && !samples.isWrong(sample)) return false;
  if (!cells?.length || samples.truth(sample) === null) return true;
  return cells.some(([truth, predicted]) => truth === samples.truth(sample) && predicted === samples.predicted(sample));
}

export function arrange(samples: Samples, show: Show, cells: Cells): Strip[] {
  const byClass = samples.classNames !== null && samples.hasTruth;
  const groups = new Map<number | null, number[]>();
  if (byClass) for (const index of samples.stripNames!.keys()) groups.set(index, []);
  else groups.set(null, []);
  for (let sample = 0; sample < samples.count; sample++) {
    if (isOffered(samples, sample, show, cells)) groups.get(byClass ? samples.truth(sample) : null)?.push(sample);
  }
  const way = show === "least_sure" ? 1 : -1;
  const rank = new Map<number, number>();
  for (const group of groups.values()) for (const sample of group) rank.set(sample, samples.certainty(sample));
  // Unknown certainty comes last whichever way the others go.
  const order = (a: number, b: number) => {
    const [x, y] = [rank.get(a)!, rank.get(b)!];
    return Number(isKnown(y)) - Number(isKnown(x)) || way * (x - y) || a - b;
  };
  // A class without rows says nothing, unless nothing is filtered: then it is news.
  const filtered = show === "wrong" || Boolean(cells?.length);
  const strips = [...groups]
    .filter(([, group]) => group.length > 0 || !filtered)
    .map(([classIndex, group]) => ({ classIndex, samples: group.sort(order), total: group.length }));
  return withinBudget(strips);
}

function withinBudget(strips: Strip[]): Strip[] {
  let room = MOST_SQUARES;
  let left = strips.length;
  const shares = new Map<Strip, number>();
  // Short strips leave their room to the long ones.
  for (const strip of [...strips].sort((a, b) => a.total - b.total)) {
    const share = Math.min(strip.total, Math.floor(room / left));
    shares.set(strip, share);
    room -= share;
    left -= 1;
  }
  return strips.map((strip) => ({ ...strip, samples: strip.samples.slice(0, shares.get(strip)) }));
}

/** The strips whose names have some words in them, wherever. */
export function named(strips: readonly Strip[], samples: Samples, words: string): Strip[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return strips.filter(({ classIndex }) => {
    const name = classIndex === null ? "" : samples.stripNames![classIndex]!.toLowerCase();
    return wanted.every((word) => name.includes(word));
  });
}
