/** The bars of one sample: which features have a row, and what stacks on what. */

import { abs, max } from "../../style/math.ts";
import { isKnown } from "../../style/numbers.ts";
import type { WaterfallWire } from "../../wire.ts";

/** Features with a row of their own; the others are summed. */
export const MOST_FEATURES = 7;

/** The numbers beside the wire: of each class that was sent, by its place there. */
export interface Numbers {
  start(place: number): number;
  end(place: number): number;
  value(feature: number, place: number): number;
  /** Sum of the features that were not sent one by one. */
  rest(place: number): number;
}

export interface Stack {
  /** Features with a row of their own, by their places in what was sent, the largest first. */
  readonly features: readonly number[];
  /** How many others there are. */
  readonly summed: number;
  /** By row: start, features, the rest if any, end; in each the classes. */
  readonly low: readonly (readonly number[])[];
  readonly high: readonly (readonly number[])[];
  /** What each row prints. */
  readonly change: readonly (readonly number[])[];
}

/** Reads the bytes; null while they are those of another wire: the two traits may arrive one after the other. */
export function readNumbers(wire: WaterfallWire, bytes: DataView): Numbers | null {
  const [classes, features] = [wire.classes.length, wire.features.length];
  if (bytes.byteLength !== 4 * classes * (features + 3)) return null;
  const at = (row: number, place: number) => bytes.getFloat32(4 * (row * classes + place), true);
  return {
    start: (place) => at(0, place),
    end: (place) => at(1, place),
    rest: (place) => at(2, place),
    value: (feature, place) => at(3 + feature, place),
  };
}

/** Stacks the contributions to some classes. `kept`: a feature that has a row of its own, however small. */
export function stackOf(
  wire: WaterfallWire,
  numbers: Numbers,
  places: readonly number[],
  kept: number | null = null,
): Stack {
  const all = wire.features.length + wire.more;
  const size = (feature: number) => places.reduce((sum, place) => sum + abs(known(numbers.value(feature, place))), 0);
  const sizes = wire.features.map((_, feature) => size(feature));
  const order = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const features = all <= MOST_FEATURES + 1 ? order : order.slice(0, MOST_FEATURES);
  if (kept !== null && !features.includes(kept)) features[features.length - 1] = kept;
  const rest = order.filter((feature) => !features.includes(feature));
  const summed = rest.length + wire.more;
  const change = [
    places.map((place) => numbers.start(place)),
    ...features.map((feature) => places.map((place) => numbers.value(feature, place))),
  ];
  if (summed > 0) change.push(places.map((place) => restOf(numbers, rest, place)));
  const low = [places.map(() => 0)];
  const high = [change[0]!.map(known)];
  for (const row of change.slice(1)) {
    low.push(high.at(-1)!);
    high.push(row.map((value, column) => high.at(-1)![column]! + known(value)));
  }
  const end = places.map((place) => numbers.end(place));
  return {
    features,
    summed,
    low: [...low, places.map(() => 0)],
    high: [...high, end.map(known)],
    change: [...change, end],
  };
}

/** What the rows of a stack, without start and end, are for any other class. */
export function changesOf(wire: WaterfallWire, numbers: Numbers, stack: Stack, place: number): number[] {
  const own = stack.features.map((feature) => known(numbers.value(feature, place)));
  if (stack.summed === 0) return own;
  const rest = [...wire.features.keys()].filter((feature) => !stack.features.includes(feature));
  return [...own, known(restOf(numbers, rest, place))];
}

function restOf(numbers: Numbers, rest: readonly number[], place: number): number {
  return rest.reduce((sum, feature) => sum + numbers.value(feature, place), numbers.rest(place));
}

/** NaN is printed, but stacks as nothing. */
function known(value: number): number {
  return isKnown(value) && Number.isFinite(value) ? value : 0;
}

/** The places of the classes that stand side by side: those the sample asks for, and the selected one. */
export function columnsOf(wire: WaterfallWire, selected: number | null): number[] {
  const columns = wire.columns.map((index) => wire.classes.indexOf(index));
  const chosen = selected === null ? -1 : wire.classes.indexOf(selected);
  if (chosen >= 0 && !columns.includes(chosen)) columns[columns.length - 1] = chosen;
  return columns;
}

/** The largest of some numbers, none of them less than 0. */
export function largest(values: readonly number[]): number {
  return max(0, ...values);
}
