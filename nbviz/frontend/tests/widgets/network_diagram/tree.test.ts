import { describe, expect, it } from "vitest";
import { placeWords } from "../../../src/widgets/network_diagram/tree.ts";
import { folded, pictured } from "../../picture/blocks.ts";
import { channelMoment, channels } from "../../picture/channels.ts";
import { sceneOf } from "../../picture/scene_of.ts";

describe("what a screen reader hears of a place", () => {
  it("names a channel, its mean and its rank", () => {
    const scene = sceneOf(channels());
    const words = placeWords(scene, channelMoment(), scene.placeOf.get("second/1")!);
    expect(words).toBe("channel 1 of second, mean activation 2.00, rank 2");
  });

  it("names all layers of a block", () => {
    const scene = folded(14);
    const place = scene.places.findIndex(({ kind }) => kind === "block");
    expect(placeWords(scene, null, place)).toContain("conv_13");
  });

  it("tells what a block shows and its parts", () => {
    const scene = pictured();
    const place = scene.places.findIndex(({ kind }) => kind === "block");
    expect(placeWords(scene, null, place)).toBe("hidden, LSTM, 4 units × 9 steps, input, forget");
  });
});
