/** Numbers on their way: whatever is drawn and can move lies in flat arrays that ease to their new values. */

import { isUnknown } from "../style/numbers.ts";
/** ms, all ease-out cubic. */
export const DURATION = { none: 0, hover: 120, selection: 180, values: 200, refold: 400 } as const;

export function easeOut(t: number): number {
  return 1 - (1 - t) ** 3;
}

/** Values of many things, `stride` each; a thing is known by its key, so it can move when others come and go. */
export class Moving {
  readonly #stride: number;
  #keys: readonly string[] = [];
  #from = new Float32Array();
  #to = new Float32Array();
  now = new Float32Array();

  constructor(stride: number) {
    this.#stride = stride;
  }

  /** Sets out for new values; `born` gives where a thing that was not there before starts, if not at its place. */
  head(
    keys: readonly string[],
    to: Float32Array<ArrayBuffer>,
    born?: (index: number, values: Float32Array) => void,
  ): void {
    const from = new Float32Array(to);
    if (keys === this.#keys) from.set(this.now);
    else {
      const before = new Map(this.#keys.map((key, index) => [key, index]));
      for (const [index, key] of keys.entries()) {
        const old = before.get(key);
        const here = from.subarray(index * this.#stride, (index + 1) * this.#stride);
        if (old !== undefined) here.set(this.now.subarray(old * this.#stride, (old + 1) * this.#stride));
        else if (before.size > 0) born?.(index, here);
      }
    }
    this.#keys = keys;
    this.#from = from;
    this.#to = to;
    this.now = new Float32Array(from);
  }

  /** Moves to where everything is after the share `t` of the time. */
  step(t: number): void {
    if (t >= 1) {
      this.now.set(this.#to);
      return;
    }
    const share = easeOut(t);
    const from = this.#from;
    const to = this.#to;
    const { now } = this;
    for (let index = 0; index < to.length; index += 1) {
      const start = from[index]!;
      const end = to[index]!;
      // Between a number and an unknown there is no way.
      now[index] = isUnknown(start) ? end : start + (end - start) * share;
    }
  }
}
