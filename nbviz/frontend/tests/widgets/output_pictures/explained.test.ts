import { describe, expect, it } from "vitest";

import { explainedWords, pressedRegion } from "../../../src/widgets/output_pictures/explained.ts";

describe("a press on a region of an output", () => {
  it("explains it, and pressed once more the whole", () => {
    expect(pressedRegion({ region: null, channel: null }, 3, null)).toEqual({ region: 3, channel: null });
    expect(pressedRegion({ region: 2, channel: null }, 3, null)).toEqual({ region: 3, channel: null });
    expect(pressedRegion({ region: 3, channel: null }, 3, null)).toEqual({ region: null, channel: null });
  });

  it("explains it of the channel in whose picture it was pressed", () => {
    expect(pressedRegion({ region: 3, channel: 0 }, 3, 1)).toEqual({ region: 3, channel: 1 });
    expect(pressedRegion({ region: 3, channel: 1 }, 3, 1)).toEqual({ region: null, channel: 1 });
  });
});

describe("the words", () => {
  const of = { regions: ["rows 0-2, left"], channels: ["cell", "edge"], region: null, channel: null, kernel: true };

  it("say of which channel and over which part the mean is", () => {
    expect(explainedWords(of)).toMatch(/^What is explained is the mean of each channel over all of it\. A click/);
    expect(explainedWords({ ...of, region: 0, channel: 1 })).toMatch(/the mean of edge over rows 0-2, left\. Another/);
    expect(explainedWords({ ...of, channels: ["again"] })).toMatch(/the mean of the output over all of it\./);
  });

  it("offer nothing without a kernel, or without regions", () => {
    const words = "What is explained is the mean of each channel over all of it.";
    expect(explainedWords({ ...of, kernel: false })).toBe(words);
    expect(explainedWords({ ...of, regions: [] })).toBe(words);
  });
});
