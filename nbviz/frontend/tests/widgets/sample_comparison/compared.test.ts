import { describe, expect, it } from "vitest";
import { columnsOf, gapOf, lackingOf, placeOf, rowsOf } from "../../../src/widgets/sample_comparison/compared.ts";
import type { ComparisonWire } from "../../../src/wire.ts";

/** Columns by sample: start, rest and the contributions of each feature, of one class. */
function given(columns: Record<number, { start: number; rest?: number; values: number[] }>, more = 0) {
  const entries = Object.entries(columns);
  const features = entries[0]![1].values.map((_, feature) => `f${feature}`);
  const table = {
    features,
    units: features.map((_, feature) => feature),
    more,
    classes: [2],
    class_names: ["c"],
    all_classes: 3,
    columns: entries.map(([sample], at) => ({
      sample: Number(sample),
      name: `sample ${sample}`,
      likely: at === 0 ? 2 : 1,
    })),
  } as ComparisonWire;
  const numbers = entries.flatMap(([, { start, rest = 0, values }]) => {
    const end = start + rest + values.reduce((sum, value) => sum + value, 0);
    return [start, end, 0.25, rest, ...values];
  });
  return { table, bytes: new DataView(Float32Array.from(numbers).buffer) };
}

const TWO = given({ 4: { start: 1, values: [2, -0.5, 0.25] }, 9: { start: 1, values: [-1, 0.5, 4] } });

describe("columnsOf", () => {
  it("has the samples that are compared in their order, means before them", () => {
    expect(columnsOf(TWO.table, TWO.bytes, [9, 4], 0)!.map(({ wire }) => wire.sample)).toEqual([9, 4]);
    const { table, bytes } = given({ 4: { start: 0, values: [1] }, [-1]: { start: 0, values: [3] } });
    expect(columnsOf(table, bytes, [4], 0)!.map(({ values }) => values[0])).toEqual([3, 1]);
  });

  it("reads the numbers of each", () => {
    const [first] = columnsOf(TWO.table, TWO.bytes, [4, 9], 0)!;
    expect(first).toMatchObject({ start: 1, end: 2.75, p: 0.25, rest: 0, values: [2, -0.5, 0.25] });
  });

  it("waits for the bytes of its table", () => {
    expect(columnsOf(TWO.table, new DataView(new ArrayBuffer(8)), [4], 0)).toBeNull();
    expect(columnsOf(TWO.table, TWO.bytes, [4], -1)).toBeNull();
  });

  it("knows which samples are not at hand", () => {
    expect(lackingOf(TWO.table, [4, 5, 9])).toEqual([5]);
  });
});

describe("placeOf", () => {
  it("is that of the selected class, else of the one that the first sample was read as", () => {
    expect(placeOf(TWO.table, [4, 9], null)).toBe(0);
    expect(placeOf(TWO.table, [9, 4], null)).toBe(-1);
    expect(placeOf(TWO.table, [9, 4], 2)).toBe(0);
    expect(placeOf(TWO.table, [4], 77)).toBe(0);
  });
});

describe("rowsOf", () => {
  it("ranks features by what they are to any of the samples", () => {
    const columns = columnsOf(TWO.table, TWO.bytes, [4, 9], 0)!;
    const rows = rowsOf(TWO.table, columns);
    expect(rows.features).toEqual([2, 0, 1]);
    expect([rows.summed, rows.low, rows.high]).toEqual([0, -1, 4]);
  });

  it("sums what has no row, and all of a column adds up", () => {
    const values = Array.from({ length: 12 }, (_, feature) => 12 - feature);
    const { table, bytes } = given({ 1: { start: 3, rest: -5, values }, 2: { start: 3, values } }, 4);
    const columns = columnsOf(table, bytes, [1, 2], 0)!;
    const rows = rowsOf(table, columns);
    expect(rows.features).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rows.summed).toBe(5 + 4);
    expect(rows.rest).toEqual([15 - 5, 15]);
    expect(gapOf(columns)).toBeLessThan(1e-5);
  });

  it("keeps the selected feature, however small", () => {
    const values = Array.from({ length: 12 }, (_, feature) => 12 - feature);
    const { table, bytes } = given({ 1: { start: 0, values } });
    expect(rowsOf(table, columnsOf(table, bytes, [1], 0)!, 11).features).toContain(11);
  });

  it("has a scale for nothing at all", () => {
    const { table, bytes } = given({ 1: { start: 0, values: [0, Number.NaN] } });
    const rows = rowsOf(table, columnsOf(table, bytes, [1], 0)!);
    expect([rows.low, rows.high]).toEqual([0, 0]);
  });
});
