/** The faces as small images. */

import { type Colour, mix } from "../../style/colour.ts";
import { abs, max, min } from "../../style/math.ts";
import { rampFromGround, type Theme } from "../../style/theme.ts";
import type { Moment } from "../frame.ts";
import type { Numbers } from "../packed_arrays.ts";
import type { Scene } from "../scene.ts";

export type Faces = ReadonlyMap<number, HTMLCanvasElement>;

/** Byte to colour: pictures go from the ground to ink, all else is signed around 128; `most` gets the full colour. */
function palette(theme: Theme, picture: boolean, most: number): Colour[] {
  return Array.from({ length: 256 }, (_, byte) =>
    picture
      ? mix(theme.background, theme.ink1, byte / 255)
      : rampFromGround(theme, max(-1, min(1, (byte - 128) / most))),
  );
}

/** Of all numbers of a face the one furthest from 0. */
function furthest(bytes: Numbers): number {
  let most = 1;
  for (const byte of bytes) most = max(most, abs(byte - 128));
  return most;
}

/** An image for every place that has one, by its index. `perMap`: each feature map on a scale of its own. */
export function drawFaces(scene: Scene, moment: Moment, theme: Theme, perMap: boolean): Faces {
  const faces = new Map<number, HTMLCanvasElement>();
  const palettes = new Map<string, Colour[]>();
  for (const [index, { layer, row }] of scene.places.entries()) {
    const { name, face } = scene.layers[layer]!;
    const key = `layer/${name}/face`;
    const bytes = moment.arrays.get(key);
    const [, height, width, channels = 1] = moment.shapes.get(key) ?? [];
    if (row < 0 || !bytes || !height || !width) continue;
    const size = height * width * channels;
    const most = perMap && face === "map" ? furthest(bytes.subarray(row * size, (row + 1) * size)) : 127;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (!context) continue;
    const image = context.createImageData(width, height);
    const kind = `${face === "picture"}${most}`;
    const colours = palettes.get(kind) ?? palette(theme, face === "picture", most);
    palettes.set(kind, colours);
    const pixels = width * height;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const from = (row * pixels + pixel) * channels;
      const colour = channels >= 3 ? bytes.subarray(from, from + 3) : colours[bytes[from]!]!;
      image.data.set([colour[0]!, colour[1]!, colour[2]!, 255], pixel * 4);
    }
    context.putImageData(image, 0, 0);
    faces.set(index, canvas);
  }
  return faces;
}
