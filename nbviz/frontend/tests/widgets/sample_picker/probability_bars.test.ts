import { describe, expect, it } from "vitest";
import { rankClasses } from "../../../src/widgets/sample_picker/probability_bars.ts";

describe("the bars of classes", () => {
  it("are ranked where there are more than can be seen", () => {
    expect(rankClasses([0.1, 0.7, 0.2])).toEqual([0, 1, 2]);
    expect(rankClasses([0, 0.1, 0.3, 0.2, 0.15, 0.05, 0.2])).toEqual([2, 3, 6, 4, 1, 5, 0]);
  });
});
