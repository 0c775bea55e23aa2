import { describe, expect, it } from "vitest";
import { decodeFrame, floats, isMean, numberAt } from "../../src/picture/frame.ts";
import { frame, header, network } from "./network.ts";

describe("decodeFrame", () => {
  it("reads header and arrays", () => {
    const moment = decodeFrame(frame({ sample_name: "Bärbel’s" }), network())!;
    expect(moment.header.sample_name).toBe("Bärbel’s");
    expect([...floats(moment, "connection/0/kernel")!]).toEqual([1, 2, 3, 4, 10, 20, 30, 40]);
    expect(moment.shapes.get("connection/0/kernel")).toEqual([2, 4]);
    expect([...moment.arrays.get("layer/hidden/term_unit")!]).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("reads bytes that lie at any offset of their buffer", () => {
    const moment = decodeFrame(frame({}, 3), network())!;
    expect([...floats(moment, "layer/in/a")!]).toEqual([1, -2]);
  });

  it("refuses a frame of another network", () => {
    expect(decodeFrame(frame({ version: 6 }), network())).toBeNull();
  });

  it("takes no bytes for no frame", () => {
    expect(decodeFrame(new DataView(new ArrayBuffer(0)), network())).toBeNull();
    expect(decodeFrame(null, network())).toBeNull();
  });

  it("does not know what was not sent", () => {
    const moment = decodeFrame(frame(), network())!;
    expect(numberAt(moment, "layer/nowhere/a", 0)).toBeNaN();
    expect(numberAt(moment, "layer/in/a", -1)).toBeNaN();
  });
});

describe("isMean", () => {
  it("holds for the mean over x only", () => {
    expect(isMean({ ...header(), sample: null, sample_name: "mean of 45 rows" })).toBe(true);
    expect(isMean(header())).toBe(false);
    expect(isMean({ ...header(), sample: null, sample_name: null })).toBe(false);
  });
});
