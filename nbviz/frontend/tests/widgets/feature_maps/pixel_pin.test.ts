import { describe, expect, it } from "vitest";
import { PixelPin } from "../../../src/widgets/feature_maps/pixel_pin.ts";
import { maps } from "./maps_of.ts";

const key = (name: string) => ({ key: name, ctrlKey: false }) as KeyboardEvent;

describe("a pinned pixel", () => {
  it("is the upper left of the middle where the keys go into a map", () => {
    const pin = new PixelPin();
    pin.enter(maps(), 1);
    // Maps of 2 x 2 have no middle: rows and columns 0 and 1 are as near.
    expect([pin.at, pin.walks]).toEqual([{ channel: 1, row: 0, column: 0 }, true]);
  });

  it("is walked from, and stays inside the map", () => {
    const pin = new PixelPin();
    pin.enter(maps(), 1);
    expect(pin.pressed(key("ArrowRight"), maps())).toBe(true);
    expect(pin.pressed(key("ArrowRight"), maps())).toBe(true);
    expect(pin.at).toEqual({ channel: 1, row: 0, column: 1 });
    expect(pin.pressed(key("x"), maps())).toBe(false);
  });

  it("stays when the keys go back, and is where they come in again; Esc lets go of it", () => {
    const pin = new PixelPin();
    pin.put({ channel: 1, row: 1, column: 1 });
    pin.enter(maps(), 1);
    pin.rest();
    expect([pin.at, pin.walks]).toEqual([{ channel: 1, row: 1, column: 1 }, false]);
    pin.enter(maps(), 1);
    expect(pin.pressed(key("Escape"), maps())).toBe(true);
    expect([pin.at, pin.walks]).toEqual([null, false]);
  });
});
