import { describe, expect, it } from "vitest";
import { focusOn } from "../../src/picture/focus.ts";
import { EDGE, edgeLooks } from "../../src/picture/looks.ts";
import { channelMoment, channelValues } from "./channels.ts";
import { plainly } from "./scene_of.ts";

describe("edges between channels", () => {
  it("of a norm in the middle of the scale are much fainter than the largest", () => {
    const { scene, values } = channelValues("weight");
    const looks = edgeLooks(
      scene,
      channelMoment(),
      values,
      plainly("weight").showing,
      focusOn(scene, null, plainly("weight").showing, values),
    );
    const opacity = (key: string) =>
      looks[scene.edges.findIndex((edge) => edge.key === key) * EDGE.stride + EDGE.opacity]!;
    expect(opacity("first_pool/2>second/1")).toBeGreaterThan(0.8);
    expect(opacity("first_pool/2>second/0")).toBeLessThan(0.12);
  });
});
