import { describe, expect, it } from "vitest";
import { hasMaps } from "../../src/picture/faces.ts";
import { channelMoment, channels } from "./channels.ts";

describe("a layer of channels without data", () => {
  it("has no maps to scale", () => {
    const moment = channelMoment();
    const [second, out] = [channels().layers[3]!, channels().layers[5]!];
    expect(hasMaps(second, moment)).toBe(true);
    expect(hasMaps(out, moment)).toBe(false);
    expect(hasMaps(channels().layers[1]!, moment)).toBe(false);
  });
});
