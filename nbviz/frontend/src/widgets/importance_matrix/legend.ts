/** What hue, frame and interval mean, and what must be known to read the numbers. */

import type { MatrixTableWire } from "../../wire.ts";
import { icon, make } from "../html.ts";

const HUES = [
  ["up", "raises"],
  ["down", "lowers"],
  ["mixed", "mixed"],
] as const;

export class Legend {
  readonly element = make("div", { part: "matrix-legend" });
  #written: MatrixTableWire | null = null;

  update(wire: MatrixTableWire): void {
    if (wire === this.#written) return;
    this.#written = wire;
    const entries: HTMLElement[] = [];
    for (const [hue, word] of HUES) {
      if (!wire.hues.includes(hue)) continue;
      const swatches = make("span", { part: `matrix-swatches matrix-${hue}` }, make("i"), make("i"), make("i"));
      const words = wire.change ? `${hue === "up" ? "more" : "less"} in ${wire.change.after}` : word;
      const entry = make("span", { title: wire.direction_words ?? "" }, swatches, words);
      if (wire.has_triangles && hue !== "mixed") entry.append(make("i", { part: `matrix-${word}` }));
      entries.push(entry);
    }
    if (wire.floor_words !== null)
      entries.push(make("span", {}, make("i", { part: "matrix-frame" }), make("bdi", {}, wire.floor_words)));
    if (wire.has_intervals) entries.push(make("span", {}, make("i", { part: "matrix-interval" }), wire.interval_words));
    const lines = [...(entries.length > 0 ? [make("div", { part: "matrix-keys" }, ...entries)] : [])];
    for (const [index, note] of wire.overlaps.entries()) {
      lines.push(
        make(
          "div",
          { part: "matrix-note" },
          index === 0 ? icon("warning") : make("span", { part: "matrix-indent" }),
          make("bdi", {}, note),
        ),
      );
    }
    for (const note of wire.notes) lines.push(make("div", { part: "matrix-note" }, make("bdi", {}, note)));
    this.element.replaceChildren(...lines);
    this.element.hidden = lines.length === 0;
  }
}
