/** The type scale and the few distances that more than one part needs. */

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
    body: `400 12px ${family}`,
    name: `600 12px ${family}`,
    small: `400 11px ${family}`,
    smallStrong: `600 11px ${family}`,
    unit: `500 9.5px ${family}`,
    rest: `500 10px ${family}`,
  };
}
