/** Names cut to a width so that two of them stay two: where cut ends would make them equal, the middle goes. */

import { min } from "./math.ts";
import { characters, elide, type Measure } from "./text.ts";

/** Letters before the "…" by which labels are told apart in vain: nobody knows the word from its first ones. */
const BARELY = 3;
/** Letters that no label has. */
const LONGEST = 200;
/** Letters of a word's beginning that tell anything. */
const FEWEST = 4;

/** Classes that have no names of their own by their numbers alone, where it is clear that they are classes. */
export function briefly(words: string): string {
  return words.replace(/\bclass (?=\d+\b)/g, "");
}

/** The names as they fit into `width` px, in their order. `width`: of all, or of each. */
export function cutNames(
  names: readonly string[],
  width: number | ((at: number) => number),
  font: string,
  measure: Measure,
): string[] {
  const room = typeof width === "number" ? () => width : width;
  const labels = names.map((name, at) => elide(name, room(at), font, measure));
  const cut = labels.flatMap((label, at) => (label === names[at] ? [] : [at]));
  const ends = [...labels];
  const numbered = sharingWords(names, cut);
  for (const at of numbered) labels[at] = cutMiddle(names[at]!, names[at]!.length - 1, room(at), font, measure);
  const others = cut.filter((at) => !numbered.includes(at));
  for (const group of [...alike(labels, names, numbered), ...hardlyApart(labels, names, others)])
    part(labels, names, group, -1, room, font, measure);
  // Names of two groups, as "mean symmetry" and "worst symmetry", that differ where these were cut.
  for (const group of alike(labels, names, cut))
    if (new Set(group.map((at) => ends[at]!)).size === group.length) for (const at of group) labels[at] = ends[at]!;
  for (const group of alike(labels, names, cut))
    for (const at of group) labels[at] = bothEnds(names[at]!, room(at), font, measure);
  return labels;
}

/** Places of names of one wording, as "species 7" and "species 12": the number at their ends is what they are known by. */
function sharingWords(names: readonly string[], places: readonly number[]): number[] {
  if (places.length === 0) return [];
  const isNumbered = (name: string) => name.length <= LONGEST && /\d$/.test(name);
  const wordingOf = (name: string) => name.replace(/\d+/g, "0");
  const wordings = new Map<string, number>();
  // Beside others that fit a single one is known by its number, too.
  for (const name of new Set(names.filter(isNumbered)))
    wordings.set(wordingOf(name), (wordings.get(wordingOf(name)) ?? 0) + 1);
  return places.filter((at) => isNumbered(names[at]!) && wordings.get(wordingOf(names[at]!))! > 1);
}

/** Places of different names whose ends are cut where they hardly differ yet. */
function hardlyApart(labels: readonly string[], names: readonly string[], places: readonly number[]): number[][] {
  // Sorted, those that share most stand side by side.
  const sorted = [...places].sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const groups: number[][] = [];
  for (const at of sorted) {
    const before = groups.at(-1)?.at(-1);
    const kept = before === undefined ? 0 : min(labels[before]!.length, labels[at]!.length) - 1;
    const isAlike = before !== undefined && sharedLength([names[before]!, names[at]!]) >= kept - BARELY;
    if (isAlike) groups.at(-1)!.push(at);
    else groups.push([at]);
  }
  return groups.filter((group) => new Set(group.map((at) => names[at]!)).size > 1);
}

/** Places of different names that have one label. */
function alike(labels: readonly string[], names: readonly string[], places: readonly number[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const at of places) groups.set(labels[at]!, [...(groups.get(labels[at]!) ?? []), at]);
  return [...groups.values()].filter((group) => new Set(group.map((at) => names[at]!)).size > 1);
}

/** Leaves out what comes before the word by which the names differ. */
function part(
  labels: string[],
  names: readonly string[],
  group: readonly number[],
  known: number,
  room: (at: number) => number,
  font: string,
  measure: Measure,
): void {
  const shared = sharedLength(group.map((at) => names[at]!));
  if (shared <= known) return;
  for (const at of group) labels[at] = cutMiddle(names[at]!, shared, room(at), font, measure);
  for (const still of alike(labels, names, group)) part(labels, names, still, shared, room, font, measure);
}

function sharedLength(names: readonly string[]): number {
  const least = min(...names.map((name) => name.length));
  let length = 0;
  while (length < least && names.every((name) => name[length] === names[0]![length])) length += 1;
  return length;
}

/** The beginning, "…", and the word that `at` is in with all that follows, as far as there is room. */
function cutMiddle(name: string, at: number, width: number, font: string, measure: Measure): string {
  const starts = wordStarts(name);
  const tails = starts.filter((start) => start <= at);
  // A word that is itself too long is entered shortly before the letter that differs.
  const word = tails.at(-1) ?? 0;
  const start = at - word > 12 ? at - 2 : word;
  const tail = name.slice(start);
  const rest = elide(start === 0 ? name : `…${tail}`, width, font, measure);
  // Without any beginning; a tail may be a whole document.
  if (start === 0 || tail.length > LONGEST || rest !== `…${tail}`) return rest;
  const heads = [...starts.filter((end) => end < start), start].filter((end) => end > 0 && end < start);
  for (const end of heads.filter((end) => end <= LONGEST).reverse()) {
    const label = `${name.slice(0, end)}…${tail}`;
    if (measure(label, font) <= width) return label;
  }
  // No whole word fits before it: as many letters as do, if they tell anything.
  for (let end = min(start - 1, LONGEST); end >= FEWEST; end--) {
    const label = `${name.slice(0, end).trimEnd()}…${tail}`;
    if (measure(label, font) <= width) return label;
  }
  return rest;
}

/** As much of the beginning as of the end. */
function bothEnds(name: string, width: number, font: string, measure: Measure): string {
  const letters = characters(name.slice(0, LONGEST));
  for (let kept = letters.length - 1; kept > 1; kept--) {
    const [head, tail] = [letters.slice(0, (kept + 1) >> 1).join(""), letters.slice(-(kept >> 1)).join("")];
    const label = `${head.trimEnd()}…${tail.trimStart()}`;
    if (measure(label, font) <= width) return label;
  }
  return elide(name, width, font, measure);
}

/** Where words begin: behind what parts them, and where a capital follows a small letter. */
export function wordStarts(name: string): number[] {
  return [...name.matchAll(/(?<=[\s_\-./:])(?=[^\s_\-./:])|(?<=\p{Ll})(?=\p{Lu})/gu)].map(({ index }) => index);
}
