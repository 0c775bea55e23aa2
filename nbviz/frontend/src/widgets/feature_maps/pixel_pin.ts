/** The pixel of a map that is kept when the pointer leaves, and the keys that walk from one to the next. */

import { floor } from "../../style/math.ts";
import { movedTo } from "../tiles/grid_keys.ts";
import type { Maps } from "./maps.ts";
import type { Place } from "./words.ts";

/** Rows of pixels that a page key moves by. */
const PAGE = 5;

export class PixelPin {
  #at: Place | null = null;
  #walks = false;

  get at(): Place | null {
    return this.#at;
  }

  /** Whether the keys walk through the pixels of the map instead of through the maps. */
  get walks(): boolean {
    return this.#walks;
  }

  put(at: Place | null): void {
    this.#at = at;
    this.#walks = false;
  }

  /** The keys go back to the maps; the pixel stays. */
  rest(): void {
    this.#walks = false;
  }

  /** The keys go into a map: to the pixel that is kept there, else to the middle. */
  enter({ wire }: Maps, channel: number): void {
    const [row, column] = [floor((wire.rows - 1) / 2), floor((wire.columns - 1) / 2)];
    if (this.#at?.channel !== channel) this.#at = { channel, row, column };
    this.#walks = true;
  }

  /** A key while walking; answers whether it meant something. */
  pressed({ key, ctrlKey }: KeyboardEvent, { wire, size }: Maps): boolean {
    if (!this.#at) return false;
    if (key === "Escape") {
      this.put(null);
      return true;
    }
    const to = movedTo(key, ctrlKey, this.#at, { matrix: true, rows: wire.rows, columns: wire.columns }, size, PAGE);
    if (to) this.#at = { channel: this.#at.channel, ...to };
    return to !== null;
  }
}
