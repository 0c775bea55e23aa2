/** Colours as [red, green, blue], 0 to 255. */

import { theme } from "../../../style/tokens.json";
import { round } from "./math.ts";

export type Colour = readonly [number, number, number];

export function fromHex(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function mix(from: Colour, to: Colour, t: number): Colour {
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t];
}

export function css([red, green, blue]: Colour, opacity = 1): string {
  const channels = `${round(red)}, ${round(green)}, ${round(blue)}`;
  return opacity === 1 ? `rgb(${channels})` : `rgba(${channels}, ${opacity})`;
}

/** Relative luminance of WCAG 2, 0 to 1. */
export function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

const DARK_INK = fromHex(theme.ink1[0]!);
const LIGHT_INK = fromHex(theme.background[0]!);

/** The ink that is read best on a fill. */
export function inkOn(fill: Colour): Colour {
  return luminance(fill) > 0.2 ? DARK_INK : LIGHT_INK;
}

/** What any CSS colour looks like, on a ground if it lets that through; null where nothing can be seen. */
export function resolve(value: string, ground?: Colour): Colour | null {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  for (const fill of ground ? [css(ground), value] : [value]) {
    context.fillStyle = fill;
    context.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  return alpha! < 128 ? null : [red!, green!, blue!];
}
