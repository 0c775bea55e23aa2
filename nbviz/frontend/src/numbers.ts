/** Numbers as people read them: a real minus, thin spaces in thousands, a space before the per cent sign. */

const THIN_SPACE = "\u2009";
const MINUS = "\u2212";

export function grouped(value: number): string {
  const digits = Math.abs(Math.round(value))
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  return value < 0 ? MINUS + digits : digits;
}

/** As many decimals as a glance takes in: 0.46, 13.2, 1 065, 3e-5. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value < 0 ? `${MINUS}∞` : "∞";
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(1).replace("e+", "e").replace("-", MINUS);
  if (size >= 999.5) return grouped(value);
  if (size !== 0 && size < 0.001) return value.toExponential(0).replace(/-/g, MINUS);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.00995 || size === 0 ? 2 : 3;
  return value.toFixed(decimals).replace("-", MINUS);
}

export function signed(value: number): string {
  return value > 0 ? `+${short(value)}` : short(value);
}

/** Never "0 %" for what is not nothing. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return "–";
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share < 1 && share > 0.99) return "> 99 %";
  return `${Math.round(share * 100)} %`;
}

export function plural(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}
