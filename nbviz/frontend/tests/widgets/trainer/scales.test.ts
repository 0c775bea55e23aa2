import { describe, expect, it } from "vitest";
import { RATES, rateAt, ratePlace, SPEEDS, speedAt, speedPlace } from "../../../src/widgets/trainer/scales.ts";

describe("the scale of learning rates", () => {
  it("goes from 1e-6 to 10 and up all the way", () => {
    expect(RATES[0]).toBe(1e-6);
    expect(RATES.at(-1)).toBe(10);
    expect(RATES.every((rate, index) => index === 0 || rate > RATES[index - 1]!)).toBe(true);
  });

  it("finds each rate where it put it", () => {
    expect(RATES.map((rate) => rateAt(ratePlace(rate)))).toEqual(RATES);
  });

  it("puts another rate between its neighbours by its logarithm", () => {
    const place = ratePlace(Math.sqrt(0.001 * 0.0015));
    expect(place).toBeCloseTo(RATES.indexOf(0.001) + 0.5, 10);
  });

  it("keeps what lies outside at its ends", () => {
    expect([ratePlace(0), ratePlace(null), ratePlace(1e-9), ratePlace(500)]).toEqual([0, 0, 0, RATES.length - 1]);
    expect([rateAt(-3), rateAt(1e9)]).toEqual([1e-6, 10]);
  });
});

describe("the scale of speeds", () => {
  it("ends at full", () => {
    expect(SPEEDS.at(-1)).toBeNull();
    expect(SPEEDS.map((speed) => speedAt(speedPlace(speed)))).toEqual(SPEEDS);
  });

  it("keeps a limit faster than all on offer before full", () => {
    expect(speedPlace(9999)).toBe(SPEEDS.length - 2);
  });
});
