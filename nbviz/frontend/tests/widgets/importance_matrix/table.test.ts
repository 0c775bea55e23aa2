import { describe, expect, it } from "vitest";
import { sortRows } from "../../../src/widgets/importance_matrix/order.ts";
import {
  aboveFloor,
  cellLabel,
  cellTitle,
  decodeTable,
  shareWords,
} from "../../../src/widgets/importance_matrix/table.ts";
import { numbersOf, tableOf, wireOf } from "./table_of.ts";

describe("decodeTable", () => {
  const wire = wireOf(["a", "b"], ["x"], { offset: 8, ids: [4, null] });

  it("reads numbers that lie anywhere in a buffer", () => {
    const packed = numbersOf(wire, { share: [0.75, 0.25], mean: [0.75, 0.25], hue: [1, 2], way: [1, 2] }, 11);
    // The message itself starts at an odd place of its buffer, as it may in Jupyter.
    const table = decodeTable(wire, new DataView(packed.buffer, 3))!;
    expect([...table.share]).toEqual([0.75, 0.25]);
    expect([...table.mean]).toEqual([0.75, 0.25]);
    expect([...table.hue]).toEqual([1, 2]);
    expect([...table.way]).toEqual([1, 2]);
  });

  it("knows rows by the ids of their units, where they have one", () => {
    const table = decodeTable(wire, numbersOf(wire, { share: [0.75, 0.25] }, 8))!;
    expect([...table.rowOf]).toEqual([[4, 0]]);
  });

  it("waits for numbers that have not all come", () => {
    const packed = numbersOf(wire, { share: [0.75, 0.25] }, 8);
    expect(decodeTable(wire, new DataView(packed.buffer, 0, packed.byteLength - 1))).toBeNull();
  });
});

describe("aboveFloor", () => {
  it("is the table with the shares and scales that follow it", () => {
    const above = {
      captions: ["above"],
      offset: 64,
      totals: [4],
      deepest: 0.7,
      furthest: 0.9,
      longest: 0.5,
      decimals: 3,
      has_intervals: false,
      floor_words: "below",
    };
    const wire = wireOf(["a", "b"], ["x"], { offset: 8, above });
    const found = aboveFloor(wire)!;
    expect([found.offset, found.captions, found.deepest, found.rows]).toEqual([72, ["above"], 0.7, ["a", "b"]]);
    const table = decodeTable(found, numbersOf(wire, { share: [0.75, 0.25] }, 72), true)!;
    expect([...table.share]).toEqual([0.75, 0.25]);
    expect(cellTitle(table, 0, 0)).toContain("share above the floor 0.750");
  });

  it("is nothing where there is no floor", () => {
    expect(aboveFloor(wireOf(["a"], ["x"]))).toBeNull();
  });
});

describe("the words of a cell", () => {
  const wire = wireOf(["proline", "7"], ["Barolo"], { row_kind: "unit" });
  const table = tableOf(wire, {
    share: [0.24, Number.NaN],
    shareError: [0.01, Number.NaN],
    strength: [-2.4, Number.NaN],
    direction: [-0.82, 0],
    way: [2, 0],
    hue: [2, 0],
  });

  it("name row, class, share and direction", () => {
    expect(cellLabel(table, 0, 0)).toBe("proline for Barolo: 0.24, lowers");
    expect(cellTitle(table, 0, 0)).toBe("proline → Barolo: share 0.240, strength −2.4 ± 0.1 logits, direction −0.82");
  });

  it("say so where nothing is known, and call a number a unit", () => {
    expect(cellLabel(table, 1, 0)).toBe("unit 7 for Barolo: n/a");
    expect(cellTitle(table, 1, 0)).toBe("unit 7 → Barolo: n/a");
  });

  it("say what is below the noise floor instead of a direction", () => {
    const quiet = tableOf(wireOf(["ash"], ["Barolo"]), { share: [0.01], way: [1], hue: [0] });
    expect(cellLabel(quiet, 0, 0)).toBe("ash for Barolo: 0.01, below the noise floor");
  });
});

const BEFORE = [0.5, 0.2, 0.3, 0.3, 0.2, 0.5];
const AFTER = [0.3, 0.21, 0.6, 0.3, 0.1, 0.49];

/** A table of three features and two classes, the difference of two. */
function changed() {
  const share = AFTER.map((value, at) => value - BEFORE[at]!);
  const numbers = { share, shareError: share.map(() => 0.01), mean: [0.105, 0.15, 0.055], hue: [1, 1, 1, 1, 2, 2] };
  const plain = numbersOf(wireOf(["a", "b", "c"], ["x", "y"]), numbers);
  const offset = Math.ceil(plain.byteLength / 8) * 8;
  const view = new DataView(new ArrayBuffer(offset + 4 * 12));
  for (let at = 0; at < plain.byteLength; at++) view.setUint8(at, plain.getUint8(at));
  for (const [at, value] of [...BEFORE, ...AFTER].entries()) view.setFloat32(offset + 4 * at, value, true);
  return decodeTable(wireOf(["a", "b", "c"], ["x", "y"], { change: { before: "old", after: "new", offset } }), view)!;
}

describe("a table of differences", () => {
  it("writes shares with their sign, and what rounds to nothing without", () => {
    const table = changed();
    expect([...table.share].map((share) => shareWords(table, share))).toEqual([
      "−0.20",
      "+0.01",
      "+0.30",
      "0.00",
      "−0.10",
      "−0.01",
    ]);
  });

  it("tells both shares of a cell", () => {
    expect(cellTitle(changed(), 1, 0)).toBe("b → x: share old 0.300, new 0.600: +0.30 ± 0.01");
  });

  it("puts the largest change of a class first, whichever way it goes", () => {
    expect([...sortRows(changed(), { column: 0 })]).toEqual([1, 0, 2]);
    expect([...sortRows(changed(), "mean")]).toEqual([1, 0, 2]);
  });

  it("waits for the shares of both", () => {
    const wire = wireOf(["a"], ["x"], { change: { before: "old", after: "new", offset: 24 } });
    expect(decodeTable(wire, numbersOf(wire, { share: [0.1] }))!.both).toBeNull();
  });
});
