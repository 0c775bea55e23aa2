/** How a probability is said; Python's `probability_words`, word for word. */

import { isKnown } from "../style/numbers.ts";

/** A probability as people read it; never 0 or 1 for what is not. */
export function probabilityWords(p: number): string {
  if (!isKnown(p)) return "p unknown";
  if (p > 0 && p < 0.005) return "p < 0.01";
  if (p < 1 && p >= 0.995) return "p > 0.99";
  return `p ${p.toFixed(2)}`;
}
