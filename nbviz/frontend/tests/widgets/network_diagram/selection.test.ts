import { describe, expect, it } from "vitest";
import { Selection, type Traits } from "../../../src/widgets/network_diagram/selection.ts";
import { channels } from "../../picture/channels.ts";
import { network } from "../../picture/network.ts";
import { sceneOf } from "../../picture/scene_of.ts";
import { viewOf } from "./model_of.ts";

const scene = sceneOf();

/** The traits after a click on a place. */
function choose(key: string, traits: Partial<Traits>, contributions = true): Partial<Traits> {
  const { model, traits: after } = viewOf(traits);
  new Selection(model).choose(network(), scene.places[scene.placeOf.get(key)!]!, contributions);
  return after;
}

describe("a click on a node", () => {
  it("selects it", () => {
    expect(choose("hidden/1", {})).toEqual({ selected_unit: 3 });
  });

  it("asks what the edges contribute to a class, where that can be told", () => {
    expect(choose("out/0", {})).toEqual({ selected_unit: null, selected_class: 0, edge_meaning: "contribution" });
    expect(choose("out/0", {}, false)).toEqual({ selected_unit: 6, selected_class: 0 });
  });

  it("asks for the path between a feature and a class, whichever was chosen first", () => {
    const path = { selected_unit: 1, selected_class: 0, edge_meaning: "path" };
    expect(choose("out/0", { selected_unit: 1 })).toEqual(path);
    expect(choose("in/1", { selected_class: 0, edge_meaning: "contribution" })).toEqual(path);
  });
});

describe("a click on what comes out of pictures", () => {
  const wire = channels();
  const drawn = sceneOf(wire);
  const click = (key: string, traits: Partial<Traits>, of = wire) => {
    const { model, traits: after } = viewOf(traits);
    new Selection(model).choose(of, drawn.places[drawn.placeOf.get(key)!]!, true);
    return after;
  };

  it("asks about a channel that is explained as about a class", () => {
    const asked = { selected_unit: null, selected_class: 1, edge_meaning: "contribution" };
    expect(click("second/1", {}, { ...wire, class_layer: "second" })).toEqual(asked);
  });

  it("asks for the path of the region that is selected, which the picture stands for", () => {
    const picture = { selected_unit: 0, selected_part: 4 };
    const path = { ...picture, selected_class: 0, edge_meaning: "path" };
    expect(click("out/0", picture)).toEqual(path);
    expect(click("out/0", { selected_unit: 0 })).toMatchObject({ selected_unit: null, edge_meaning: "contribution" });
  });

  it("keeps the path of a region of flat rows, which is lit without a unit, and leaves it where it is not lit", () => {
    const asked = { selected_unit: null, selected_part: 4, selected_class: 0, edge_meaning: "path" as const };
    expect(click("out/1", asked)).toEqual({ ...asked, selected_class: 1 });
    const left = { ...asked, edge_meaning: "weight" as const };
    expect(click("out/1", left)).toEqual({ ...asked, selected_class: 1, edge_meaning: "contribution" });
  });
});

describe("a cleared selection", () => {
  it("gives back what the edges showed before a class was asked about", () => {
    const { model, traits } = viewOf({ edge_meaning: "weight_activation" });
    const selection = new Selection(model);
    selection.save({ selected_class: 0, edge_meaning: "contribution" });
    selection.remember();
    expect(selection.isEmpty).toBe(false);
    selection.clear();
    expect(traits).toEqual({ selected_unit: null, selected_class: null, edge_meaning: "weight_activation" });
    expect(selection.isEmpty).toBe(true);
  });

  it("is not empty while edges show what a block that closed has taken away", () => {
    const { model, traits } = viewOf({ edge_meaning: "path" });
    const selection = new Selection(model);
    expect(selection.isEmpty).toBe(false);
    selection.clear();
    expect(traits.edge_meaning).toBe("weight");
    expect(selection.isEmpty).toBe(true);
  });
});
