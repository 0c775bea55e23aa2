/** What the maps say in words. */

import { floor, max } from "../../style/math.ts";
import { grouped, plural, short, signed } from "../../style/numbers.ts";
import type { FeatureMapsWire, InputWire } from "../../wire.ts";
import { NEEDS_KERNEL } from "../html.ts";
import {
  canTakeApart,
  countUnknown,
  importanceOf,
  type Maps,
  type Overlay,
  type OverlayNumbers,
  plane,
  type Sort,
  type Stage,
  scaleOf,
} from "./maps.ts";

/** A number of a map: which map, and where; row -1: the map as a whole. */
export interface Place {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

export function sampleWords({ sample, samples, averaged }: FeatureMapsWire): string {
  if (sample !== null) return `sample ${grouped(sample)} of ${grouped(samples)}`;
  return averaged === samples
    ? `mean over ${plural(samples, "sample")}`
    : `mean over ${grouped(averaged)} of ${grouped(samples)} samples`;
}

/** "12 maps of 8 × 8" */
export function sizeWords(wire: FeatureMapsWire): string {
  const size = wire.flat ? plural(wire.all_columns, "step") : `${wire.all_rows} × ${wire.all_columns}`;
  return `${plural(wire.channels, "map")} of ${size}`;
}

export function captionOf(maps: Maps, stage: Stage, sort: Sort, place: number): string {
  const { wire } = maps;
  const words = [sizeWords(wire), wire.type];
  if (wire.activation !== null) words.push(`${stage} ${wire.activation}`);
  words.push(sampleWords(wire));
  if (wire.rows < wire.all_rows || wire.columns < wire.all_columns)
    words.push(`drawn as ${wire.flat ? "" : `${wire.rows} × `}${wire.columns} means over blocks`);
  if (sort === "activation") words.push("largest mean first");
  if (sort === "importance" && place >= 0) words.push(`most important for ${wire.class_names[place]} first`);
  return words.join(" · ");
}

/** What is wrong with the maps; empty where nothing is. An activation may hide it: TensorFlow's relu makes 0 of NaN. */
export function warningOf(maps: Maps): string {
  const { wire } = maps;
  const [after, before] = [countUnknown(maps, "after"), countUnknown(maps, "before")];
  const count = max(after, before);
  if (count === 0) return "";
  const where = before > after ? ` before ${wire.activation}` : "";
  const which = count === wire.channels ? "every map" : `${grouped(count)} of ${plural(wire.channels, "map")}`;
  return `${wire.layer}: NaN or infinity in ${which}${where}`;
}

export function titleOf({ wire }: Maps, { channel, row, column }: Place): string {
  const title = `map ${grouped(channel)}`;
  if (row < 0) return title;
  return `${title}, ${placeWords(wire, row, column)}`;
}

function placeWords(wire: FeatureMapsWire, row: number, column: number): string {
  const across = blockOf(column, wire.columns, wire.all_columns);
  if (wire.flat) return `step ${across}`;
  return `row ${blockOf(row, wire.rows, wire.all_rows)}, column ${across}`;
}

/** Index of a number, or of the block that it is the mean of. */
function blockOf(index: number, sent: number, all: number): string {
  const [first, after] = [floor((index * all) / sent), floor(((index + 1) * all) / sent)];
  return after - first > 1 ? `${first} to ${after - 1}` : `${first}`;
}

/** The number that a place means, null for a map as a whole. */
export function valueAt(maps: Maps, stage: Stage, { channel, row, column }: Place): number | null {
  return row < 0 ? null : plane(maps, stage, channel)[row * maps.wire.columns + column]!;
}

/** Lines about a map. */
export function factsOf(maps: Maps, stage: Stage, own: boolean, at: Place, place: number): string[] {
  const { wire } = maps;
  const values = plane(maps, stage, at.channel);
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  const lines = [];
  const value = valueAt(maps, stage, at);
  const summary = `mean ${short(sum / values.length)}, from ${short(low)} to ${short(high)}`;
  lines.push(value === null ? summary : `${signed(value)} here · ${summary}`);
  lines.push(`scale ±${short(scaleOf(maps, stage, values, own))}, ${own ? "this map" : "whole layer"}`);
  const importance = importanceOf(maps, place);
  if (importance)
    lines.push(`importance for ${wire.class_names[place]} ${signed(importance[at.channel]!)}: ${wire.importance}`);
  return lines;
}

/** Lines where no map is pointed at. */
export function restWords(maps: Maps, stage: Stage, own: boolean, place: number): string[] {
  const { wire } = maps;
  const scale = own
    ? "the largest number of each map has the whole colour"
    : `whole colour ±${short(stage === "before" ? wire.before_scale : wire.scale)}`;
  const hint = canTakeApart(maps)
    ? "Point at a pixel to see how it is made; click to keep it and select its map."
    : "Point at a map to see its numbers; click to select it.";
  const lines = [hint, `Blue above 0, orange below; ${scale}.`];
  if (importanceOf(maps, place))
    lines.push(`Bar under a map: its importance for ${wire.class_names[place]}, ${wire.importance}.`);
  return lines;
}

/** A map for who cannot see it. */
export function spokenMap(maps: Maps, stage: Stage, own: boolean, channel: number, place: number): string {
  const at = { channel, row: -1, column: -1 };
  return [titleOf(maps, at), ...factsOf(maps, stage, own, at, place)].join("; ");
}

export const OVERLAY_NAMES: Record<Overlay, string> = {
  none: "input only",
  grad_cam: "Grad-CAM",
  attribution: "attribution",
};

/** What the overlay shows, or why there is none. */
export function overlayWords(
  maps: Maps,
  overlay: Overlay,
  numbers: OverlayNumbers | null,
  place: number,
  kernel: boolean,
): string {
  const { wire } = maps;
  if (overlay === "none") return "";
  const error = overlay === "grad_cam" ? wire.grad_cam_error : (wire.attribution_error ?? wire.grad_cam_error);
  if (error !== null) return `No ${OVERLAY_NAMES[overlay]}: ${error}`;
  if (!numbers) return kernel ? "Working it out …" : NEEDS_KERNEL;
  const of = wire.class_names[place]!;
  if (overlay === "grad_cam") {
    if (numbers.scale === 0) return `Grad-CAM is 0 everywhere: no map of ${wire.layer} raises ${of} here.`;
    return `Grad-CAM of ${wire.layer} for ${of}, 0 to ${short(numbers.scale)}`;
  }
  return `${wire.attribution}, for ${of}: blue raises, orange lowers, ±${short(numbers.scale)}`;
}

/** "8 × 8 × 1" */
export function inputWords(input: InputWire): string {
  const size = `${input.all_rows} × ${input.all_columns}`;
  if (input.kind === "sequence") return `${plural(input.all_columns, "step")} of ${plural(input.all_rows, "feature")}`;
  return input.bands === 1 || input.bands === 3
    ? `${size} × ${input.bands}`
    : `${size}, mean of ${input.bands} channels`;
}
