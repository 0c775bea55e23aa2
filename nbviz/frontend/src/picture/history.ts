/** The recorded moments of a run, read; nbviz/picture/history_wire.py tells how they are packed. */

import type { EventWire, HistoryWire, MomentMessage, MomentWire } from "../wire.ts";
import type { Moment } from "./frame.ts";
import { readArrays, readHeader } from "./packed_arrays.ts";

export class History {
  #bytes: DataView | undefined;
  #wire: HistoryWire | null = null;
  #payloads: ArrayBufferView[] = [];
  /** Whether the bytes are not those of a history: two threads of a kernel that send at once may mix up messages. */
  isBroken = false;

  /** Takes the bytes of the trait, where they are other ones than the last time. */
  read(bytes: DataView | undefined): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#wire = null;
    this.#payloads = [];
    const read = readHeader<HistoryWire>(bytes);
    this.isBroken = !read && (bytes?.byteLength ?? 0) > 0;
    if (!read) return;
    const { header, payload } = read;
    const { stride, moments } = header;
    if (payload.byteLength < moments.length * stride) return;
    this.#wire = header;
    this.#payloads = moments.map((_, index) => new Uint8Array(payload, index * stride, stride));
  }

  /** Appends a moment that came by message; false where some before it are missing. */
  append({ moment, count }: MomentMessage, payload: ArrayBufferView | undefined): boolean {
    const wire = this.#wire;
    if (!wire || !payload || wire.moments.length + 1 !== count || payload.byteLength < wire.stride) return false;
    wire.moments.push(moment);
    this.#payloads.push(payload);
    return true;
  }

  /** Whether a run is recorded, though it may not have begun. */
  get isKept(): boolean {
    return this.#wire !== null;
  }

  /** In order of step; null where they belong to another version of the network, as between two messages. */
  moments(version: number): readonly MomentWire[] | null {
    const wire = this.#wire;
    if (!wire) return [];
    return wire.version === version ? wire.moments : null;
  }

  /** What is flagged, as far as moments go: an epoch may have ended since the last one. */
  get events(): readonly EventWire[] {
    const last = this.#wire?.moments.at(-1)?.step ?? 0;
    return this.#wire?.events.filter(({ step }) => step <= last) ?? [];
  }

  /** Batches of an epoch; null where that is not known. */
  get perEpoch(): number | null {
    return this.#wire?.steps_per_epoch ?? null;
  }

  /** Step of the live network while moments lie after it, as after a reset; null where it is at the end. */
  get liveStep(): number | null {
    return this.#wire?.live_step ?? null;
  }

  moment(index: number): Moment {
    const { moments, arrays } = this.#wire!;
    const { buffer, byteOffset, byteLength } = this.#payloads[index]!;
    const payload = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    // What is looked back at does not train, whatever it did when it was recorded.
    const still = { training: false, epoch: null, batch: null, updates_per_second: null };
    return { header: { ...moments[index]!.frame, ...still }, ...readArrays(payload, arrays) };
  }
}
