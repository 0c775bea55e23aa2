/** The type scale and the few distances that more than one part needs. */

import { sizes, weights } from "../../../style/tokens.json";

export const PADDING = 16;
/** A name is never cut below this many characters. */
export const NAME_LETTERS = 12;
export const CAPTION_LINE = 15;

export interface Fonts {
  body: string;
  name: string;
  small: string;
  smallStrong: string;
  unit: string;
  rest: string;
}

export function fontsOf(family: string): Fonts {
  return {
    body: `${weights.regular} ${sizes.body}px ${family}`,
    name: `${weights.strong} ${sizes.body}px ${family}`,
    small: `${weights.regular} ${sizes.small}px ${family}`,
    smallStrong: `${weights.strong} ${sizes.small}px ${family}`,
    unit: `${weights.medium} ${sizes.unit}px ${family}`,
    rest: `${weights.medium} ${sizes.rest}px ${family}`,
  };
}
