import { describe, expect, it } from "vitest";
import { load } from "../../../src/widgets/training_charts/models.ts";

describe("load", () => {
  it("puts widgets in the place of references, however deep they lie, and leaves the rest", async () => {
    const manager = { get_model: (id: string) => Promise.resolve({ id } as never) };
    const found = await load([{ cursor: "IPY_MODEL_a", curves: ["IPY_MODEL_b"], form: "percent", top: 1.5 }], manager);
    expect(found).toEqual([{ cursor: { id: "a" }, curves: [{ id: "b" }], form: "percent", top: 1.5 }]);
    expect(await load(null, manager)).toBeNull();
  });
});
