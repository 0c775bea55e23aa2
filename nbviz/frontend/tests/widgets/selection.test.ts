import { describe, expect, it, vi } from "vitest";
import {
  chosen,
  cleared,
  type Meanings,
  ModelSelection,
  remembered,
  type Selection,
} from "../../src/widgets/selection.ts";
import type { WidgetModel } from "../../src/widgets/widget_model.ts";

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

describe("the selection of a model", () => {
  function modelOf(traits: Selection): WidgetModel<Selection> {
    const model = {
      get: (name: keyof Selection) => traits[name],
      set: (name: keyof Selection, value: never) => {
        traits[name] = value;
      },
      save_changes: vi.fn(),
    };
    return model as unknown as WidgetModel<Selection>;
  }

  it("gives back, with Esc, the meaning that another view of the model has found", () => {
    const model = modelOf({ ...nothing });
    new ModelSelection(model).press(cell);
    expect(new ModelSelection(model).now.edge_meaning).toBe("path");
    expect(new ModelSelection(model).clear()).toBe(true);
    expect(new ModelSelection(model).now).toEqual(nothing);
  });

  it("is left alone where nothing is selected", () => {
    const model = modelOf({ ...nothing });
    expect(new ModelSelection(model).clear()).toBe(false);
    expect(model.save_changes).not.toHaveBeenCalled();
  });

  it("gives back the meaning where somebody else has cleared what was selected", () => {
    const model = modelOf({ ...nothing });
    const selection = new ModelSelection(model);
    selection.press(cell);
    selection.giveBack();
    expect(selection.now.edge_meaning).toBe("path");
    model.set("selected_unit", null);
    model.set("selected_class", null);
    selection.giveBack();
    expect(selection.now).toEqual(nothing);
  });
});
