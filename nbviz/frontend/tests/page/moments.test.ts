import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { followers, read } from "../../src/page/moments.ts";

const HEADER = {
  followers: [
    {
      driver: "d",
      trait: "selected_sample",
      saved: 4,
      moments: { null: { a: { words: 0 } }, "4": { a: { words: 0 }, b: { frame: 1, y: 2 } }, "5": {} },
    },
    { driver: "s", trait: "value", saved: 0.5, moments: { "0.57": { a: { words: 0 } } } },
    { driver: "k", trait: "layer", saved: "conv", moments: { conv_1: { a: { words: 0 } } } },
  ],
  values: [
    { json: "text", buffers: [] },
    { json: null, buffers: [[[], 0, 3]] },
    { json: { dtype: "float32" }, buffers: [[["value"], 3, 4]] },
  ],
};

/** 1 2 3, then 1.5 as float32. */
const PARTS = [1, 2, 3, 0, 0, 0xc0, 0x3f];

function packed(): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify(HEADER));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return new Uint8Array([...length, ...header, ...PARTS]);
}

test("a moment gives each widget's traits, binary parts in buffers of their own", () => {
  const [follower] = read(packed().buffer as ArrayBuffer);
  expect([follower!.driver, follower!.trait, follower!.saved]).toEqual(["d", "selected_sample", 4]);
  const b = follower!.moment(4)!.get("b")!;
  const frame = b.get("frame")!;
  expect(frame.buffers[0]!.path).toEqual([]);
  expect([...new Uint8Array(frame.buffers[0]!.data.buffer)]).toEqual([1, 2, 3]);
  const y = b.get("y")!;
  expect(y.json).toEqual({ dtype: "float32" });
  expect(y.buffers[0]!.path).toEqual(["value"]);
  expect([...new Float32Array(y.buffers[0]!.data.buffer)]).toEqual([1.5]);
});

test("no sample is a moment of its own, and a sample that was not saved is none", () => {
  const [follower] = read(packed().buffer as ArrayBuffer);
  expect(follower!.moment(null)!.get("a")!.get("words")!.json).toBe("text");
  expect(follower!.moment(5)!.size).toBe(0);
  expect(follower!.moment(7)).toBeNull();
});

test("a step of a slider finds its moment, however its decimals add up", () => {
  const [, slider] = read(packed().buffer as ArrayBuffer);
  const [at] = [57 * 0.01];
  expect(at).not.toBe(0.57);
  expect(slider!.moment(at)!.get("a")!.get("words")!.json).toBe("text");
  expect(slider!.moment(0.56)).toBeNull();
});

test("a name that is chosen finds its moment", () => {
  const [, , menu] = read(packed().buffer as ArrayBuffer);
  expect(menu!.moment("conv_1")!.get("a")!.get("words")!.json).toBe("text");
  expect(menu!.moment("conv")).toBeNull();
});

test("what Python packs is unpacked", async () => {
  const text = `\n${gzipSync(packed()).toString("base64")}\n`;
  const [follower] = await followers(text);
  expect(follower!.moment(4)!.size).toBe(2);
});
