import { describe, expect, it } from "vitest";
import { PartSelection, pressedPart, type SelectedParts } from "../../src/widgets/part_selection.ts";
import type { WidgetModel } from "../../src/widgets/widget_model.ts";

const nothing: SelectedParts = {
  selected_unit: null,
  selected_class: null,
  edge_meaning: "weight",
  selected_region: null,
  selected_part: null,
  lights_parts: false,
  input_unit: null,
};

function traitsOf(given: Partial<SelectedParts>): [PartSelection, SelectedParts] {
  const traits = { ...nothing, ...given };
  const model = {
    get: (name: keyof SelectedParts) => traits[name],
    set: (name: keyof SelectedParts, value: never) => {
      traits[name] = value;
    },
    save_changes: () => {},
  };
  return [new PartSelection(model as unknown as WidgetModel<SelectedParts>), traits];
}

describe("a press on a part", () => {
  it("chooses a region, or a square in it, and takes it back", () => {
    const part = (selected_region: number | null, selected_part: number | null) => ({ selected_region, selected_part });
    expect(pressedPart(part(null, null), 2, null, 8)).toEqual(part(2, 2));
    expect(pressedPart(part(2, 2), 2, 40, 8)).toEqual(part(2, 48));
    expect(pressedPart(part(2, 48), 2, 41, 8)).toEqual(part(2, 49));
    expect(pressedPart(part(2, 48), 2, 40, 8)).toEqual(part(null, null));
    expect(pressedPart(part(2, null), 2, null, 8)).toEqual(part(null, null));
  });

  it("asks for its path where the input's parts can be followed, and gives all back when pressed once more", () => {
    const [selection, traits] = traitsOf({ lights_parts: true, input_unit: 0 });
    selection.pressPart(2, 40, 8, 1);
    expect(traits).toEqual({
      ...nothing,
      selected_unit: 0,
      selected_class: 1,
      edge_meaning: "path",
      selected_region: 2,
      selected_part: 48,
      lights_parts: true,
      input_unit: 0,
    });
    expect([selection.region, selection.square(8)]).toEqual([2, 40]);
    selection.pressPart(2, 40, 8, 1);
    expect(traits).toEqual({ ...nothing, lights_parts: true, input_unit: 0 });
  });

  it("is asked about anew where it is pressed for another class, or another class is pressed", () => {
    const [selection, traits] = traitsOf({ lights_parts: true, input_unit: 0 });
    selection.pressPart(2, null, 8, 1);
    selection.pressPart(2, null, 8, 3);
    const path = { ...nothing, lights_parts: true, input_unit: 0, selected_unit: 0, edge_meaning: "path" };
    expect(traits).toEqual({ ...path, selected_class: 3, selected_region: 2, selected_part: 2 });
    selection.pressClass(4);
    expect(traits).toEqual({ ...path, selected_class: 4, selected_region: 2, selected_part: 2 });
    selection.clear();
    selection.pressClass(4);
    expect(traits).toMatchObject({ selected_unit: null, selected_class: 4, edge_meaning: "contribution" });
  });

  it("asks for its path without a unit where the input is many", () => {
    const [selection, traits] = traitsOf({ lights_parts: true });
    selection.pressPart(2, null, 8, 1);
    const path = { ...nothing, lights_parts: true, edge_meaning: "path", selected_region: 2, selected_part: 2 };
    expect(traits).toEqual({ ...path, selected_class: 1 });
    selection.pressClass(4);
    expect(traits).toEqual({ ...path, selected_class: 4 });
    selection.pressPart(2, null, 8, 4);
    expect(traits).toEqual({ ...nothing, lights_parts: true });
  });

  it("selects the part alone where no path can be followed", () => {
    const [selection, traits] = traitsOf({});
    selection.pressPart(2, null, 8, 1);
    expect(traits).toEqual({ ...nothing, selected_region: 2, selected_part: 2 });
    expect(selection.square(8)).toBeNull();
    selection.clearParts();
    expect(traits).toEqual(nothing);
  });
});
