/** Names of rows and columns as they fit: where cut ends would make two alike, the middle goes. */

import { cutNames } from "../../style/names.ts";
import type { Measure } from "../../style/text.ts";
import type { Sizes } from "./sizes.ts";
import type { MatrixTable } from "./table.ts";

/** Names beyond this many are cut by the browser, at their ends: measuring them would take seconds. */
const MEASURED = 2000;
const AIR = { row: 22, column: 10 }; // px of a name's box that are not its own

export interface Labels {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** What they were cut for. */
  readonly sizes: Sizes;
}

export function labelsOf({ wire }: MatrixTable, sizes: Sizes, font: string, measure: Measure): Labels {
  const { names, pitch, slanted, wraps } = sizes;
  const cut = (all: readonly string[], width: number) =>
    all.length > MEASURED ? all : cutNames(all, width, `400 12px ${font}`, measure);
  const width = slanted ?? pitch - AIR.column;
  return {
    rows: cut(wire.rows, names - AIR.row),
    // What takes two lines is cut where the browser breaks it.
    columns: wraps ? wire.columns : cut(wire.columns, width),
    sizes,
  };
}

export function isCutFor({ sizes }: Labels, { names, pitch, slanted, wraps }: Sizes): boolean {
  return sizes.names === names && sizes.pitch === pitch && sizes.slanted === slanted && sizes.wraps === wraps;
}
