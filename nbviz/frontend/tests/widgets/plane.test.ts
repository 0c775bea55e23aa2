import { describe, expect, it } from "vitest";
import { laneHeight } from "../../src/widgets/plane.ts";

describe("a lane", () => {
  it("is as high as there is room, and higher for a series", () => {
    expect([1, 4, 8, 16, 24].map((lanes) => laneHeight(lanes, false))).toEqual([24, 24, 19, 15, 13]);
    expect([1, 8, 16, 24].map((lanes) => laneHeight(lanes, true))).toEqual([28, 23, 19, 13]);
  });
});
