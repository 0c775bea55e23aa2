import { describe, expect, it } from "vitest";
import { Evidence, twoDecimals } from "../../../src/widgets/image_evidence/evidence.ts";
import type { ImageEvidenceWire } from "../../../src/wire.ts";

/** Two squares, three classes, one region for each square. */
function evidenceOf(changes: Partial<ImageEvidenceWire> = {}): Evidence {
  const numbers: Record<string, number[]> = {
    values: [1, -2, 3, 4, -5, 6],
    regions: [1, -2, 3, 4, -5, 6],
    start: [0.5, 0, -1],
    end: [-0.5, 7, 0],
    p: [0.1, 0.8, 0.1],
  };
  const whole: Record<string, number[]> = { labels: [0, 1], picture: [0, 255] };
  const bytes = new DataView(new ArrayBuffer(200));
  let offset = 0;
  const arrays: ImageEvidenceWire["arrays"] = [];
  for (const [values, dtype] of [
    [numbers, "f4"],
    [whole, "i4"],
  ] as const) {
    for (const [key, list] of Object.entries(values)) {
      arrays.push({ key, dtype, shape: [list.length], offset });
      for (const value of list) {
        if (dtype === "f4") bytes.setFloat32(offset, value, true);
        else bytes.setInt32(offset, value, true);
        offset += 4;
      }
    }
  }
  const wire = {
    name: "sample 1",
    classes: ["a", "b", "c"],
    sent: [0, 1, 2],
    predicted: 1,
    truth: 2,
    has_classes: true,
    start_name: "average of 9 rows",
    end_name: "centred logit",
    gap: 0.012,
    rows: 1,
    columns: 2,
    regions: ["left", "right"],
    bands: 1,
    picture_rows: 1,
    picture_columns: 2,
    plane: null,
    text: null,
    note: "",
    arrays,
    ...changes,
  };
  return Evidence.decode(wire, bytes)!;
}

describe("the evidence in a picture", () => {
  it("shows the class read and the true one, or the next likely", () => {
    expect(evidenceOf().shown(null)).toEqual([
      [1, "predicted"],
      [2, "true"],
    ]);
    expect(evidenceOf({ truth: 1 }).shown(null)).toEqual([
      [1, "predicted, true"],
      [2, "next likely"],
    ]);
    expect(evidenceOf({ truth: null }).shown(1)).toEqual([
      [1, "predicted"],
      [2, "next likely"],
    ]);
  });

  it("shows a selected class beside them", () => {
    expect(evidenceOf().shown(0)).toEqual([
      [1, "predicted"],
      [0, "selected"],
      [2, "true"],
    ]);
  });

  it("says nothing of a class that was not sent", () => {
    const found = evidenceOf({ sent: [1, 2, 0].slice(0, 2) });
    expect(found.shown(0)).toEqual([
      [1, "predicted"],
      [2, "true"],
    ]);
    expect(found.region(0, 1)).toBeNull();
  });

  it("adds up: average, pixels for, pixels against", () => {
    const found = evidenceOf();
    expect(found.sums(0)).toEqual([
      ["average of 9 rows", 0.5],
      ["pixels for", 1],
      ["pixels against", -2],
      ["centred logit", -0.5],
    ]);
    for (const index of [0, 1, 2]) {
      const [start, up, down, end] = found.sums(index).map(([, value]) => value);
      expect(start! + up! + down!).toBeCloseTo(end!, 6);
    }
    expect(found.gapWords).toBe("adds up to within 0.01");
    expect(evidenceOf({ gap: 0 }).gapWords).toBe("adds up");
  });

  it("says of a sequence and of a text what it is that adds up", () => {
    const plane = { lanes: ["heart"], features: [0], others: 0, steps: 2, block: 1, words: "" };
    const text = { tokens: ["good", "film"], padding: [], ids: [3, 4] };
    expect(evidenceOf({ plane }).sums(1)[1]).toEqual(["cells for", 7]);
    expect(evidenceOf({ text }).sums(1)[2]).toEqual(["tokens against", 0]);
  });

  it("has one scale for the classes it shows", () => {
    expect(evidenceOf().scale([0, 1])).toBe(4);
    expect(evidenceOf().scale([2])).toBe(6);
  });

  it("is nothing while its numbers are on their way", () => {
    expect(Evidence.decode({}, undefined)).toBeNull();
    expect(Evidence.decode(evidenceOf().wire, new DataView(new ArrayBuffer(8)))).toBeNull();
  });
});

describe("numbers that are added up", () => {
  it.each([
    [1.184, "+1.18"],
    [-0.8, "\u22120.80"],
    [0.001, "0.00"],
    [-0.001, "0.00"],
    [Number.NaN, "NaN"],
  ])("%s is %s", (value, words) => {
    expect(twoDecimals(value)).toBe(words);
  });
});
