/** Text on a canvas: measured, never assumed. */

export type Measure = (text: string, font: string) => number;

export function canvasMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<string, number>();
  return (text, font) => {
    const key = `${font}\n${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (known.size > 4000) known.clear();
      if (context) context.font = font;
      width = context?.measureText(text).width ?? text.length * 6;
      known.set(key, width);
    }
    return width;
  };
}

const segmenter = typeof Intl !== "undefined" && "Segmenter" in Intl ? new Intl.Segmenter() : null;

/** What a reader calls characters: a flag or a family emoji is one. */
export function characters(text: string): string[] {
  return segmenter ? Array.from(segmenter.segment(text), (part) => part.segment) : Array.from(text);
}

/** The longest beginning that fits, with "…" where something was left out. */
export function elide(text: string, width: number, font: string, measure: Measure): string {
  if (measure(text, font) <= width) return text;
  const parts = characters(text.slice(0, 400));
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const fits = measure(`${parts.slice(0, middle).join("").trimEnd()}…`, font) <= width;
    if (fits) low = middle;
    else high = middle - 1;
  }
  return `${parts.slice(0, low).join("").trimEnd()}…`;
}

/** Keeps a right-to-left name from turning round its neighbours. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
