import { describe, expect, it } from "vitest";
import {
  layLabels,
  liveWords,
  spanOf,
  viewingWords,
} from "../../../../src/widgets/network_diagram/controls/timeline.ts";
import type { MomentWire } from "../../../../src/wire.ts";

describe("viewingWords", () => {
  it("name the epoch and how many there are", () => {
    expect(viewingWords("epoch 44", "epoch 60")).toBe("viewing epoch 44 of 60");
    expect(viewingWords("epoch 44, batch 3", "epoch 60, batch 1")).toBe("viewing epoch 44 of 60, batch 3");
  });

  it("leave what is no epoch as it is", () => {
    expect(viewingWords("before training", "epoch 60")).toBe("viewing before training");
    expect(viewingWords("epoch 1", "end")).toBe("viewing epoch 1");
  });
});

describe("liveWords", () => {
  const moments = [{ label: "before training" }, { label: "epoch 1" }, { label: "epoch 2" }] as MomentWire[];

  it("say where the live network is while it is not at the end", () => {
    expect(liveWords({ moments, live: null })).toBe("live · 3 moments kept");
    expect(liveWords({ moments, live: 0 })).toBe("live: before training");
  });
});

describe("spanOf", () => {
  const moments = [{ step: 4 }, { step: 30 }] as MomentWire[];

  it("goes from the start of the run to the last moment", () => {
    expect(spanOf({ moments, perEpoch: 10 })).toBe(30);
    expect(spanOf({ moments, perEpoch: null })).toBe(30);
  });

  it("is an epoch at the least, as the axis of the curves", () => {
    expect(spanOf({ moments, perEpoch: 50 })).toBe(50);
    expect(spanOf({ moments: [], perEpoch: null })).toBe(1);
  });
});

describe("layLabels", () => {
  const room = 400;

  it("centres a label beneath its mark", () => {
    expect(layLabels([{ x: 100, width: 60 }], room)).toEqual([70]);
  });

  it("keeps labels inside the track", () => {
    expect(
      layLabels(
        [
          { x: 0, width: 60 },
          { x: 400, width: 60 },
        ],
        room,
      ),
    ).toEqual([0, 340]);
  });

  it("moves two that are near each other apart, each still at its mark", () => {
    const marks = [
      { x: 200, width: 80 },
      { x: 240, width: 100 },
    ];
    const [one, other] = layLabels(marks, room) as [number, number];
    expect(other - (one + 80)).toBeGreaterThanOrEqual(12);
    expect(one + 80).toBeGreaterThanOrEqual(196);
    expect(other).toBeLessThanOrEqual(244);
  });

  it("gives what went wrong its room first", () => {
    const marks = [
      { x: 100, width: 80 },
      { x: 106, width: 80, urgent: true },
      { x: 170, width: 60, urgent: true },
    ];
    const lefts = layLabels(marks, 180);
    expect(lefts[0]).toBeNull();
    expect(lefts.slice(1).every((left) => left !== null)).toBe(true);
  });

  it("leaves out what there is no room for, in whatever order they come", () => {
    const marks = [
      { x: 106, width: 80 },
      { x: 100, width: 80 },
      { x: 103, width: 80 },
    ];
    const lefts = layLabels(marks, 170);
    expect(lefts.filter((left) => left !== null)).toHaveLength(1);
    expect(lefts[1]).not.toBeNull();
    expect(layLabels([{ x: 10, width: 500 }], room)).toEqual([null]);
  });
});
