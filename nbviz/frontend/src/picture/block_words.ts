/** The type of a layer in the lines that a block has room for. */

import { ceil, max, min } from "../style/math.ts";
import { wordStarts } from "../style/names.ts";
import type { Measure } from "../style/text.ts";
import type { Fonts } from "../style/type_scale.ts";

/** What is said of a type where there is little room. */
const BRIEFLY: readonly (readonly [RegExp, string])[] = [
  [/Pooling/, "Pool"],
  [/Average/, "Avg"],
  [/Concatenate/, "Concat"],
  [/Normalization/, "Norm"],
  [/Embedding/, "Embed"],
  [/Bidirectional/, "Bidir"],
  [/Separable/, "Sep"],
  [/Transpose/, "Trans"],
];
/** Where even less is left: heads of attention are told beneath its picture, or in its card. */
const SHORTEST: readonly (readonly [RegExp, string])[] = [
  [/(MultiHead|GroupedQuery|Additive)?Attention/, "Attn"],
  [/(Layer|Batch|Group|Unit|Spectral)Norm$/, "Norm"],
  [/Embed$/, "Emb"],
  [/^Global/, "Glob"],
  [/Activation/, "Act"],
];
const MOST_LINES = 3;
/** Letters that a line of a name has. */
const FEWEST = 4;
/** px of a block that are not its words'. */
export const BLOCK_AIR = 6;
const SLIMMEST = 32;

const replaced = (text: string, words: readonly (readonly [RegExp, string])[]) =>
  words.reduce((so_far, [long, brief]) => so_far.replace(long, brief), text);

/** Whole words in lines, as many in each as fit; null where one does not, or where they are too many. */
function inLines(type: string, room: number, font: string, measure: Measure, most: number): string[] | null {
  const lines: string[] = [];
  // Between words, and between those that are written together.
  for (const word of type.split(/(?<=×) |(?<=[a-z])(?=[A-Z])/)) {
    const joined = lines.length > 0 ? `${lines.at(-1)}${lines.at(-1)!.endsWith("×") ? " " : ""}${word}` : word;
    if (lines.length > 0 && measure(joined, font) <= room) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.length <= most && lines.every((line) => measure(line, font) <= room) ? lines : null;
}

/** The type in lines that fit, "10 ×", "Conv": whole in two of them, or in fewer words. As it is where nothing fits. */
export function wrapType(type: string, room: number, font: string, measure: Measure): string[] {
  if (measure(type, font) <= room) return [type];
  const plain = type.replace(/[123]D$/, "");
  const brief = replaced(plain, BRIEFLY);
  return (
    inLines(brief, room, font, measure, 1) ??
    inLines(plain, room, font, measure, 2) ??
    inLines(brief, room, font, measure, MOST_LINES) ??
    inLines(replaced(brief, SHORTEST), room, font, measure, MOST_LINES) ?? [type]
  );
}

/** px of a block among narrow ones, `most` at most: what its words take, and `aside` beside them. */
export function slimWidth(type: string, most: number, aside: number, fonts: Fonts, measure: Measure): number {
  const lines = wrapType(type, most - BLOCK_AIR - aside, fonts.smallStrong, measure);
  const widest = max(...lines.map((line) => measure(line, fonts.smallStrong)));
  return min(most, max(SLIMMEST, most - 16, ceil(widest) + BLOCK_AIR + aside));
}

/** A name in two lines of about equal length, parted where a word begins; null where it is one word. */
export function halved(name: string, font: string, measure: Measure): [string, string] | null {
  let best: [string, string] | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const start of wordStarts(name)) {
    const lines: [string, string] = [name.slice(0, start), name.slice(start)];
    const width = max(...lines.map((line) => measure(line, font)));
    // A number alone is no line.
    if (start < FEWEST || name.length - start < FEWEST) continue;
    if (width < least) [best, least] = [lines, width];
  }
  return best;
}
