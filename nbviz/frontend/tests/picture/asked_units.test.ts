import { describe, expect, it } from "vitest";
import { widened, withAsked } from "../../src/picture/asked_units.ts";
import { header, network } from "./network.ts";

/** The small network with two of its four hidden candidates, the other two asked for. */
function asked() {
  const wire = network();
  wire.layers[1] = { ...wire.layers[1]!, candidates: [0, 1], ranks: [0, 1] };
  return withAsked(wire, { ...header(), asked: [{ layer: 1, units: [3, 2], ranks: [3, 2] }] });
}

describe("withAsked", () => {
  it("puts the units that are asked for behind the candidates", () => {
    expect([asked().layers[1]!.candidates, asked().layers[1]!.ranks]).toEqual([
      [0, 1, 3, 2],
      [0, 1, 3, 2],
    ]);
  });

  it("leaves a network of which nothing is asked as it is", () => {
    const wire = network();
    expect(withAsked(wire, header())).toBe(wire);
  });
});

describe("widened", () => {
  it("has unknown weights where only those between candidates were sent", () => {
    const key = "connection/0/kernel";
    const arrays = new Map([
      [key, Float32Array.of(1, 2, 3, 4)],
      ["connection/0/input", Float32Array.of(5, 6)],
    ]);
    const read = { arrays, shapes: new Map([[key, [2, 2]]]) };
    const wide = widened(asked(), read);
    expect(wide.shapes.get(key)).toEqual([2, 4]);
    expect([...wide.arrays.get(key)!]).toEqual([1, 2, Number.NaN, Number.NaN, 3, 4, Number.NaN, Number.NaN]);
    expect(wide.arrays.get("connection/0/input")).toBe(arrays.get("connection/0/input"));
  });

  it("leaves weights as they are where all were sent", () => {
    const key = "connection/1/kernel";
    const arrays = new Map([[key, Float32Array.of(1, 2, 3, 4)]]);
    expect(widened(asked(), { arrays, shapes: new Map([[key, [4, 1]]]) }).arrays.get(key)).toBe(arrays.get(key));
  });
});
