import { describe, expect, it } from "vitest";
import { easeOut, Moving } from "../../src/picture/motion.ts";

describe("easeOut", () => {
  it("has come seven eighths of the way at half time", () => {
    expect(easeOut(0.5)).toBe(0.875);
  });
});

describe("Moving", () => {
  it("starts where it is and ends where it was sent", () => {
    const moving = new Moving(1);
    const keys = ["a"];
    moving.head(keys, Float32Array.of(0));
    moving.step(1);
    moving.head(keys, Float32Array.of(8));
    moving.step(0.5);
    expect(moving.now[0]).toBe(7);
    moving.step(1);
    expect(moving.now[0]).toBe(8);
  });

  it("knows things by their keys when others come and go", () => {
    const moving = new Moving(1);
    moving.head(["a", "b"], Float32Array.of(1, 2));
    moving.step(1);
    moving.head(["b", "c"], Float32Array.of(20, 30), (_, values) => values.set([5]));
    expect([...moving.now]).toEqual([2, 5]);
  });

  it("jumps to and from what is not known", () => {
    const moving = new Moving(1);
    const keys = ["a"];
    moving.head(keys, Float32Array.of(Number.NaN));
    moving.head(keys, Float32Array.of(4));
    moving.step(0.1);
    expect(moving.now[0]).toBe(4);
  });
});
