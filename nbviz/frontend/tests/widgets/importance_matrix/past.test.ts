import { describe, expect, it } from "vitest";
import { Past } from "../../../src/widgets/importance_matrix/past.ts";
import type { MatrixMomentWire } from "../../../src/wire.ts";
import { numbersOf, wireOf } from "./table_of.ts";

const live = wireOf(["hue", "ash"], ["Barolo"], { deepest: 0.5 });

function momentOf(step: number, label: string, offset: number): MatrixMomentWire {
  const { rows, columns, column_groups, ids, title, row_kind, column_kind, faintest, z, above, ...told } = live;
  return { ...told, step, label, offset, deepest: 0.9 };
}

describe("Past", () => {
  const early = numbersOf(live, { share: [0.2, 0.8] });
  const late = numbersOf(live, { share: [0.6, 0.4] });
  const bytes = new Uint8Array(early.byteLength + late.byteLength);
  bytes.set(new Uint8Array(early.buffer));
  bytes.set(new Uint8Array(late.buffer), early.byteLength);
  const numbers = new DataView(bytes.buffer);
  const moments = [momentOf(0, "before training", 0), momentOf(60, "epoch 6", early.byteLength)];

  it("gives the latest table at or before a step, with the names of the live one", () => {
    const past = new Past();
    const shares = [-5, 0, 59, 60, 99].map((step) => past.at(step, live, moments, numbers)!.table.share[0]!.toFixed(1));
    expect(shares).toEqual(["0.2", "0.2", "0.2", "0.6", "0.6"]);
    const { table } = past.at(60, live, moments, numbers)!;
    expect([table.wire.rows, table.wire.deepest]).toEqual([["hue", "ash"], 0.9]);
  });

  it("says which moment it is", () => {
    const past = new Past();
    expect(past.at(60, live, moments, numbers)!.when).toBe("at epoch 6");
    expect(past.at(0, live, moments, numbers)!.when).toBe("before training");
  });

  it("keeps a table, so that what did not change is not written again", () => {
    const past = new Past();
    expect(past.at(60, live, moments, numbers)!.table).toBe(past.at(70, live, moments, numbers)!.table);
  });

  it("has none where nothing was recorded, or where the numbers are not all there", () => {
    expect(new Past().at(60, live, [], numbers)).toBeNull();
    expect(new Past().at(60, live, moments, early)).toBeNull();
  });
});
