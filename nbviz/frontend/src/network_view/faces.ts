/** Faces: what a unit answers over the plane of two inputs, and inputs that are pictures. */

import type { Colour } from "../colour.ts";
import { mix } from "../colour.ts";
import { rampFromGround, type Theme } from "../theme.ts";
import type { Moment } from "./frame.ts";
import type { Scene } from "./scene.ts";

export type Faces = ReadonlyMap<number, HTMLCanvasElement>;

/** Byte to colour: responses are signed around 128, pictures go from the ground to ink. */
function palette(theme: Theme, face: string): Colour[] {
  return Array.from({ length: 256 }, (_, byte) =>
    face === "response" ? rampFromGround(theme, (byte - 128) / 127) : mix(theme.background, theme.ink1, byte / 255),
  );
}

/** An image for every place that has one, by its index. */
export function drawFaces(scene: Scene, moment: Moment, theme: Theme): Faces {
  const faces = new Map<number, HTMLCanvasElement>();
  const palettes = new Map<string, Colour[]>();
  for (const [index, { layer, row }] of scene.places.entries()) {
    const { name, face } = scene.layers[layer]!;
    const key = `layer/${name}/face`;
    const bytes = moment.arrays.get(key);
    const [, height, width, channels = 1] = moment.shapes.get(key) ?? [];
    if (row < 0 || !bytes || !height || !width) continue;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (!context) continue;
    const image = context.createImageData(width, height);
    const colours = palettes.get(face) ?? palette(theme, face);
    palettes.set(face, colours);
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
