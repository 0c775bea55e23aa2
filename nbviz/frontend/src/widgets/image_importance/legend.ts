/** What colours, contour and intervals of maps and regions mean. */

import type { ImageMapsWire } from "../../wire.ts";
import { make } from "../html.ts";

const HUES = [
  ["up", "raises"],
  ["down", "lowers"],
  ["mixed", "mixed"],
] as const;

export function legendEntries(wire: ImageMapsWire): HTMLElement[] {
  const { hues, direction_words, has_intervals, interval_words, plane } = wire;
  const more = plane ? "more" : "higher value"; // which a light theme draws dark
  const entries = HUES.filter(([hue]) => hues.includes(hue)).map(([hue, word]) =>
    make(
      "span",
      { title: direction_words ?? "" },
      make("span", { part: `matrix-swatches matrix-${hue}` }, make("i"), make("i"), make("i")),
      hue === "mixed" ? word : `${more} ${word}`,
    ),
  );
  if (!plane) entries.push(make("span", {}, make("i", { part: "matrix-frame" }), "mean picture over half"));
  if (has_intervals) entries.push(make("span", {}, make("i", { part: "matrix-interval" }), interval_words));
  return entries;
}
