/** The outputs of all classes, of many the likeliest, each a button that selects it. */

import { isKnown, percent } from "../../style/numbers.ts";
import { FittedNames } from "../fitted_names.ts";
import { make } from "../html.ts";
import { type Evidence, twoDecimals } from "./evidence.ts";

const IN_ORDER = 12; // classes; of more the likeliest are listed

export class OutputList {
  readonly element = make("div", { part: "evidence-list", role: "group", "aria-label": "Outputs of all classes" });

  readonly #names = new FittedNames();

  constructor(press: (index: number) => void, signal: AbortSignal) {
    this.element.addEventListener(
      "click",
      ({ target }) => {
        const row = (target as Element).closest<HTMLElement>("button");
        if (row) press(Number(row.dataset.index));
      },
      { signal },
    );
  }

  update({ wire, p, end }: Evidence, selected: number | null): void {
    let order = [...wire.classes.keys()];
    if (order.length > IN_ORDER) {
      order.sort((a, b) => end[b]! - end[a]! || a - b);
      order = order.slice(0, IN_ORDER - 1);
      const own = wire.truth;
      if (own !== null && !order.includes(own)) order.push(own);
    }
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".nbviz-evidence-row");
    const kept = focused && this.element.contains(focused) ? focused.dataset.index : undefined;
    const head = make(
      "div",
      { part: "evidence-head" },
      make("span", { part: "evidence-class" }, p ? "Probability" : "Output"),
      make("span", { part: "evidence-track" }),
      make("span", { part: "evidence-p" }, p ? "p" : ""),
      make("span", { part: "evidence-end" }, wire.end_name),
    );
    const rows = order.map((index) => {
      const fill = make("i");
      const share = p ? p[index]! : Number.NaN;
      fill.style.width = isKnown(share) ? `${100 * share}%` : "0";
      const row = make(
        "button",
        { type: "button", part: "evidence-row", "data-index": String(index), title: wire.classes[index]! },
        make(
          "span",
          { part: "evidence-class", dir: "auto" },
          make("span", {}, wire.classes[index]!),
          ...(index === wire.truth ? [make("small", {}, "true")] : []),
        ),
        make("span", { part: "evidence-track", "aria-hidden": "true" }, ...(p ? [fill] : [])),
        make("span", { part: "evidence-p" }, p ? percent(share) : ""),
        make("span", { part: "evidence-end" }, twoDecimals(end[index]!)),
      );
      row.dataset.read = String(index === wire.predicted);
      row.setAttribute("aria-pressed", String(index === selected));
      return row;
    });
    this.element.replaceChildren(head, ...rows);
    const nameOf = (row: HTMLElement) => row.querySelector<HTMLElement>(".nbviz-evidence-class > span")!;
    this.#names.set(new Map(rows.map((row) => [nameOf(row), wire.classes[Number(row.dataset.index)]!])));
    if (kept !== undefined) rows.find((row) => row.dataset.index === kept)?.focus({ preventScroll: true });
  }
}
