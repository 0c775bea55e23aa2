import { describe, expect, it } from "vitest";
import { cellUnit, Pointing } from "../../../src/widgets/network_diagram/pointing.ts";
import { network } from "../../picture/network.ts";
import { sceneOf } from "../../picture/scene_of.ts";

const scene = sceneOf();
const at = (key: string) => scene.placeOf.get(key)!;
const badge = (layer: number, units: number[]) => ({ kind: "dead", text: "", meaning: "", layer, units }) as const;

describe("what is pointed at", () => {
  it("goes before the keyboard, a badge, a path and the selection, in this order", () => {
    const pointing = new Pointing();
    const target = (path = false) => pointing.target(scene, at("out/0"), path);
    expect(target()).toEqual({ kind: "place", place: at("out/0") });
    expect(target(true)).toEqual({ kind: "path" });
    pointing.badge = badge(1, [1]);
    // Hidden units have the ids from 2 on.
    expect(target(true)).toEqual({ kind: "units", ids: [3] });
    pointing.keyboard = at("in/0");
    expect(target(true)).toEqual({ kind: "place", place: at("in/0") });
    pointing.hover = { kind: "edge", edge: 0 };
    expect(target(true)).toEqual({ kind: "edge", edge: 0 });
    // A cell only says what it is.
    pointing.hover = { kind: "cell", strip: 0, cell: 3 };
    expect(target(true)).toEqual({ kind: "place", place: at("in/0") });
    expect(pointing.carded).toEqual({ kind: "cell", strip: 0, cell: 3 });
  });

  it("rings the ends of an edge, and all units of a layer that a badge is about", () => {
    const pointing = new Pointing();
    pointing.badge = badge(0, []);
    expect([...pointing.ringed(scene)]).toEqual([at("in/0"), at("in/1")]);
    pointing.hover = { kind: "edge", edge: scene.edges.findIndex(({ key }) => key === "in/0>hidden/1") };
    expect([...pointing.ringed(scene)]).toEqual([at("in/0"), at("hidden/1")]);
  });

  it("marks the unit of a cell beside the selected one", () => {
    const pointing = new Pointing();
    pointing.hover = { kind: "cell", strip: 0, cell: 3 };
    expect(cellUnit(scene, 0, 3)).toBe(5);
    expect([...pointing.marked(scene, at("hidden/0"))]).toEqual([2, 5]);
  });

  it("is found again in another scene by what it is, and forgotten where it is gone", () => {
    const wire = network();
    wire.layers[1]!.shown = [0, 3];
    const after = sceneOf(wire);
    const pointing = new Pointing();
    pointing.hover = { kind: "place", place: at("hidden/1") };
    pointing.keyboard = at("out/0");
    pointing.carryOver(scene, after);
    expect(pointing.hover).toBeNull();
    expect(pointing.keyboard).toBe(after.placeOf.get("out/0"));
  });
});
