import { describe, expect, it } from "vitest";
import { Arrivals } from "../../../src/widgets/network_diagram/arrivals.ts";
import { Asking } from "../../../src/widgets/network_diagram/asking.ts";
import { Selection, type Traits } from "../../../src/widgets/network_diagram/selection.ts";
import { explanationBytes } from "../../picture/explanation.ts";
import { frame, network } from "../../picture/network.ts";
import { sceneOf } from "../../picture/scene_of.ts";
import { viewOf } from "./model_of.ts";

function asking(traits: Partial<Traits> = {}, kernel = false) {
  const given = viewOf({ network: network(), frame: frame(), ...traits }, kernel);
  const arrivals = new Arrivals(given.view);
  arrivals.read();
  return { ...given, arrivals, asked: new Asking(given.view, new Selection(given.model), arrivals) };
}

describe("what the edges are asked", () => {
  it("has the units in the picture that carry most of a path; without it those that always are", () => {
    const path = { edge_meaning: "path", selected_unit: 1, selected_class: 0 } as const;
    const { asked, traits } = asking({ ...path, explanation: explanationBytes({}, [3, 2]) });
    asked.ask();
    expect(asked.shown()[1]).toEqual([3, 2]);
    Object.assign(traits, { edge_meaning: "weight", selected_unit: null, selected_class: null });
    asked.ask();
    expect(asked.shown()).toEqual(network().layers.map(({ shown }) => shown));
  });

  it("has the selected unit in the picture, and none that was selected before", () => {
    const { asked, traits } = asking();
    // Hidden units have the ids from 2 on.
    for (const [unit, expected] of [
      [4, [0, 2]],
      [5, [0, 3]],
      [null, [0, 1]],
    ] as const) {
      traits.selected_unit = unit;
      asked.ask();
      expect(asked.shown()[1]).toEqual(expected);
    }
  });

  it("can be answered with a sample, by a kernel or by what was explained", () => {
    expect(asking().asked.isAnswerable).toBe(false);
    expect(asking({ explanation: explanationBytes() }).asked.isAnswerable).toBe(true);
    expect(asking({}, true).asked.isAnswerable).toBe(true);
    const without = asking({ frame: frame({ sample_name: null }), explanation: explanationBytes() });
    expect(without.asked.isAnswerable).toBe(false);
  });

  it("knows the place of the class: the selected one, else the one that is answered", () => {
    const scene = sceneOf();
    expect(asking().asked.classPlace(scene)).toBeNull();
    expect(asking({ selected_class: 0 }).asked.classPlace(scene)).toBe(scene.placeOf.get("out/0"));
  });
});
