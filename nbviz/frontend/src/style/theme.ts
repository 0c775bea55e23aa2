/** The tokens of light and dark; ground, ink and lines come from the host where it has them. */

import { type Colour, css, fromHex, luminance, mix, resolve } from "./colour.ts";
import { abs, min } from "./math.ts";

/** Each token in light and in dark. */
const TOKENS = {
  background: "#ffffff #111315",
  ink1: "#1f2328 #e7eaed",
  ink2: "#57606a #aab2bb",
  ink3: "#6b747e #8b949e",
  line: "#e4e7ea #2a2f34",
  lineStrong: "#d0d5da #3b4249",
  outline: "#9aa3ac #6b747e",
  negative: "#f59322 #f8a548",
  zero: "#e8eaeb #343a40",
  positive: "#0877bd #3b9fe6",
  accent: "#6b46c1 #b49bff",
  accentTint: "#f3effc #262038",
  warning: "#9a5b00 #f0b95a",
  warningTint: "#fff6e6 #2b2415",
};

type Token = keyof typeof TOKENS;

export type Theme = Record<Token, Colour> & { dark: boolean; font: string };

function tokens(dark: boolean): Record<Token, Colour> {
  const pairs = Object.entries(TOKENS).map(([name, pair]) => [name, fromHex(pair.split(" ")[Number(dark)]!)]);
  return Object.fromEntries(pairs) as Record<Token, Colour>;
}

export const LIGHT = tokens(false);
export const DARK = tokens(true);

/** A colour of the host's; one that is half transparent as it looks on `ground`. */
function hostColour(root: HTMLElement, variable: string, ground?: Colour): Colour | null {
  const value = getComputedStyle(root).getPropertyValue(variable).trim();
  return value ? resolve(value, ground) : null;
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
  // A host's ink may be too pale for small text.
  const ink1 = hostColour(root, "--jp-ui-font-color1", host);
  const ink2 = hostColour(root, "--jp-ui-font-color2", host);
  if (ink1 && contrast(ink1, host) >= 7) theme.ink1 = ink1;
  if (ink2 && contrast(ink2, host) >= 4.5) theme.ink2 = ink2;
  theme.line = hostColour(root, "--jp-border-color2") ?? ours.line;
  theme.lineStrong = hostColour(root, "--jp-border-color1") ?? ours.lineStrong;
  if (dark) theme.zero = mix(host, ours.ink1, 0.17);
  return theme;
}

/** Hands the tokens to the style sheet, so that HTML and canvas never differ. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  for (const name of Object.keys(TOKENS) as Token[]) {
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
  return mix(theme.zero, ratio < 0 ? theme.negative : theme.positive, min(1, abs(ratio)));
}

/** Signed value in -1 to 1 on the ramp of faces, where 0 is an empty node. */
export function rampFromGround(theme: Theme, ratio: number): Colour {
  return mix(theme.background, ratio < 0 ? theme.negative : theme.positive, min(1, abs(ratio)));
}
