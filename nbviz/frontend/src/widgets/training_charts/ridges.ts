/** Ridges: the shown one in the accent, later ones faded. */

import type { RidgePlot } from "./models.ts";
import { atOrBefore } from "./time.ts";

type Lines = ArrayLike<number>[];

/**
 * Shows the ridge of the moment at or before a step; null: all as they are.
 * `words` are the labels of the rows, some of them empty; `all` are those of every row, for the shown one.
 */
export function showRidges(
  plot: RidgePlot,
  steps: readonly number[],
  words: readonly string[],
  all: readonly string[],
  step: number | null,
): void {
  const shown = step === null ? -1 : atOrBefore(steps, step);
  const looks = steps.map((_, ridge) => {
    if (shown < 0 || ridge < shown) return plot.past;
    return ridge === shown ? plot.present : plot.future;
  });
  plot.ridges.set_state({ colors: looks.map(([stroke]) => stroke), fill_colors: looks.map(([, fill]) => fill) });
  const [x, y] = [plot.ridges.get("x") as Lines, plot.ridges.get("y") as Lines];
  const drawn = shown >= 0 && shown < y.length;
  plot.shown.set_state(drawn ? { x: [x[shown]], y: [y[shown]], visible: true } : { visible: false });
  plot.labels.set_state({ text: words.map((word, ridge) => (drawn && ridge === shown ? "" : word)) });
  const [left, height] = [plot.labels.get("x") as ArrayLike<number>, plot.labels.get("y") as ArrayLike<number>];
  const rows = drawn ? [shown] : [];
  plot.shown_label.set_state({
    x: rows.map((row) => left[row] ?? 0),
    y: rows.map((row) => height[row] ?? 0),
    text: rows.map((row) => all[row] ?? ""),
  });
}
