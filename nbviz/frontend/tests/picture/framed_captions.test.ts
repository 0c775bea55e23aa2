import { describe, expect, it } from "vitest";
import type { CaptionLine } from "../../src/picture/captions.ts";
import { clearOfFrames } from "../../src/picture/framed_captions.ts";
import type { Group } from "../../src/picture/groups.ts";
import { fontsOf } from "../../src/style/type_scale.ts";
import { measure } from "./scene_of.ts";

const FRAME = { name: "block", label: "block", layers: new Set([1]), x: 100, y: 0, width: 200, height: 400 } as Group;

function line(text: string, x: number, given: Partial<CaptionLine> = {}): CaptionLine {
  return { text, font: "small", tone: "ink2", layer: 0, x, y: 300, width: 6 * text.length, ...given } as CaptionLine;
}

function cleared(...lines: CaptionLine[]): CaptionLine[] {
  clearOfFrames(lines, [FRAME], fontsOf("sans-serif"), measure);
  return lines;
}

const apart = ({ x, width }: CaptionLine) =>
  [FRAME.x, FRAME.x + FRAME.width].every((edge) => x + width / 2 < edge - 2 || x - width / 2 > edge + 2);

describe("captions at the frame of an opened block", () => {
  it("are cut where they would touch its line, from outside and from inside", () => {
    const lines = cleared(line("GlobalAveragePooling2D", 60), line("3 x 3 x 64, strides 2", 285), line("relu", 200));
    expect(lines.map(apart)).toEqual([true, true, true]);
    expect(lines.map(({ text }) => text.endsWith("…"))).toEqual([true, true, false]);
    expect(lines.map(({ text, width }) => width === measure(text))).toEqual([true, true, true]);
  });

  it("stay as they are above or beneath it, and where they say how much is shown", () => {
    const far = line("GlobalAveragePooling2D", 60, { y: 401 });
    const button = line("16 of 128 shown", 95, { tone: "accent" });
    cleared(far, button);
    expect(far.text).toBe("GlobalAveragePooling2D");
    expect(button.text).toBe("16 of 128 shown");
  });

  it("leave two names two", () => {
    const names = [line("stage_block_conv_1", 340), line("stage_block_conv_2", 340)].map((each) => {
      each.font = "name";
      return each;
    });
    cleared(...names);
    expect(names.every(apart)).toBe(true);
    expect(new Set(names.map(({ text }) => text)).size).toBe(2);
  });
});
