import { describe, expect, it } from "vitest";
import { edgeValues } from "../../../../src/picture/edges.ts";
import type { Moment } from "../../../../src/picture/frame.ts";
import { cardFor } from "../../../../src/widgets/network_diagram/card/card_content.ts";
import { drawnWords } from "../../../../src/widgets/network_diagram/status.ts";
import { network } from "../../../picture/network.ts";
import { momentOf, plainly, sceneOf } from "../../../picture/scene_of.ts";

/** The small network as a difference: its numbers are changes, with what was before and is after beside them. */
function changed() {
  const scene = sceneOf({ ...network(), change: { before: "old", after: "new" }, samples: 0 });
  const moment = momentOf({ sample: null, sample_name: "mean of 9 rows" });
  const more: [string, number[]][] = [
    ["layer/hidden/before", [1, 0, 2, 0]],
    ["layer/hidden/after", [4, 0, 7, 0]],
    ["connection/0/before", [0.5, 0, 0, 0, 0, 0, 0, 0]],
    ["connection/0/after", [1.5, 0, 0, 0, 0, 0, 0, 0]],
  ];
  const arrays = new Map(moment.arrays);
  for (const [key, values] of more) arrays.set(key, Float32Array.from(values));
  for (const key of ["layer/hidden/z", "layer/hidden/term_a"])
    arrays.set(key, Float32Array.from(Array(8).fill(Number.NaN)));
  const shown: Moment = { ...moment, arrays };
  const { showing } = plainly("weight");
  const values = edgeValues(scene.network, scene.edges, shown, showing);
  return { scene, moment: shown, showing, values };
}

describe("cards of a difference", () => {
  it("tell of a unit what it was, what it is and the change", () => {
    const { scene, moment, showing, values } = changed();
    const place = scene.places.findIndex(({ layer, unit }) => layer === 1 && unit === 0);
    const card = cardFor(scene, moment, showing, values, { kind: "place", place })!;
    expect(card.facts.map(({ label, text }) => `${label}: ${text}`)).toEqual([
      "mean activation, old: 1.00",
      "mean activation, new: 4.00",
      "change: +3.00",
      "change of its bias: +0.50",
    ]);
    expect(card.terms.map(({ label, value }) => [label, value])).toEqual([
      ["x0", 1],
      ["x1", 2],
    ]);
    expect(card.formula).toEqual([]);
  });

  it("tell of an edge both weights and the change", () => {
    const { scene, moment, showing, values } = changed();
    const edge = scene.edges.findIndex(({ connection, s, t }) => connection === 0 && s === 0 && t === 0);
    const card = cardFor(scene, moment, showing, values, { kind: "edge", edge })!;
    expect(card.facts.map(({ text }) => text)).toEqual(["+0.50", "+1.50", "+1.00"]);
    expect(card.facts.map(({ label }) => label)).toEqual(["w, old", "w, new", "change"]);
  });

  it("and the status says what the share is of", () => {
    const { scene, moment, values } = changed();
    const drawn = { edges: 6, all: 12, share: 0.25 };
    expect(drawnWords(scene, moment, drawn, plainly("weight"), values, false).join("")).toContain("25 % of Σ|Δw|");
  });
});
