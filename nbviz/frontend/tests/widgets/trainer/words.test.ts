import { describe, expect, it } from "vitest";
import {
  changeWords,
  limitWords,
  positionWords,
  previewTitle,
  rateWords,
  readRate,
  speedWords,
  statusWord,
  viewingWords,
  weightWords,
} from "../../../src/widgets/trainer/words.ts";
import type { TrainerWire } from "../../../src/wire.ts";

const state: TrainerWire = {
  status: "training",
  error: null,
  note: null,
  closed: false,
  updates: 1200,
  epoch: 60,
  batch: 20,
  epochs: null,
  steps_per_epoch: 20,
  batch_size: 32,
  batch_sizes: [32],
  learning_rate: 0.001,
  fixed_rate: null,
  optimizer: "Adam",
  updates_per_second: null,
  speed: null,
  latest: 1200,
  recorded: true,
  health: [],
  checked: [],
  preview: null,
};

describe("the place in the run", () => {
  it("is the epoch and batch of the last update", () => {
    expect(positionWords(state)).toBe("epoch 60, batch 20 of 20");
    expect(positionWords({ ...state, epochs: 100 })).toBe("epoch 60 of 100, batch 20 of 20");
  });

  it("does not count against a number of epochs that was passed", () => {
    expect(positionWords({ ...state, epochs: 50 })).toBe("epoch 60, batch 20 of 20");
  });

  it("is not told before there is one", () => {
    const start = { ...state, updates: 0, epoch: 0, batch: 0 };
    expect(positionWords({ ...start, status: "ready" })).toBe("20 batches an epoch");
    expect(positionWords({ ...start, status: "ready", steps_per_epoch: 1 })).toBe("1 batch an epoch");
    expect(positionWords(start)).toBe("compiling the first update");
  });

  it("is said of the moment that is looked at, with the batch where that is within an epoch", () => {
    expect(viewingWords(880, state)).toBe("viewing epoch 44 of 60");
    expect(viewingWords(881, state)).toBe("viewing epoch 45 of 60, batch 1");
    expect(viewingWords(0, state)).toBe("viewing the start of 60 epochs");
    expect(viewingWords(0, { ...state, latest: 0 })).toBe("viewing the start");
  });

  it("may lie behind the present one: after going back later moments stay", () => {
    expect(viewingWords(880, { ...state, updates: 200, epoch: 10 })).toBe("viewing epoch 44 of 60");
  });

  it("is never later than the last moment that there is", () => {
    expect(viewingWords(5000, state)).toBe("viewing epoch 60 of 60");
  });
});

describe("speeds", () => {
  it("are told in epochs where those are fast enough to count", () => {
    expect(speedWords(82, 20)).toBe("4.10 epochs/s");
    expect(speedWords(12, 20)).toBe("12.0 updates/s");
  });

  it("are full without a limit", () => {
    expect(limitWords(null)).toBe("full");
    expect(limitWords(0.5)).toBe("0.5 updates/s");
  });
});

describe("learning rates", () => {
  it("are written without trailing zeros and with a real minus", () => {
    expect([0.001, 0.3, 10, 0.0001, 0.00002, 0.0000155, null].map(rateWords)).toEqual([
      "0.001",
      "0.3",
      "10",
      "0.0001",
      "2e\u22125",
      "1.55e\u22125",
      "NaN",
    ]);
    // A float32 that Python hands over.
    expect(rateWords(0.0010000000474974513)).toBe("0.001");
  });

  it("are read as they are written", () => {
    expect([" 0,01 ", "2e\u22125", "1e-3"].map(readRate)).toEqual([0.01, 2e-5, 0.001]);
    expect(["", "0", "-1", "fast", "Infinity"].map(readRate)).toEqual([null, null, null, null, null]);
  });
});

describe("the change by one row", () => {
  const layer = { layer: "a", change: 0.151, share: 0.0025, largest: "c → unit 1", before: 0.0612, after: 0.0554 };

  it("is told as a sum and as a share", () => {
    expect(changeWords(layer)).toBe("Σ|Δw| 0.15, 0.25 % of Σ|w|");
    expect(changeWords({ ...layer, share: null })).toBe("Σ|Δw| 0.15");
    expect(changeWords({ ...layer, share: 0.00001 })).toBe("Σ|Δw| 0.15, < 0.01 % of Σ|w|");
  });

  it("shows a weight with the decimals that tell before from after", () => {
    expect(weightWords(0.0612, 0.0554)).toBe("+0.0612 → +0.0554");
    expect(weightWords(-0.5, 0.25)).toBe("\u22120.50 → +0.25");
    expect(weightWords(0.5, 0.5)).toBe("+0.50 → +0.50");
    expect(weightWords(0, -0.00002)).toBe("0.000000 → \u22120.000020");
  });

  it("names its row", () => {
    expect(previewTitle({ row: 3, rows: 1200, loss: 0.412, layers: [] })).toBe("Row 3 of 1\u2009200 alone, loss 0.41");
    expect(previewTitle({ row: 3, rows: 12, loss: null, layers: [] })).toBe("Row 3 of 12 alone, loss not finite");
  });
});

it("says what it does in one word", () => {
  expect(statusWord({ ...state, status: "error" })).toBe("stopped");
  expect(statusWord({ ...state, status: "finished", closed: true })).toBe("closed");
});
