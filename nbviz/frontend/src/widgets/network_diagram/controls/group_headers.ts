/** What opens a block and closes it again: the words on its card, and the buttons on its frame. */

import { type Group, HEADER } from "../../../picture/groups.ts";
import { plural } from "../../../style/numbers.ts";
import type { LayerWire } from "../../../wire.ts";
import { icon, isEnabled, listen, make, NEEDS_KERNEL, setEnabled } from "../../html.ts";

/** What the card of a block says about opening it; null where it does not open. */
export function openingWords({ opens, members }: LayerWire, kernel: boolean, waiting: boolean): string | null {
  if (!opens) return null;
  if (waiting) return "opening…";
  const inside = plural(members.length, "layer");
  return kernel ? `click to open: ${inside}` : `${inside} inside: opening ${NEEDS_KERNEL}`;
}

/** The names of opened blocks, each with a button that closes it; they stay in sight as far as their frame goes. */
export class GroupHeaders {
  readonly element = make("div");
  readonly #close: (name: string) => void;
  readonly #signal: AbortSignal;

  constructor(close: (name: string) => void, signal: AbortSignal) {
    this.#close = close;
    this.#signal = signal;
  }

  rebuild(groups: readonly Group[]): void {
    this.element.replaceChildren(...groups.map((group) => this.#header(group)));
  }

  #header({ name, label, x, y, width }: Group): HTMLElement {
    const attributes = { type: "button", part: "close-group", "aria-label": `Close ${label}` };
    const button = make("button", attributes, icon("clear"));
    button.dataset.title = `close ${label}`;
    listen(button, this.#signal, "click", () => isEnabled(button) && this.#close(name));
    const text = make("span", { part: "group-name", dir: "auto", title: name }, label);
    const header = make("div", { part: "group-header" }, make("div", {}, text, button));
    Object.assign(header.style, { left: `${x}px`, top: `${y + 2}px`, width: `${width}px`, height: `${HEADER}px` });
    return header;
  }

  enable(kernel: boolean): void {
    for (const button of this.element.querySelectorAll("button"))
      setEnabled(button, kernel, button.dataset.title!, NEEDS_KERNEL);
  }
}
