import { describe, expect, it } from "vitest";
import type { RidgePlot, Widget } from "../../../src/widgets/training_charts/models.ts";
import { showRidges } from "../../../src/widgets/training_charts/ridges.ts";

class Mark implements Widget {
  readonly state: Record<string, unknown>;

  constructor(state: Record<string, unknown> = {}) {
    this.state = state;
  }

  get(name: string): unknown {
    return this.state[name];
  }

  set_state(state: Record<string, unknown>): void {
    Object.assign(this.state, state);
  }
}

/** Three ridges, at the steps 0, 10 and 20. */
function show(step: number | null) {
  const marks = {
    ridges: new Mark({ x: [[1], [2], [3]], y: [[4], [5], [6]] }),
    shown: new Mark(),
    labels: new Mark({ x: [0.1, 0.2, 0.3], y: [7, 8, 9] }),
    shown_label: new Mark(),
  };
  const looks = { past: ["p", "P"], present: ["n", "N"], future: ["f", "F"] } as const;
  showRidges(
    { ...marks, ...looks } as unknown as RidgePlot,
    [0, 10, 20],
    ["start", "", "end"],
    ["0", "10", "20"],
    step,
  );
  return Object.fromEntries(Object.entries(marks).map(([name, { state }]) => [name, state]));
}

describe("showRidges", () => {
  it("brings the latest ridge at or before the step forward, and fades those to come", () => {
    const { ridges, shown, labels, shown_label } = show(15);
    expect([ridges!.colors, ridges!.fill_colors]).toEqual([
      ["p", "n", "f"],
      ["P", "N", "F"],
    ]);
    expect(shown).toEqual({ x: [[2]], y: [[5]], visible: true });
    expect(labels!.text).toEqual(["start", "", "end"]);
    expect(shown_label).toEqual({ x: [0.2], y: [8], text: ["10"] });
  });

  it("says the label of the shown one once", () => {
    expect(show(20).labels!.text).toEqual(["start", "", ""]);
  });

  it("leaves all as they are where nothing is looked back at", () => {
    const { ridges, shown, shown_label } = show(null);
    expect(ridges!.colors).toEqual(["p", "p", "p"]);
    expect(shown).toEqual({ visible: false });
    expect(shown_label).toEqual({ x: [], y: [], text: [] });
  });
});
