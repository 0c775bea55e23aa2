/** What the model says about one row: a thin bar for each class. */

import { isKnown, percent } from "../../style/numbers.ts";
import { make } from "../html.ts";
import type { Samples } from "./samples.ts";

/** Up to here classes keep their order; more are ranked, since only the top ones are read. */
const IN_ORDER = 6;

export function rankClasses(probabilities: readonly number[]): number[] {
  const classes = [...probabilities.keys()];
  if (classes.length <= IN_ORDER) return classes;
  const known = (index: number) => (isKnown(probabilities[index]!) ? probabilities[index]! : -1);
  return classes.sort((a, b) => known(b) - known(a) || a - b);
}

/** Fills `element`; answers the elements of the names, with the names. */
export function fillBars(element: HTMLElement, samples: Samples, sample: number): Map<HTMLElement, string> {
  const probabilities = samples.probabilities(sample);
  const [truth, predicted] = [samples.allTrue(sample) ?? [], samples.allPredicted(sample)];
  const names = new Map<HTMLElement, string>();
  element.replaceChildren(
    ...rankClasses(probabilities).map((index) => {
      const p = probabilities[index]!;
      const fill = make("i");
      fill.style.width = isKnown(p) ? `${100 * p}%` : "0";
      const name = samples.classNames![index]!;
      const label = make("span", { part: "pick-bar-name", title: name }, name);
      names.set(label, name);
      const row = make(
        "div",
        { part: predicted.includes(index) ? "pick-bar pick-winner" : "pick-bar", role: "listitem" },
        label,
        make("span", { part: "pick-track", "aria-hidden": "true" }, fill),
        make("span", { part: "pick-percent" }, percent(p)),
      );
      if (truth.includes(index)) row.dataset.truth = "true";
      return row;
    }),
  );
  return names;
}
