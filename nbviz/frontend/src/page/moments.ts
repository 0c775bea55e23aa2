/** What widgets show for each sample and each choice, as Python packed it; nbviz/page/moments.py tells the format. */

import { unpack } from "./unpack.ts";

/** One trait's value as it goes over the wire: JSON, and binary parts with their places in it. */
export interface WireValue {
  json: unknown;
  buffers: { path: (string | number)[]; data: DataView }[];
}

/** Model id -> trait -> value. */
export type Moment = Map<string, Map<string, WireValue>>;

export interface Follower {
  driver: string;
  /** The trait of the driver that decides. */
  trait: string;
  /** Its value in the saved state. */
  saved: number | string | null;
  /** The moment of a value; null for one that nothing is told of. */
  moment(value: number | string | null): Moment | null;
}

interface Header {
  followers: {
    driver: string;
    trait: string;
    saved: number | string | null;
    moments: Record<string, Record<string, Record<string, number>>>;
  }[];
  values: { json: unknown; buffers: [path: (string | number)[], start: number, length: number][] }[];
}

/** Layout of `bytes`: length of the header (uint32, little endian), header as JSON, binary parts one after the other. */
export function read(bytes: ArrayBuffer): Follower[] {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as Header;
  // A buffer of its own for each part: bqplot reads the whole buffer, whatever the DataView says.
  const part = (start: number, size: number) =>
    new DataView(bytes.slice(4 + length + start, 4 + length + start + size));
  const values = header.values.map(
    ({ json, buffers }): WireValue => ({
      json,
      buffers: buffers.map(([path, start, size]) => ({ path, data: part(start, size) })),
    }),
  );
  const ofTraits = (traits: Record<string, number>) =>
    new Map(Object.entries(traits).map(([name, index]) => [name, values[index]!]));
  return header.followers.map(({ driver, trait, saved, moments }) => ({
    driver,
    trait,
    saved,
    moment: (value) => {
      // A slider's steps may add up to a hair more than what was saved.
      const traits = moments[typeof value === "number" ? Number(value.toFixed(6)) : String(value)];
      return traits ? new Map(Object.entries(traits).map(([id, of]) => [id, ofTraits(of)])) : null;
    },
  }));
}

export async function followers(text: string): Promise<Follower[]> {
  return read(await unpack(text));
}
