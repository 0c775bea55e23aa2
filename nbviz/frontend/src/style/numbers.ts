/** Numbers as people read them: a real minus, thin spaces in thousands, a space before the per cent sign. */

import { abs, round } from "./math.ts";
/** What is not known travels as NaN. */
export const UNKNOWN = Number.NaN;
export const isUnknown = (value: number) => Number.isNaN(value);
export const isKnown = (value: number) => !isUnknown(value);

const THIN_SPACE = "\u2009";
const MINUS = "\u2212";

export function grouped(value: number): string {
  const digits = abs(round(value))
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  return value < 0 ? MINUS + digits : digits;
}

/** One or two figures and a power of ten: 7e4, −1e−5. */
export function scientific(value: number): string {
  return value.toExponential(0).replace("e+", "e").replace(/-/g, MINUS);
}

/** As many decimals as a glance takes in: 0.46, 13.2, 1 065, 3e-5. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return isUnknown(value) ? "NaN" : value < 0 ? `${MINUS}∞` : "∞";
  const size = abs(value);
  if (size >= 99_999.5 || (size !== 0 && size < 0.001)) return scientific(value);
  if (size >= 999.5) return grouped(value);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.00995 || size === 0 ? 2 : 3;
  return value.toFixed(decimals).replace("-", MINUS);
}

export function signed(value: number): string {
  return value > 0 ? `+${short(value)}` : short(value);
}

/** Never "0 %" for what is not nothing. */
export function percent(share: number): string {
  if (isUnknown(share)) return "–";
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share < 1 && share > 0.99) return "> 99 %";
  return `${round(share * 100)} %`;
}

export function plural(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}
