/** The strips of squares: drawn, hovered, chosen by pointer and keyboard. */

import { abs, floor } from "../../style/math.ts";
import { briefly, cutNames } from "../../style/names.ts";
import { grouped } from "../../style/numbers.ts";
import { canvasMeasure } from "../../style/text.ts";
import { isEnabled, listen, make, setEnabled } from "../html.ts";
import type { Samples } from "./samples.ts";
import type { Strip } from "./strips.ts";
import type { Thumbnails } from "./thumbnails.ts";

export interface BoardActions {
  select(sample: number | null): void;
  /** Puts it beside others, or takes it away from there. */
  compare(sample: number): void;
  /** Null when the pointer leaves. */
  hover(sample: number | null): void;
}

export const NOT_AVAILABLE = "not among the samples that this page carries";

/** px below what is selected: its picture's label has room there. */
const BELOW = 20;

/** A strip with more squares than this has smaller ones, so that the next strip stays in sight. */
const ROOMY = 120;
/** Strips of more classes than this stand beside their names, their squares upright and narrow. */
const TALL = 4;

export class StripBoard {
  readonly element = make("div", { part: "pick-strips" });
  readonly #actions: BoardActions;
  #squares = new Map<number, HTMLElement>();
  #selected: HTMLElement | null = null;
  #compared: ReadonlySet<number> = new Set();
  #current: HTMLElement | null = null;
  readonly #measure = canvasMeasure();
  /** Pictures in a row of the image that has all; 0 without. */
  #across = 0;

