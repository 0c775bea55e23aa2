import { describe, expect, it } from "vitest";
import { focusOn } from "../../src/picture/focus.ts";
import { channels, link } from "./channels.ts";
import { plainly, sceneOf } from "./scene_of.ts";

describe("a channel in focus", () => {
  const focusAt = (key: string) => {
    const scene = sceneOf(channels());
    const place = scene.placeOf.get(key)!;
    const focus = focusOn(scene, { kind: "place", place }, plainly("weight").showing, new Float64Array(99));
    return {
      lit: [...focus.lit].map((at) => scene.places[at]!.key).sort(),
      edges: scene.edges.filter((_, index) => focus.edge(index) === "lit").map(({ key: edge }) => edge),
    };
  };

  it("lights its kernels with the maps behind them, its pooled map and what that leads to", () => {
    const { lit, edges } = focusAt("second/1");
    expect(lit).toEqual(
      ["first/0", "first/1", "first/2", "first_pool/0", "first_pool/1", "first_pool/2", "out/0", "out/1"].concat([
        "second/1",
        "second_pool/1",
      ]),
    );
    expect(edges).toContain("second_pool/1>out/0");
    expect(edges).not.toContain("image/0>first/0");
    expect(edges).not.toContain("first_pool/0>second/0");
  });

  it("is the same seen from its pooled map", () => {
    expect(focusAt("second_pool/1")).toEqual(focusAt("second/1"));
  });

  it("does not reach through a sum of several channels", () => {
    const wire = channels();
    wire.connections.push(link(2, 4));
    const scene = sceneOf(wire);
    const place = scene.placeOf.get("second/1")!;
    const focus = focusOn(scene, { kind: "place", place }, plainly("weight").showing, new Float64Array(99));
    const lit = [...focus.lit].map((at) => scene.places[at]!.key);
    expect(lit).toContain("second_pool/1");
    expect(lit).not.toContain("out/0");
  });
});
