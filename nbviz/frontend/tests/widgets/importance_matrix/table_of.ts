import { decodeTable, type MatrixTable } from "../../../src/widgets/importance_matrix/table.ts";
import type { MatrixTableWire } from "../../../src/wire.ts";

interface Numbers {
  share: number[];
  shareError?: number[];
  strength?: number[];
  direction?: number[];
  mean?: number[];
  hue?: number[];
  way?: number[];
}

export function wireOf(rows: string[], columns: string[], given: Partial<MatrixTableWire> = {}): MatrixTableWire {
  return {
    title: "Importance by class",
    captions: [],
    row_kind: "feature",
    column_kind: "class",
    rows,
    columns,
    column_groups: null,
    ids: rows.map((_, row) => row),
    offset: 0,
    totals: columns.map(() => 10),
    unit: " logits",
    faintest: 0.12,
    deepest: 1,
    z: 1.96,
    furthest: 1,
    longest: 1,
    decimals: 2,
    has_triangles: true,
    has_intervals: true,
    interval_words: "",
    hues: [],
    floor_words: null,
    direction_words: null,
    overlaps: [],
    notes: [],
    above: null,
    change: null,
    ...given,
  };
}

/** The numbers as Python packs them, behind `before` other bytes. */
export function numbersOf(wire: MatrixTableWire, numbers: Numbers, before = 0): DataView {
  const cells = wire.rows.length * wire.columns.length;
  const { share, shareError, strength, direction, mean, hue, way } = numbers;
  const nothing = Array(cells).fill(Number.NaN);
  const floats = [share, shareError ?? nothing, strength ?? share, direction ?? nothing].flat();
  floats.push(...(mean ?? wire.rows.map((_, row) => share[row * wire.columns.length]!)));
  const codes = [...(hue ?? Array(cells).fill(3)), ...(way ?? Array(cells).fill(0))];
  const view = new DataView(new ArrayBuffer(before + 4 * floats.length + codes.length));
  for (const [index, value] of floats.entries()) view.setFloat32(before + 4 * index, value, true);
  for (const [index, value] of codes.entries()) view.setUint8(before + 4 * floats.length + index, value);
  return view;
}

export function tableOf(wire: MatrixTableWire, numbers: Numbers): MatrixTable {
  return decodeTable(wire, numbersOf(wire, numbers))!;
}
