import { describe, expect, it } from "vitest";
import { grouped, percent, short, signed } from "../../src/style/numbers.ts";

describe("numbers", () => {
  it("group thousands by thin spaces", () => {
    expect(grouped(10048)).toBe("10\u2009048");
    expect(grouped(999)).toBe("999");
  });

  it("carry as many decimals as a glance takes in", () => {
    expect([0, 0.4567, 13.24, 104.2, 1065.4].map(short)).toEqual(["0.00", "0.46", "13.2", "104", "1\u2009065"]);
    expect(short(0.0042)).toBe("0.004");
    expect(short(0.00003)).toBe("3e−5");
  });

  it("have a real minus", () => {
    expect([signed(-1.15), signed(0.08), signed(Number.NaN)]).toEqual(["−1.15", "+0.08", "NaN"]);
  });

  it("never call something nothing", () => {
    expect([0.714, 0.004, 0.9999, 1].map(percent)).toEqual(["71 %", "< 1 %", "> 99 %", "100 %"]);
  });
});
