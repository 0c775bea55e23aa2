import { describe, expect, it } from "vitest";
import { LIGHT, type Theme } from "../../../src/style/theme.ts";
import { fillOf } from "../../../src/widgets/importance_matrix/cell.ts";
import { tableOf, wireOf } from "./table_of.ts";

const light = { ...LIGHT, dark: false, font: "" } as Theme;

describe("fillOf", () => {
  const table = tableOf(wireOf(["a", "b"], ["x", "y"], { deepest: 0.5 }), {
    share: [0.5, 0.5, 0, 0.5],
    hue: [1, 2, 3, 0],
  });

  it("is the full token at the deepest share", () => {
    expect(fillOf(table, 0, light)).toEqual(LIGHT.positive);
    expect(fillOf(table, 1, light)).toEqual(LIGHT.negative);
  });

  it("keeps 12 % of the hue at nothing, and none below the noise floor", () => {
    expect(fillOf(table, 2, light)![0]).toBeCloseTo(255 - 0.12 * (255 - 0x9a), 4);
    expect(fillOf(table, 3, light)).toBeNull();
  });
});
