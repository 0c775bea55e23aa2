/** The frames of opened blocks and their names, and how one tells that a block opens. */

import { css } from "../../style/colour.ts";
import { AIR, HEADER } from "../groups.ts";
import { NODE } from "../looks.ts";
import type { Pen } from "./pen.ts";

const CHEVRON = 3;

/** The frames, under all else. */
export function paintGroups(pen: Pen): void {
  const { context, scene, theme } = pen;
  for (const { x, y, width, height } of scene.groups) {
    pen.rounded(x + 0.5, y + 0.5, width - 1, height - 1, 6);
    context.strokeStyle = css(theme.lineStrong);
    context.lineWidth = 1;
    context.stroke();
  }
}

/** Their names, where there are no headers: in an image. */
export function paintGroupNames(pen: Pen): void {
  const { fonts, groups } = pen.scene;
  for (const { label, x, y, width } of groups)
    pen.name(label, x + AIR, y + HEADER / 2 + 2, width - 2 * AIR, fonts.smallStrong, pen.theme.ink2, "left");
}

/** A mark on each block that opens. */
export function paintChevrons({ context, scene, theme, nodes }: Pen): void {
  context.save();
  context.strokeStyle = css(theme.ink3);
  context.lineWidth = 1.5;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const [index, { layer, half }] of scene.places.entries()) {
    if (!scene.layers[layer]!.opens) continue;
    const x = nodes[index * NODE.stride + NODE.x]! + half - CHEVRON - 3.5;
    const y = nodes[index * NODE.stride + NODE.y]!;
    context.globalAlpha = nodes[index * NODE.stride + NODE.alpha]!;
    context.beginPath();
    context.moveTo(x, y - CHEVRON);
    context.lineTo(x + CHEVRON, y);
    context.lineTo(x, y + CHEVRON);
    context.stroke();
  }
  context.restore();
}
