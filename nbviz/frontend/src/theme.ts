/** The tokens of light and dark; ground, ink and lines come from the host where it has them. */

import { type Colour, css, fromHex, luminance, mix, resolve } from "./colour.ts";

export interface Theme {
  dark: boolean;
  font: string;
  background: Colour;
  ink1: Colour;
  ink2: Colour;
  ink3: Colour;
  line: Colour;
  lineStrong: Colour;
  outline: Colour;
  negative: Colour;
  zero: Colour;
  positive: Colour;
  negativeText: Colour;
  positiveText: Colour;
  accent: Colour;
  accentTint: Colour;
  warning: Colour;
  warningTint: Colour;
}

type Tokens = Omit<Theme, "dark" | "font">;

const tokens = (hex: Record<keyof Tokens, string>): Tokens =>
  Object.fromEntries(Object.entries(hex).map(([name, value]) => [name, fromHex(value)])) as unknown as Tokens;

export const LIGHT: Tokens = tokens({
  background: "#ffffff",
  ink1: "#1f2328",
  ink2: "#57606a",
  ink3: "#6b747e",
  line: "#e4e7ea",
  lineStrong: "#d0d5da",
  outline: "#9aa3ac",
  negative: "#f59322",
  zero: "#e8eaeb",
  positive: "#0877bd",
  negativeText: "#a85a00",
  positiveText: "#0668a6",
  accent: "#6b46c1",
  accentTint: "#f3effc",
  warning: "#9a5b00",
  warningTint: "#fff6e6",
});

export const DARK: Tokens = tokens({
  background: "#111315",
  ink1: "#e7eaed",
  ink2: "#aab2bb",
  ink3: "#8b949e",
  line: "#2a2f34",
  lineStrong: "#3b4249",
  outline: "#6b747e",
  negative: "#f8a548",
  zero: "#343a40",
  positive: "#3b9fe6",
  negativeText: "#f8b566",
  positiveText: "#6cb9f0",
  accent: "#b49bff",
  accentTint: "#262038",
  warning: "#f0b95a",
  warningTint: "#2b2415",
});

function hostColour(root: HTMLElement, variable: string): Colour | null {
  const value = getComputedStyle(root).getPropertyValue(variable).trim();
  return value ? resolve(value) : null;
}

function groundBehind(root: HTMLElement): Colour | null {
  for (let element = root.parentElement; element; element = element.parentElement) {
    const ground = resolve(getComputedStyle(element).backgroundColor);
    if (ground) return ground;
  }
  return null;
}

/** Lightness of text against its ground, as WCAG counts it. */
function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

export function readTheme(root: HTMLElement): Theme {
  const host = hostColour(root, "--jp-layout-color0");
  const behind = host ?? groundBehind(root);
  const dark = behind ? luminance(behind) < 0.2 : matchMedia("(prefers-color-scheme: dark)").matches;
  const ours = dark ? DARK : LIGHT;
  const theme: Theme = { ...ours, dark, font: getComputedStyle(root).fontFamily || "system-ui, sans-serif" };
  if (!host) return theme;
  theme.background = host;
  // A host's ink is often half transparent; laid on its ground it may be too pale for small text.
  const inks = ["--jp-ui-font-color1", "--jp-ui-font-color2"].map((name) => {
    const value = getComputedStyle(root).getPropertyValue(name).trim();
    return value ? over(value, host) : null;
  });
  if (inks[0] && contrast(inks[0], host) >= 7) theme.ink1 = inks[0];
  if (inks[1] && contrast(inks[1], host) >= 4.5) theme.ink2 = inks[1];
  theme.line = hostColour(root, "--jp-border-color2") ?? ours.line;
  theme.lineStrong = hostColour(root, "--jp-border-color1") ?? ours.lineStrong;
  if (dark) theme.zero = mix(host, ours.ink1, 0.17);
  return theme;
}

function over(value: string, ground: Colour): Colour | null {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.fillStyle = css(ground);
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red!, green!, blue!];
}

/** Hands the tokens to the style sheet, so that HTML and canvas never differ. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  for (const name of Object.keys(LIGHT) as (keyof Tokens)[]) {
    root.style.setProperty(`--nbviz-${name.replace(/[A-Z]|\d/g, (c) => `-${c.toLowerCase()}`)}`, css(theme[name]));
  }
  root.style.colorScheme = theme.dark ? "dark" : "light";
  root.dataset.theme = theme.dark ? "dark" : "light";
}

export function watchTheme(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  const filter = { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-jp-theme-name"] };
  for (const element of [document.documentElement, document.body]) observer.observe(element, filter);
  signal.addEventListener("abort", () => observer.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  // JupyterLab swaps a style sheet; its colours arrive after the attribute has changed.
  document.head.addEventListener("load", changed, { capture: true, signal });
}

/** Signed value in -1 to 1 on the ramp of edges, which starts at the zero colour. */
export function rampFromZero(theme: Theme, ratio: number): Colour {
  return mix(theme.zero, ratio < 0 ? theme.negative : theme.positive, Math.min(1, Math.abs(ratio)));
}

/** Signed value in -1 to 1 on the ramp of faces, where 0 is an empty node. */
export function rampFromGround(theme: Theme, ratio: number): Colour {
  return mix(theme.background, ratio < 0 ? theme.negative : theme.positive, Math.min(1, Math.abs(ratio)));
}
