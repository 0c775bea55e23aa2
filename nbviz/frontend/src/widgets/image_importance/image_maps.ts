/** Maps and regions of an ImageImportance: their wire and their numbers. */

import { isKnown, short } from "../../style/numbers.ts";
import type { ImageMapsWire } from "../../wire.ts";
import { decodeArrays } from "../arrays.ts";
import { brightness } from "../picture_colours.ts";
import type { Squares } from "../squares.ts";

export const UP = 1;
export const DOWN = 2;
const WAYS = ["", "raises", "lowers"];

type Four<T> = [T, T, T, T];

export class ImageMaps {
  readonly wire: ImageMapsWire;
  readonly squares: Squares;
  /** Squares of a map. */
  readonly size: number;
  readonly mean: Int32Array;
  readonly share: Float32Array;
  readonly hue: Int32Array;
  readonly #regionShare: Float32Array;
  readonly #regionError: Float32Array;
  readonly #regionStrength: Float32Array;
  readonly #regionHue: Int32Array;
  readonly #regionWay: Int32Array;

  private constructor(wire: ImageMapsWire, floats: Float32Array[], whole: Int32Array[]) {
    this.wire = wire;
    this.size = wire.rows * wire.columns;
    [this.share, this.#regionShare, this.#regionError, this.#regionStrength] = floats as Four<Float32Array>;
    let labels: Int32Array;
    [labels, this.mean, this.hue, this.#regionHue, this.#regionWay] = [...whole] as unknown as [
      ...Four<Int32Array>,
      Int32Array,
    ];
    this.squares = { rows: wire.rows, columns: wire.columns, labels };
  }

  /** Null where the numbers are not all there, as between two messages. */
  static decode(wire: Partial<ImageMapsWire> | undefined, numbers: DataView | undefined): ImageMaps | null {
    const arrays = decodeArrays(wire?.arrays, numbers);
    if (!arrays) return null;
    const floats = ["share", "region_share", "region_error", "region_strength"].map((key) => arrays.floats(key));
    const whole = ["labels", "mean", "hue", "region_hue", "region_way"].map((key) => arrays.whole(key));
    if (floats.includes(null) || whole.includes(null)) return null;
    return new ImageMaps(wire as ImageMapsWire, floats as Float32Array[], whole as Int32Array[]);
  }

  brightness(at: number): number {
    return brightness(this.mean, this.wire.bands, at);
  }

  /** Whether a square belongs to what the mean picture shows: it is bright by more than half. */
  isInside(at: number): boolean {
    return this.brightness(at) > 0.5;
  }

  regionShare(classIndex: number, region: number): number {
    return this.#regionShare[classIndex * this.wire.regions.length + region]!;
  }

  regionError(classIndex: number, region: number): number {
    return this.#regionError[classIndex * this.wire.regions.length + region]!;
  }

  regionHue(classIndex: number, region: number): number {
    return this.#regionHue[classIndex * this.wire.regions.length + region]!;
  }

  /** "", "raises" or "lowers". */
  regionWay(classIndex: number, region: number): string {
    return WAYS[this.#regionWay[classIndex * this.wire.regions.length + region]!]!;
  }

  /** Regions, the largest share first. */
  order(classIndex: number): number[] {
    const share = (region: number) => {
      const value = this.regionShare(classIndex, region);
      return isKnown(value) ? value : -1;
    };
    return this.wire.regions.map((_, region) => region).sort((a, b) => share(b) - share(a) || a - b);
  }

  shareWords(share: number): string {
    return isKnown(share) ? share.toFixed(this.wire.decimals) : "n/a";
  }

  /** The share of a square, and which way it goes: "share 0.034, raises". */
  cellWords(classIndex: number, at: number): string {
    const place = classIndex * this.size + at;
    const share = this.share[place]!;
    if (!isKnown(share)) return "n/a";
    const way = { [UP]: ", raises", [DOWN]: ", lowers" }[this.hue[place]!] ?? "";
    return `share ${short(share)}${way}`;
  }

  /** "rows 0-2, right for 9: 0.19 ± 0.02, 1.2 logits, raises". */
  regionWords(classIndex: number, region: number): string {
    const { regions, classes, unit } = this.wire;
    const at = classIndex * regions.length + region;
    const error = this.#regionError[at]!;
    const way = this.regionWay(classIndex, region);
    const about = isKnown(error) ? ` ± ${error.toFixed(this.wire.decimals)}` : "";
    const strength = this.#regionStrength[at]!;
    const size = isKnown(strength) ? `, ${strength.toPrecision(2)}${unit}` : "";
    const share = this.shareWords(this.#regionShare[at]!);
    return `${regions[region]} for ${classes[classIndex]}: ${share}${about}${size}${way && `, ${way}`}`;
  }
}
