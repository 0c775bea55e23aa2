import { describe, expect, it } from "vitest";
import { floats } from "../../src/picture/frame.ts";
import { History } from "../../src/picture/history.ts";
import { fromHalf } from "../../src/picture/packed_arrays.ts";
import type { MomentMessage } from "../../src/wire.ts";
import { historyOf, momentOf, payloadOf } from "./recorded.ts";

function read(shift = 0): History {
  const history = new History();
  history.read(
    historyOf(
      [
        [0, [1, -2]],
        [5, [2, 0]],
      ],
      shift,
    ),
  );
  return history;
}

describe("fromHalf", () => {
  it("reads float16 by its bits", () => {
    const known = [0x0000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555].map(fromHalf);
    expect(known).toEqual([0, 1, -2, 65504, 2 ** -14, 2 ** -24, 0.333251953125]);
    expect(fromHalf(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(fromHalf(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
    expect(fromHalf(0x7e00)).toBeNaN();
  });
});

describe("History", () => {
  it("reads each moment's own numbers, wherever the bytes lie", () => {
    for (const shift of [0, 3]) {
      const history = read(shift);
      expect(history.moments(7)!.map(({ label }) => label)).toEqual(["epoch 0", "epoch 5"]);
      expect([...floats(history.moment(0), "layer/in/a")!]).toEqual([1, -2]);
      const last = history.moment(1);
      expect([...floats(last, "layer/in/a")!]).toEqual([2, 0]);
      expect([...last.arrays.get("layer/hidden/term_unit")!]).toEqual([-2, 0]);
      expect(last.header.sample_name).toBe("at 5");
      expect(history.events.map(({ text }) => text)).toEqual(["best validation"]);
    }
  });

  it("shows no training in what is over", () => {
    const { training, epoch, updates_per_second } = read().moment(1).header;
    expect([training, epoch, updates_per_second]).toEqual([false, null, null]);
  });

  it("tells no moments yet from those of another version of the network", () => {
    expect(read().moments(8)).toBeNull();
    expect(new History().moments(7)).toEqual([]);
  });

  it("appends what comes while the network trains", () => {
    const history = read();
    const message: MomentMessage = { type: "moment", moment: momentOf(9), count: 3 };
    expect(history.append(message, payloadOf([-2, 1]))).toBe(true);
    expect(history.moments(7)!.map(({ step }) => step)).toEqual([0, 5, 9]);
    expect([...floats(history.moment(2), "layer/in/a")!]).toEqual([-2, 1]);
  });

  it("notices that moments are missing", () => {
    const history = read();
    expect(history.append({ type: "moment", moment: momentOf(9), count: 4 }, payloadOf([1, 1]))).toBe(false);
    expect(history.append({ type: "moment", moment: momentOf(9), count: 3 }, undefined)).toBe(false);
    expect(new History().append({ type: "moment", moment: momentOf(0), count: 1 }, payloadOf([1, 1]))).toBe(false);
    expect(history.moments(7)).toHaveLength(2);
  });

  it("flags nothing beyond its last moment", () => {
    const history = new History();
    history.read(historyOf([[1, [1, -2]]]));
    expect(history.events).toEqual([]);
    history.append({ type: "moment", moment: momentOf(2), count: 2 } as MomentMessage, payloadOf([2, 0]));
    expect(history.events.map(({ step }) => step)).toEqual([2]);
  });

  it("takes nothing for no history, and what is cut off neither", () => {
    const history = read();
    history.read(new DataView(new ArrayBuffer(0)));
    expect(history.moments(7)).toEqual([]);
    const whole = historyOf([[0, [1, 1]]]);
    history.read(new DataView(whole.buffer, 0, whole.byteLength - 1));
    expect(history.moments(7)).toEqual([]);
  });
});
