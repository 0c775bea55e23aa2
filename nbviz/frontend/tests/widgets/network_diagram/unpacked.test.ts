import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { Unpacked } from "../../../src/widgets/network_diagram/unpacked.ts";

const view = (bytes: Uint8Array) => new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
const text = (bytes: DataView | undefined | null) => bytes && new TextDecoder().decode(bytes);
const gzip = (words: string) => view(new Uint8Array(gzipSync(words)));

test("what is packed is there a moment later, once for all who ask", async () => {
  const done = vi.fn();
  const unpacked = new Unpacked(done);
  const packed = gzip("a run");
  expect(unpacked.of(packed)).toBeNull();
  expect(unpacked.isBusy).toBe(true);
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  expect(text(unpacked.of(packed))).toBe("a run");
  expect(unpacked.of(packed)).toBe(unpacked.of(packed));
  expect(unpacked.isBusy).toBe(false);
});

test("what is not packed is there at once", () => {
  const unpacked = new Unpacked(() => {});
  const plain = view(new TextEncoder().encode("a run"));
  expect(unpacked.of(plain)).toBe(plain);
  expect(unpacked.of(undefined)).toBeUndefined();
});

test("of two that come one after the other the last one counts", async () => {
  const done = vi.fn();
  const unpacked = new Unpacked(done);
  unpacked.of(gzip("first"));
  const last = gzip("last");
  unpacked.of(last);
  await vi.waitFor(() => expect(done).toHaveBeenCalled());
  expect(text(unpacked.of(last))).toBe("last");
  expect(done).toHaveBeenCalledOnce();
});

test("what was cut stays as it came: its reader sees that it is broken", async () => {
  const done = vi.fn();
  const unpacked = new Unpacked(done);
  const whole = gzip("a run");
  const cut = new DataView(whole.buffer, whole.byteOffset, whole.byteLength - 6);
  unpacked.of(cut);
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  expect(unpacked.of(cut)).toBe(cut);
});
