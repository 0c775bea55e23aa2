/**
 * What the edges of the small network carry, were it linear, with feature 1 two above its average: by hand.
 * Its path: 2 x (10, 20, 30, 40) into hidden, times (1, −1, 2, −2) to the output: −60 in all.
 */

import { decodeExplanation, type Explanation } from "../../src/picture/flows.ts";
import type { ExplanationWire } from "../../src/wire.ts";
import { network } from "./network.ts";

type Array = [string, "f4" | "i2" | "i4", number[], number[]];

const CARRIED = [20, -40, 120, -160];
const SHARES = CARRIED.map((value) => (value / 160) * 32767);

/** Of one class: keys of contributions are [1], of paths [1, 1]. `drawn`: hidden units whose edges are told. */
function flow(name: string, keys: number[], factor: number, drawn: number[]): Array[] {
  const own = name.startsWith("path");
  const carried = drawn.map((unit) => CARRIED[unit]! * factor);
  const shares = drawn.map((unit) => SHARES[unit]!);
  const count = drawn.length;
  const share = drawn.reduce((sum, unit) => sum + Math.abs(CARRIED[unit]!), 0) / 340;
  const part: Array[] = [
    [`${name}/1/units`, "i4", [...keys, count], drawn],
    [`${name}/1/share`, "f4", keys, [share]],
  ];
  return [
    ...(count < CARRIED.length ? part : []),
    [`${name}/0/edges`, "i2", [...keys, own ? 1 : 2, count], own ? shares : [...shares.map(() => 0), ...shares]],
    [`${name}/0/scale`, "f4", keys, [160 * factor]],
    [`${name}/0/into`, "f4", [...keys, count], carried],
    [`${name}/0/out_of`, "f4", [...keys, 2], [0, -60 * factor]],
    [`${name}/0/total`, "f4", keys, [-60 * factor]],
    [`${name}/0/absolute`, "f4", keys, [340 * factor]],
    [`${name}/1/edges`, "i2", [...keys, count, 1], shares],
    [`${name}/1/scale`, "f4", keys, [160 * factor]],
    [`${name}/1/into`, "f4", [...keys, 1], [-60 * factor]],
    [`${name}/1/out_of`, "f4", [...keys, count], carried],
    [`${name}/1/total`, "f4", keys, [-60 * factor]],
    [`${name}/1/absolute`, "f4", keys, [340 * factor]],
  ];
}

/** Contributions are ten times the path, so that one cannot be taken for the other. */
export function explanationBytes(given: Partial<ExplanationWire> = {}, drawn = [0, 1, 2, 3]): DataView {
  const told: Array[] = [...flow("contribution", [1], 10, drawn), ...flow("path", [1, 1], 1, drawn)];
  let offset = 0;
  const arrays = told.map(([key, dtype, shape, numbers]) => {
    const array = { key, dtype, shape, offset };
    offset += Math.ceil((numbers.length * (dtype === "i2" ? 2 : 4)) / 8) * 8;
    return array;
  });
  const header: ExplanationWire = {
    version: 7,
    sample: 0,
    sample_name: "sample 0",
    signed: true,
    classes: [0],
    features: [1],
    path_classes: [0],
    reason: null,
    output: "centred logit",
    over: null,
    feature_ids: [0, 1],
    parts: [],
    arrays,
    ...given,
  };
  const text = JSON.stringify(header);
  const words = new TextEncoder().encode(text.padEnd(Math.ceil((text.length + 4) / 8) * 8 - 4, " "));
  const view = new DataView(new ArrayBuffer(4 + words.length + offset));
  view.setUint32(0, words.length, true);
  new Uint8Array(view.buffer).set(words, 4);
  for (const [at, [, dtype, , numbers]] of told.entries()) {
    for (const [index, value] of numbers.entries()) {
      const place = 4 + words.length + arrays[at]!.offset + index * (dtype === "i2" ? 2 : 4);
      if (dtype === "i2") view.setInt16(place, Math.round(value), true);
      else if (dtype === "i4") view.setInt32(place, value, true);
      else view.setFloat32(place, value, true);
    }
  }
  return view;
}

export function explanation(given: Partial<ExplanationWire> = {}, drawn?: number[]): Explanation {
  return decodeExplanation(explanationBytes(given, drawn), network())!;
}
