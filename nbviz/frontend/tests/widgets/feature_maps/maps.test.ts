import { describe, expect, it } from "vitest";
import { classPlace, decodeMaps, orderOf, overlayOf, plane, scaleOf } from "../../../src/widgets/feature_maps/maps.ts";
import { maps, message } from "./maps_of.ts";

describe("the numbers", () => {
  it("are found by their keys", () => {
    expect([...plane(maps(), "after", 1)]).toEqual([0, 2, 3, 0]);
    expect([...plane(maps(), "before", 1)]).toEqual([-3, 2, 3, -1]);
  });

  it("are none while they are not all there", () => {
    const { wire, numbers } = message();
    expect(decodeMaps(wire, new DataView(numbers.buffer, 1, 60))).toBeNull();
    expect(decodeMaps({ ...wire, channels: 5 }, numbers)).toBeNull();
    expect(decodeMaps({}, numbers)).toBeNull();
  });

  it("have the whole colour at the layer's scale, or at a map's own largest", () => {
    expect(scaleOf(maps(), "after", plane(maps(), "after", 1), false)).toBe(4);
    expect(scaleOf(maps(), "before", plane(maps(), "before", 1), false)).toBe(5);
    expect(scaleOf(maps(), "before", plane(maps(), "before", 1), true)).toBe(3);
    expect(scaleOf(maps(), "after", Float32Array.of(0, 0), true)).toBe(1);
  });
});

describe("the order", () => {
  it("is by index, by the mean, or by the size of the importance for the class", () => {
    expect([...orderOf(maps(), "index", 0)]).toEqual([0, 1, 2]);
    expect([...orderOf(maps(), "activation", 0)]).toEqual([2, 1, 0]);
    expect([...orderOf(maps(), "importance", 0)]).toEqual([1, 2, 0]);
    expect([...orderOf(maps(), "importance", 1)]).toEqual([1, 2, 0]);
  });

  it("puts what is no number last", () => {
    const broken = maps({}, { mean: [Number.NaN, 1, 2] });
    expect([...orderOf(broken, "activation", 0)]).toEqual([2, 1, 0]);
  });
});

describe("the class", () => {
  it("is the selected one, else the predicted, else the first", () => {
    expect(classPlace(maps(), 0)).toBe(0);
    expect(classPlace(maps(), null)).toBe(1);
    expect(classPlace(maps({ predicted: null }), null)).toBe(0);
    expect(classPlace(maps(), 7)).toBe(-1);
    expect(classPlace(maps({ classes: [] }), null)).toBe(-1);
  });

  it("has an overlay of its own", () => {
    const numbers = overlayOf(maps(), "grad_cam", 0)!;
    expect([[...numbers.values], numbers.rows, numbers.columns, numbers.scale]).toEqual([[0, 1, 2, 3], 2, 2, 3]);
    expect(overlayOf(maps(), "none", 0)).toBeNull();
    expect(overlayOf(maps(), "attribution", 0)).toBeNull();
    expect(overlayOf(maps(), "grad_cam", -1)).toBeNull();
  });
});
