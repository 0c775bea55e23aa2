import { describe, expect, it } from "vitest";
import { decodeKernels } from "../../../src/widgets/kernel_grid/kernels.ts";
import { factsOf, sizeWords, titleOf, totalWords } from "../../../src/widgets/kernel_grid/words.ts";
import { kernelsOf, message } from "./kernels_of.ts";

describe("the words of the grid", () => {
  it("say what a tile is", () => {
    const kernels = kernelsOf(decodeKernels);
    const [norm, scale, importance] = factsOf(kernels, "channels", false, { filter: 1, channel: 0 });
    expect(norm).toContain("of 1.00, no bias");
    expect(scale).toBe("scale ±1.00, whole layer");
    expect(importance).toBe("importance 1.00");
  });

  it("name the input that a grouped filter reads", () => {
    const kernels = kernelsOf(decodeKernels, { groups: 2 });
    kernels.firstInput[3] = 2;
    expect(titleOf(kernels, "channels", { filter: 3, channel: 1 })).toBe("filter 3, input 3");
  });

  it("tell sizes in the order of the axes", () => {
    expect(sizeWords(message({ depth: 2 }).wire)).toBe("2 × 3 × 3");
    expect(sizeWords(message({ rows: 1, columns: 5, flat: true }).wire)).toBe("5");
    expect(totalWords(message().wire)).toBe("4 filters of 3 × 3 × 2");
  });
});
