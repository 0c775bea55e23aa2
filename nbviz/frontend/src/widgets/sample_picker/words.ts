/** What the picker says. */

import { plural } from "../../style/numbers.ts";
import { make } from "../html.ts";
import type { Samples } from "./samples.ts";
import type { Cells, Show } from "./strips.ts";

export function title(samples: Samples, selected: number | null): string {
  if (selected === null) return plural(samples.count, "sample");
  const name = samples.name(selected);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function subtitle(samples: Samples, selected: number | null): string {
  if (selected !== null) return samples.words(selected);
  return samples.count === 0 ? "no rows were given" : "a click on a square selects it";
}

/** Trait value, words on the button, tooltip. */
export function showWords(samples: Samples): [Show, string, string][] {
  if (samples.classNames) {
    const of = samples.hasTruth ? "true class" : "prediction";
    const shows: [Show, string, string][] = [
      ["surest", "surest", `surest of the ${of} first`],
      ["least_sure", "least sure", `least sure of the ${of} first`],
    ];
    const wrong = samples.hasLabels ? "those of which this label is wrong only" : "misclassified only";
    return samples.hasTruth ? [...shows, ["wrong", "wrong", wrong]] : shows;
  }
  return samples.hasTruth
    ? [
        ["surest", "closest", "smallest error first"],
        ["least_sure", "furthest off", "largest error first"],
      ]
    : [
        ["surest", "highest", `highest ${wordFor(samples)} first`],
        ["least_sure", "lowest", `lowest ${wordFor(samples)} first`],
      ];
}

/** What rows without truth are sorted by. */
function wordFor(samples: Samples): string {
  return samples.valueWord === "predicted" ? "prediction" : samples.valueWord;
}

/** What the squares, or pictures, mean; of a page that holds some of the samples, which those are. */
export function legendOf(
  samples: Samples,
  available: readonly number[] | null,
  hasPictures = false,
): (Node | string)[] {
  const legend = hasPictures && samples.classNames !== null ? ringed(samples) : meanings(samples);
  if (available === null || available.length >= samples.count) return legend;
  const key = make("span", { part: "pick-square pick-key", "aria-disabled": "true", "aria-hidden": "true" });
  const start: (Node | string)[] = legend.length > 0 ? [...legend, "; "] : [];
  return [...start, key, ` not in this page, which holds ${available.length} of ${samples.count}`];
}

function ringed(samples: Samples): (Node | string)[] {
  if (!samples.hasTruth) return [];
  const ring = make("span", { part: "pick-square pick-wrong pick-key pick-ring", "aria-hidden": "true" });
  return [ring, samples.hasLabels ? ` ${samples.wrongWords}` : " misread, with the class read beneath"];
}

function meanings(samples: Samples): (Node | string)[] {
  if (samples.classNames === null)
    return [samples.hasTruth ? "stronger: smaller error" : `stronger: higher ${wordFor(samples)}`];
  if (!samples.hasTruth) return ["stronger: surer of its prediction"];
  const cross = make("span", { part: "pick-square pick-wrong pick-key", "aria-hidden": "true" });
  const of = samples.hasLabels ? `about ${samples.classNames![samples.label]}` : "of the true class";
  return [`stronger: surer ${of}; `, cross, ` ${samples.wrongWords}`];
}

/** "Grignolino read as Barbera: 1 sample"; null: no filter. */
export function filterWords(samples: Samples, cells: Cells, rows: number): string | null {
  if (!cells?.length) return null;
  const [truth, predicted] = cells[0]!;
  const name = (index: number | undefined) => samples.stripNames?.[index ?? -1] ?? "?";
  const which =
    cells.length > 1
      ? `${cells.length} cells`
      : truth === predicted
        ? `${name(truth)} read as itself`
        : `${name(truth)} read as ${name(predicted)}`;
  return `${which}: ${plural(rows, "sample")}`;
}

export const NOT_COMPARABLE = "not among the samples that this page can compare";

/** How samples are put side by side; "" where that cannot be. `compared`: how many are. */
export function comparingWords(compared: number, most: number): string {
  if (most === 0) return "";
  return compared === 0
    ? "Ctrl + click puts another beside it"
    : `${compared} of at most ${most} compared; a click goes back to one`;
}

/** "mean of 7 rows: true a, read as b" -> "Mean of 7 rows". */
export function titleOfMean(name: string): string {
  const words = name.split(": ")[0]!;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function subtitleOfMean(name: string): string {
  return `${name.split(": ").slice(1).join(": ")}; a click on a square, or Esc, goes back to one`;
}
