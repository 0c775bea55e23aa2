/** The tokens of light and dark; ground, ink and lines come from the host where it has them. */

import { theme as PAIRS } from "../../../style/tokens.json";
import { type Colour, css, fromHex, luminance, mix, resolve } from "./colour.ts";
import { abs, min } from "./math.ts";

type Token = keyof typeof PAIRS;

export type Theme = Record<Token, Colour> & { dark: boolean; font: string };

function tokens(dark: boolean): Record<Token, Colour> {
  const colours = Object.entries(PAIRS).map(([name, pair]) => [name, fromHex(pair[Number(dark)]!)]);
  return Object.fromEntries(colours) as Record<Token, Colour>;
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

/** Makes an element a view for the style sheets, with their tokens, so that HTML and canvas never differ. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  root.classList.add("nbviz-view");
  for (const name of Object.keys(PAIRS) as Token[]) {
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
