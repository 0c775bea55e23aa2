/** A table of importances: its wire and its numbers, with the words for a cell. */

import { abs } from "../../style/math.ts";
import { isKnown, isUnknown } from "../../style/numbers.ts";
import type { MatrixTableWire } from "../../wire.ts";

/** As nbviz/attribution/table/cells.py numbers them. */
export const QUIET = 0;
export const UP = 1;
export const DOWN = 2;
export const WAYS = ["unclear", "raises", "lowers"] as const;

export interface MatrixTable {
  readonly wire: MatrixTableWire;
  readonly height: number;
  readonly width: number;
  /** (rows, columns), row by row, as are the others but `mean`. */
  readonly share: Float32Array;
  readonly shareError: Float32Array;
  readonly strength: Float32Array;
  readonly direction: Float32Array;
  readonly mean: Float32Array;
  readonly hue: Uint8Array;
  readonly way: Uint8Array;
  /** Id of a unit -> its row. */
  readonly rowOf: ReadonlyMap<number, number>;
  /** Whether shares are those of what exceeds the noise floor. */
  readonly isAbove: boolean;
  /** The shares that those of the table are the difference of; null for a table of its own. */
  readonly both: { readonly before: Float32Array; readonly after: Float32Array } | null;
}

/** The table with shares of what exceeds the noise floor; null where that is not known. */
export function aboveFloor(wire: MatrixTableWire): MatrixTableWire | null {
  const { above } = wire;
  return above ? { ...wire, ...above, offset: wire.offset + above.offset } : null;
}

/** Null where the numbers are not all there, as between two messages. */
export function decodeTable(wire: MatrixTableWire, numbers: DataView, isAbove = false): MatrixTable | null {
  const height = wire.rows.length;
  const width = wire.columns.length;
  const cells = height * width;
  const bytes = 4 * (4 * cells + height) + 2 * cells;
  if (!numbers || numbers.byteLength < wire.offset + bytes) return null;
  // A copy: typed arrays want their place aligned, which that of a message's buffer need not be.
  const from = numbers.byteOffset + wire.offset;
  const buffer = numbers.buffer.slice(from, from + bytes) as ArrayBuffer;
  const floats = (at: number, count: number) => new Float32Array(buffer, 4 * at, count);
  const codes = 4 * (4 * cells + height);
  const rowOf = new Map<number, number>();
  for (const [row, id] of wire.ids.entries()) if (id !== null) rowOf.set(id, row);
  return {
    wire,
    height,
    width,
    share: floats(0, cells),
    shareError: floats(cells, cells),
    strength: floats(2 * cells, cells),
    direction: floats(3 * cells, cells),
    mean: floats(4 * cells, height),
    hue: new Uint8Array(buffer, codes, cells),
    way: new Uint8Array(buffer, codes + cells, cells),
    rowOf,
    isAbove,
    both: wire.change ? bothOf(numbers, wire.offset + wire.change.offset, cells) : null,
  };
}

function bothOf(numbers: DataView, offset: number, cells: number): MatrixTable["both"] {
  if (numbers.byteLength < offset + 8 * cells) return null;
  const from = numbers.byteOffset + offset;
  const buffer = numbers.buffer.slice(from, from + 8 * cells) as ArrayBuffer;
  return { before: new Float32Array(buffer, 0, cells), after: new Float32Array(buffer, 4 * cells, cells) };
}

export function shareWords({ wire }: MatrixTable, share: number): string {
  if (isUnknown(share)) return "n/a";
  const text = abs(share).toFixed(wire.decimals);
  if (!wire.change) return share.toFixed(wire.decimals);
  // What rounds to nothing has no sign.
  return Number(text) === 0 ? text : `${share < 0 ? "−" : "+"}${text}`;
}

/** A unit without a name of its own is only a number. */
export function rowName({ wire }: MatrixTable, row: number): string {
  const name = wire.rows[row]!;
  return /^\d+$/.test(name) ? `${wire.row_kind} ${name}` : name;
}

export function plural(kind: string): string {
  return kind === "class" ? "classes" : `${kind}s`;
}

export function columnName({ wire }: MatrixTable, column: number): string {
  const group = wire.column_groups?.[column];
  return group === undefined ? wire.columns[column]! : `${group} · ${wire.columns[column]}`;
}

/** For the screen reader: `proline for Barolo: 0.24, raises`. */
export function cellLabel(table: MatrixTable, row: number, column: number): string {
  const at = row * table.width + column;
  const share = table.share[at]!;
  const words = [`${rowName(table, row)} for ${columnName(table, column)}: ${shareWords(table, share)}`];
  if (isKnown(share)) {
    if (table.hue[at] === QUIET) words.push("below the noise floor");
    else if (table.way[at] !== 0) words.push(WAYS[table.way[at]!]!);
  }
  return words.join(", ");
}

function figures(value: number, count: number): string {
  return String(Number(value.toPrecision(count))).replace("-", "−");
}

/** For the tooltip: `proline → Barolo: share 0.312, strength 1.234 ± 0.05 logits, direction +0.82`. */
export function cellTitle(table: MatrixTable, row: number, column: number): string {
  const at = row * table.width + column;
  const { wire } = table;
  const share = table.share[at]!;
  const said = `${rowName(table, row)} → ${columnName(table, column)}: `;
  if (isUnknown(share)) return `${said}n/a`;
  if (wire.change && table.both) {
    const { before, after } = wire.change;
    const [one, other] = [table.both.before[at]!.toFixed(3), table.both.after[at]!.toFixed(3)];
    return `${said}share ${before} ${one}, ${after} ${other}: ${shareWords(table, share)} ± ${figures(table.shareError[at]!, 2)}`;
  }
  const error = table.shareError[at]! * wire.totals[column]!;
  const direction = table.direction[at]!;
  return [
    `${said}share ${table.isAbove ? "above the floor " : ""}${share.toFixed(3)}, strength ${figures(table.strength[at]!, 4)}`,
    isKnown(error) ? ` ± ${figures(error, 2)}` : "",
    wire.unit,
    isKnown(direction) ? `, direction ${direction < 0 ? "" : "+"}${direction.toFixed(2).replace("-", "−")}` : "",
    table.hue[at] === QUIET ? ", not above the noise floor" : "",
  ].join("");
}
