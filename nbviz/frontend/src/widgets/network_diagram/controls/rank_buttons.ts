/** On the captions: buttons that rank units anew, and hints where the edges of a scale show something else. */

import type { Scene } from "../../../picture/scene.ts";
import { isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../../html.ts";

const SCALED = "edges of the first gap show weight × standard deviation of the feature";

export class RankButtons {
  readonly element = make("div");
  readonly #rank: () => void;
  readonly #signal: AbortSignal;

  constructor(rank: () => void, signal: AbortSignal) {
    this.#rank = rank;
    this.#signal = signal;
  }

  rebuild(scene: Scene): void {
    const buttons = scene.captions.lines
      .filter(({ tone }) => tone === "accent")
      .map(({ text, x, y, width, layer }) => {
        const label = `${scene.layers[layer]!.name}: ${text}, rank again`;
        const button = make("button", { type: "button", part: "rank", "aria-label": label });
        Object.assign(button.style, { left: `${x - width / 2 - 4}px`, top: `${y}px`, width: `${width + 8}px` });
        listen(button, this.#signal, "click", () => isEnabled(button) && this.#rank());
        return button;
      });
    const scaled = scene.captions.scales.filter(({ lines }) =>
      lines.some(({ connection }) => connection !== null && scene.connections[connection]!.scaled_by_sd),
    );
    const hints = scaled.map(({ x, y, width }) => {
      const hint = make("div", { part: "hint", title: SCALED });
      Object.assign(hint.style, { left: `${x - width / 2}px`, top: `${y}px`, width: `${width}px` });
      return hint;
    });
    this.element.replaceChildren(...buttons, ...hints);
  }

  /** `score`: what units are ranked by. */
  enable(kernel: boolean, score: string): void {
    for (const button of this.element.querySelectorAll("button"))
      setEnabled(button, kernel, `rank the units again by ${score}`, NEEDS_KERNEL);
  }
}
