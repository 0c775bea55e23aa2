import { describe, expect, it } from "vitest";
import { sortRows } from "../../../src/widgets/importance_matrix/order.ts";
import { cellTitle, decodeTable, shareWords } from "../../../src/widgets/importance_matrix/table.ts";
import { numbersOf, wireOf } from "./table_of.ts";

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