  constructor(actions: BoardActions, signal: AbortSignal) {
    this.#actions = actions;
    const board = this.element;
    listen(board, signal, "click", (event) => this.#choose(squareOf(event.target), isForMore(event)));
    listen(board, signal, "pointerover", (event) => actions.hover(sampleOf(squareOf(event.target))));
    listen(board, signal, "pointerleave", () => actions.hover(null));
    listen(board, signal, "focusin", (event) => {
      const square = squareOf(event.target);
      if (!square) return;
      this.#current?.setAttribute("tabindex", "-1");
      this.#current = square;
      square.setAttribute("tabindex", "0");
      actions.hover(sampleOf(square));
    });
    listen(board, signal, "focusout", () => actions.hover(null));
    listen(board, signal, "keydown", (event) => this.#key(event));
  }

  /** Pictures of the rows, in place of plain squares; null for none. */
  setThumbnails(thumbnails: Thumbnails | null): void {
    const { dataset, style } = this.element;
    this.#across = thumbnails?.across ?? 0;
    dataset.pictures = String(thumbnails !== null);
    if (!thumbnails) return;
    style.setProperty("--thumbnails", `url(${thumbnails.url})`);
    style.setProperty("--across", String(thumbnails.across));
    style.setProperty("--down", String(thumbnails.down));
    style.setProperty("--aspect", String(thumbnails.aspect));
  }

  rebuild(samples: Samples, strips: readonly Strip[], available: readonly number[] | null): void {
    const focused = this.element.contains(document.activeElement) ? sampleOf(this.#current) : null;
    const offered = available && new Set(available);
    this.#squares = new Map();
    this.#selected = this.#current = null;
    const isSlim = samples.hasTruth && (samples.stripNames?.length ?? 1) > TALL;
    this.element.dataset.slim = String(this.#across === 0 && isSlim);
    this.element.dataset.dense = String(strips.some((strip) => strip.samples.length > ROOMY));
    this.element.replaceChildren(
      ...strips.map((strip) => {
        const label = strip.classIndex === null ? "all rows" : samples.stripNames![strip.classIndex]!;
        const squares = strip.samples.map((sample) => this.#square(samples, sample, offered));
        const rest = strip.total - strip.samples.length;
        const total = grouped(strip.total);
        const right = strip.samples.filter((sample) => !samples.isWrong(sample)).length;
        const share = isSlim ? `${grouped(right)}/${total}` : total;
        const count = rest > 0 ? `${grouped(strip.samples.length)} of ${total}` : share;
        return make(
          "div",
          { part: "pick-strip" },
          make(
            "div",
            { part: "pick-strip-head" },
            make("span", { part: "pick-class", title: label }, label),
            make(
              "span",
              { part: "pick-count", title: isSlim ? `${right} of ${strip.total} are read right` : "" },
              count,
            ),
          ),
          make("div", { part: "pick-squares", role: "listbox", "aria-label": label }, ...squares),
        );
      }),
    );
    if (strips.every((strip) => strip.total === 0)) {
      this.element.replaceChildren(
        make("div", { part: "pick-empty" }, strips.length > 0 ? "No such row." : "No such class."),
      );
    }
    const start = (focused !== null && this.#squares.get(focused)) || this.element.querySelector('[role="option"]');
    (start as HTMLElement | null)?.setAttribute("tabindex", "0");
    this.#current = start as HTMLElement | null;
    if (focused !== null) this.#current?.focus({ preventScroll: true });
    this.fitNames();
  }

  /** Cuts the names of the strips to their room, so that no two are alike. */
  fitNames(): void {
    const names = [...this.element.querySelectorAll<HTMLElement>(".nbviz-pick-class")];
    const room = names[0]?.clientWidth ?? 0;
    if (room === 0) return;
    const style = getComputedStyle(names[0]!);
    const font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    // Beside a count each has a width of its own.
    const width = (at: number) =>
      this.element.dataset.slim === "true" ? room : names[at]!.parentElement!.clientWidth - 48;
    const labels = cutNames(
      names.map(({ title }) => title),
      width,
      font,
      this.#measure,
    );
    for (const [at, name] of names.entries()) name.textContent = labels[at]!;
  }

  /** `compared`: rows that stand beside each other; `several`: whether there can be any. */
  select(sample: number | null, compared: readonly number[] = [], several = false): void {
    const square = sample === null ? undefined : this.#squares.get(sample);
    this.#mark(compared, several);
    if (square === this.#selected) return;
    this.#selected?.setAttribute("aria-selected", "false");
    square?.setAttribute("aria-selected", "true");
    this.#selected = square ?? null;
    if (!square) return;
    if (!this.element.contains(document.activeElement)) {
      this.#current?.setAttribute("tabindex", "-1");
      this.#current = square;
      square.setAttribute("tabindex", "0");
    }
    this.#reveal(square);
  }

  #mark(compared: readonly number[], several: boolean): void {
    for (const other of this.#compared) {
      const square = this.#squares.get(other);
      delete square?.dataset.compared;
      square?.removeAttribute("aria-description");
    }
    this.#compared = new Set(compared);
    for (const other of compared) {
      const square = this.#squares.get(other);
      if (!square) continue;
      square.dataset.compared = "true";
      square.setAttribute("aria-description", "compared");
    }
    for (const list of this.element.querySelectorAll('[role="listbox"]'))
      list.setAttribute("aria-multiselectable", String(several));
  }

  /** Once the view has got a size: before, there was nothing to scroll. */
  revealSelected(): void {
    if (this.#selected) this.#reveal(this.#selected);
  }

  /** Scrolls the board only, never the page. */
  #reveal(square: HTMLElement): void {
    const [board, box] = [this.element.getBoundingClientRect(), square.getBoundingClientRect()];
    if (box.top < board.top) this.element.scrollTop -= board.top - box.top + 24;
    else if (box.bottom > board.bottom) this.element.scrollTop += box.bottom - board.bottom + BELOW;
  }

  #square(samples: Samples, sample: number, offered: ReadonlySet<number> | null): HTMLElement {
    const name = samples.name(sample);
    const square = make("div", {
      part: samples.isWrong(sample) ? "pick-square pick-wrong" : "pick-square",
      role: "option",
      tabindex: "-1",
      "aria-selected": "false",
      "aria-label": `${name}: ${samples.words(sample)}${samples.isWrong(sample) ? `, ${samples.wrongWords}` : ""}`,
      "data-sample": String(sample),
    });
    if (this.#across > 0) {
      square.style.setProperty("--column", String(sample % this.#across));
      square.style.setProperty("--row", String(floor(sample / this.#across)));
      const read = samples.predicted(sample);
      if (samples.isWrong(sample) && read !== null) {
        square.dataset.read = samples.stripNames?.[read] ?? "";
        square.dataset.brief = briefly(square.dataset.read);
      }
    }
    square.style.setProperty("--depth", `${(100 * samples.depth(sample)).toFixed(0)}%`);
    if (offered && !offered.has(sample)) setEnabled(square, false, "", `${name}: ${NOT_AVAILABLE}`);
    this.#squares.set(sample, square);
    return square;
  }

  #choose(square: HTMLElement | null, isMore: boolean): void {
    if (!square || !isEnabled(square)) return;
    if (isMore) this.#actions.compare(sampleOf(square)!);
    else this.#actions.select(square === this.#selected && this.#compared.size === 0 ? null : sampleOf(square));
  }

  #key(event: KeyboardEvent): void {
    const isChosen = event.key === "Enter" || event.key === " ";
    if (event.altKey || !this.#current || ((event.ctrlKey || event.metaKey) && !isChosen)) return;
    const moved = this.#moveFor(event.key);
    if (moved) {
      moved.focus({ preventScroll: true });
      this.#reveal(moved);
    } else if (isChosen) this.#choose(this.#current, isForMore(event));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #moveFor(key: string): HTMLElement | null {
    const squares = [...this.#squares.values()];
    const at = squares.indexOf(this.#current!);
    if (key === "ArrowRight") return squares[at + 1] ?? this.#current;
    if (key === "ArrowLeft") return squares[at - 1] ?? this.#current;
    if (key === "Home") return squares[0]!;
    if (key === "End") return squares.at(-1)!;
    if (key !== "ArrowDown" && key !== "ArrowUp") return null;
    // Rows of squares wrap with the panel's width, so the next row is found by looking.
    const here = this.#current!.getBoundingClientRect();
    let best: HTMLElement | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const square of squares) {
      const box = square.getBoundingClientRect();
      const down = key === "ArrowDown" ? box.top - here.top : here.top - box.top;
      if (down <= 1) continue;
      const far = down * 1e4 + abs(box.left - here.left);
      if (far < least) [best, least] = [square, far];
    }
    return best ?? this.#current;
  }
}

/** Whether it is to stand beside others, as where several files are chosen. */
function isForMore(event: MouseEvent | KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.shiftKey;
}

function squareOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[role="option"]') : null;
}

function sampleOf(square: HTMLElement | null): number | null {
  return square ? Number(square.dataset.sample) : null;
}
