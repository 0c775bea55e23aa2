import { describe, expect, it } from "vitest";
import {
  chosen,
  cleared,
  type Meanings,
  pressedPart,
  remembered,
  type Selection,
} from "../../src/widgets/selection.ts";

const nothing: Selection = { selected_unit: null, selected_class: null, edge_meaning: "weight_activation" };
const cell = { kind: "cell", id: 3, column: 1, ofFeatures: true } as const;

/** What is selected, and remembered, after clicks one after the other. */
function clicked(...targets: Parameters<typeof chosen>[2][]): [Selection, Meanings | null] {
  let now = nothing;
  let meanings: Meanings | null = null;
  for (const target of targets) {
    const changes = chosen(now, meanings, target);
    meanings = remembered(now, meanings, changes);
    now = { ...now, ...changes };
  }
  return [now, meanings];
}

describe("a click", () => {
  it("on a feature's cell asks for its path", () => {
    expect(clicked(cell)[0]).toEqual({ selected_unit: 3, selected_class: 1, edge_meaning: "path" });
  });

  it("on a hidden unit's cell asks for the contribution", () => {
    expect(clicked({ ...cell, ofFeatures: false })[0].edge_meaning).toBe("contribution");
  });

  it("on a class lets go of the unit", () => {
    const [now] = clicked(cell, { kind: "column", column: 2 });
    expect(now).toEqual({ selected_unit: null, selected_class: 2, edge_meaning: "contribution" });
  });

  it("on a row changes the unit alone", () => {
    const [now] = clicked(cell, { kind: "row", id: 7 });
    expect(now).toEqual({ selected_unit: 7, selected_class: 1, edge_meaning: "path" });
  });

  it("on a row that is no single unit changes nothing, on its cell selects the class", () => {
    expect(clicked({ kind: "row", id: null })[0]).toEqual(nothing);
    const [now] = clicked({ ...cell, id: null });
    expect(now).toEqual({ selected_unit: null, selected_class: 1, edge_meaning: "contribution" });
  });

  it("on what is selected gives back all, the meaning of edges too", () => {
    for (const target of [cell, { ...cell, id: null }, { kind: "row", id: 3 }, { kind: "column", column: 1 }] as const)
      expect(clicked(target, target)).toEqual([nothing, null]);
    expect(clicked({ kind: "column", column: 2 }, cell, cell)).toEqual([nothing, null]);
  });
});

describe("cleared", () => {
  it("leaves alone a meaning that was chosen since", () => {
    const [now, meanings] = clicked(cell);
    expect(cleared({ ...now, edge_meaning: "weight" }, meanings)).toEqual({
      selected_unit: null,
      selected_class: null,
    });
  });

  it("in a page opened again ends what means nothing without a selection", () => {
    const now: Selection = { selected_unit: 3, selected_class: 1, edge_meaning: "path" };
    expect(cleared(now, null).edge_meaning).toBe("weight");
    expect(cleared({ ...now, edge_meaning: "weight_activation" }, null)).not.toHaveProperty("edge_meaning");
  });
});

describe("a press on a part", () => {
  it("chooses a region, or a square in it, and takes it back", () => {
    expect(pressedPart([null, null], 2, null, 8)).toEqual({ selected_region: 2, selected_part: 2 });
    expect(pressedPart([2, 2], 2, 40, 8)).toEqual({ selected_region: 2, selected_part: 48 });
    expect(pressedPart([2, 48], 2, 41, 8)).toEqual({ selected_region: 2, selected_part: 49 });
    expect(pressedPart([2, 48], 2, 40, 8)).toEqual({ selected_region: null, selected_part: null });
    expect(pressedPart([2, null], 2, null, 8)).toEqual({ selected_region: null, selected_part: null });
  });
});
