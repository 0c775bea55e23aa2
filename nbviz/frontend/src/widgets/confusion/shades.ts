/** Shades of a confusion matrix for a canvas: the share of the true class's rows, grey where right, orange where wrong. */

import { charts } from "../../../../style/tokens.json";
import { LEVELS } from "./counts.ts";

type Shade = keyof typeof charts;

export function shadesOf(dark: boolean): { right: string[]; wrong: string[] } {
  const of = (kind: string) =>
    Array.from({ length: LEVELS }, (_, level) => charts[`${kind}${level}` as Shade][Number(dark)]!);
  return { right: of("right"), wrong: of("wrong") };
}
