import { describe, expect, it } from "vitest";
import { inSight, scrollFor } from "../../../src/widgets/importance_matrix/span.ts";

describe("inSight", () => {
  it("takes the rows that are partly seen too, and some more on either side", () => {
    expect(inSight(270, 100, 27, 1000, 0)).toEqual([10, 14]);
    expect(inSight(270, 100, 27, 1000, 3)).toEqual([7, 17]);
  });

  it("stops at the ends", () => {
    expect(inSight(0, 100, 27, 3, 4)).toEqual([0, 3]);
    expect(inSight(2_699_900, 100, 27, 100_000, 4)).toEqual([99_992, 100_000]);
    expect(inSight(5000, 100, 27, 10, 4)).toEqual([10, 10]);
  });

  it("is nothing where there is no room", () => {
    expect(inSight(0, 0, 27, 10, 4)).toEqual([0, 0]);
    expect(inSight(0, -26, 27, 10, 4)).toEqual([0, 0]);
  });
});

describe("scrollFor", () => {
  it("stays where all is in sight", () => {
    expect(scrollFor(100, 50, 110, 140)).toBe(100);
  });

  it("goes no further than needed, up or down", () => {
    expect(scrollFor(100, 50, 80, 107)).toBe(80);
    expect(scrollFor(100, 50, 140, 167)).toBe(117);
  });

  it("shows the start of what is larger than the room", () => {
    expect(scrollFor(100, 50, 120, 192)).toBe(120);
  });
});
