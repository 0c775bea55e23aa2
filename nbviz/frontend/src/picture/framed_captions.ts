/** Captions beside the frames of opened blocks, and inside of them: what would touch a frame's line is cut. */

import { abs, max, min } from "../style/math.ts";
import { cutNames } from "../style/names.ts";
import { elide, type Measure } from "../style/text.ts";
import { CAPTION_LINE, type Fonts } from "../style/type_scale.ts";
import type { CaptionLine } from "./captions.ts";
import type { Group } from "./groups.ts";

/** px between a caption and a frame's line. */
const AIR = 3;

/** Cuts the lines in place. */
export function clearOfFrames(
  lines: readonly CaptionLine[],
  groups: readonly Group[],
  fonts: Fonts,
  measure: Measure,
): void {
  // How much is shown of how many is a button, and stays whole.
  const shown = lines.filter(({ tone }) => tone !== "accent");
  const room = shown.map((line) => roomAt(line, groups));
  const names = [...shown.keys()].filter((at) => shown[at]!.font === "name");
  const cut = cutNames(
    names.map((at) => shown[at]!.text),
    (place) => max(room[names[place]!]!, 0),
    fonts.name,
    measure,
  );
  for (const [place, at] of names.entries()) set(shown[at]!, cut[place]!, fonts, measure);
  for (const [at, line] of shown.entries())
    if (line.font !== "name") set(line, elide(line.text, max(room[at]!, 0), fonts[line.font], measure), fonts, measure);
}

/** px that a line has between the nearest frames' lines at its height, which it stands in the middle of. */
function roomAt({ x, y }: CaptionLine, groups: readonly Group[]): number {
  const beside = groups.filter((group) => y + CAPTION_LINE > group.y && y < group.y + group.height);
  const edges = beside.flatMap((group) => [group.x, group.x + group.width]);
  return 2 * (min(Number.POSITIVE_INFINITY, ...edges.map((edge) => abs(edge - x))) - AIR);
}

function set(line: CaptionLine, text: string, fonts: Fonts, measure: Measure): void {
  if (line.text === text) return;
  line.text = text;
  line.width = measure(text, fonts[line.font]);
}
