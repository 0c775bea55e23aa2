/** What all our views are: a root in the host's page, the model behind it, its kernel, theme, size, keys and clock. */

import type { AnyModel } from "@anywidget/types";
import { applyTheme, readTheme, type Theme, watchTheme } from "../style/theme.ts";
import { pageClock } from "./clock.ts";
import { listen, make } from "./html.ts";
import { KernelLink } from "./kernel_link.ts";
import { Notice } from "./notice.ts";
import { askForState, bindAgain } from "./whole_model.ts";
import { listenTo, save, type WidgetModel } from "./widget_model.ts";

/** What a view gets from its host. */
export interface Host<Traits> {
  readonly model: WidgetModel<Traits>;
  readonly element: HTMLElement;
  /** Aborted when the view goes. */
  readonly signal: AbortSignal;
}

/** JupyterLab leaves the keys to what bears this. */
const OWN_KEYS = "data-lm-suppress-shortcuts";
/** What an explorer's views tell each other when one of them has heard Esc; handled as default by those with something to end. */
const TO_BASE = "nbviz-base";
const ROUNDS = 3; // what one view gives back another may take up once
const LATE = 10_000; // ms without a picture until it is told what is waited for

/**
 * The base of all views. `data-resting` on the root tells whether there is nothing more to draw: no frame is asked
 * for, nothing moves, and the view is in the page.
 */
export abstract class HostedView<Traits> {
  readonly root: HTMLElement;
  readonly model: WidgetModel<Traits>;
  readonly signal: AbortSignal;
  /** Says why there is nothing to show; the view gives it its place. */
  readonly empty: HTMLElement;
  theme: Theme;
  /** Whether the view is in sight; null as long as it is not in the page. */
  visible: boolean | null = null;
  readonly #clock = pageClock();
  readonly #sizes = new ResizeObserver(() => this.#resize());
  #attached: boolean;
  readonly #link: KernelLink;
  readonly #notice: Notice;
  #asked = false;
  #isLate = false;
  #lateness: ReturnType<typeof setTimeout> | undefined;

  /** `part`: names the root. */
  constructor({ model, element, signal }: Host<Traits>, part: string, empty = make("div")) {
    this.model = model;
    this.signal = signal;
    this.empty = empty;
    this.root = make("div", { part, [OWN_KEYS]: "true" });
    element.append(this.root);
    this.#attached = this.root.isConnected;
    this.theme = readTheme(this.root);
    applyTheme(this.root, this.theme);
    this.#watchPage();
    this.#listenToKeys();
    this.#notice = new Notice(() => this.#tryAgain(), signal);
    const greet = () => this.send("hello");
    this.#link = new KernelLink(this.model, greet, () => this.#linkChanged(), signal);
    this.on("msg:custom", (message: { type?: string } | null) => message?.type === "alive" && this.#link.heard());
    this.on("change", () => this.#isLate && this.request());
    greet();
    this.#expectPicture();
    this.request();
    signal.addEventListener("abort", () => {
      clearTimeout(this.#lateness);
      this.#sizes.disconnect();
      this.#clock.cancel(this.#tick);
      this.root.remove();
    });
  }

  /** Draws what has changed; answers whether there is more to come. `asked`: false where it only goes on. */
  protected draw(_now: number, _asked: boolean): boolean {
    return false;
  }
  /** Something could not be drawn: the last good picture stays. */
  protected failed(_words: string): void {}
  /** A kernel has answered, or does not any more. */
  protected answered(): void {
    this.request();
  }
  /** What is waited for to draw the picture; null once that is there. */
  protected lacking(): string | null {
    return null;
  }
  /** What the kernel has told is wrong with what is shown; null for nothing. `complain` when it changes. */
  protected complaint(): string | null {
    return null;
  }
  /** Theme, fonts or resolution are others: everything is to be drawn anew, which is asked for. */
  protected restyled(): void {}
  /** The root, or another part whose size is watched, has another size. */
  protected resized(): void {}
  /** The view has come into sight, or gone. */
  protected seen(): void {}
  /** Selects nothing; answers whether something was selected. */
  protected clear(): boolean {
    return false;
  }
  /** As one of an explorer's: ends all at once that is selected, asked for or compared; answers whether that was any. */
  protected toBase(): boolean {
    return this.clear();
  }

  /** Asks for `draw` before the next picture of the page. */
  request(): void {
    this.#asked = true;
    this.root.dataset.resting = "false";
    this.#clock.request(this.#tick);
  }

  /** Whether a kernel answers. */
  get kernel(): boolean {
    return this.#link.isAlive;
  }

  /** Whether there was a kernel once, which does not answer now. */
  get isForsaken(): boolean {
    return !this.#link.isAlive && this.#link.words !== null;
  }

  get<Name extends keyof Traits & string>(name: Name): Traits[Name] {
    return this.model.get(name) as Traits[Name];
  }

  save(values: Partial<Traits>): void {
    save(this.model, values);
  }

  /** Saves what the kernel is to do something about: it is said if that does not answer. */
  ask(values: Partial<Traits>): void {
    if (this.kernel) {
      this.send("hello");
      this.#link.expect();
    }
    this.save(values);
  }

  /** Listens to the model for as long as the view lives. */
  on(event: string, handler: (...given: never[]) => void): void {
    listenTo(this.model, this.signal, event, handler);
  }

  send(type: string, value?: unknown): void {
    try {
      this.model.send(value === undefined ? { type } : { type, value });
      if (type !== "hello") this.#link.expect();
    } catch {
      // A saved page has no kernel to talk to; everything else works.
      this.#link.fail();
    }
  }

  protected complain(): void {
    this.#notify();
  }

  /** Watches the size of another element than the root. */
  protected watchSize(part: HTMLElement): void {
    this.#sizes.observe(part);
  }

  /** Shows the parts, or why there is nothing to show. */
  protected fill(isFull: boolean, ...parts: HTMLElement[]): void {
    this.empty.hidden = isFull;
    for (const part of parts) part.hidden = !isFull;
  }

  readonly #tick = (now: number): boolean => {
    const asked = this.#asked;
    this.#asked = false;
    let more = false;
    try {
      more = this.draw(now, asked);
    } catch (error) {
      console.error(error);
      const what = error instanceof Error ? error.message : error;
      this.failed(`This picture could not be drawn, the last good one stays: ${what}`);
    }
    if (this.#isLate) this.#notify();
    this.root.dataset.resting = String(!more && !this.#asked && this.visible !== null);
    return more;
  };

  #linkChanged(): void {
    this.#notify();
    this.answered();
  }

  #expectPicture(): void {
    clearTimeout(this.#lateness);
    this.#isLate = false;
    this.#lateness = setTimeout(() => {
      this.#isLate = this.lacking() !== null;
      this.#notify();
    }, LATE);
  }

  async #tryAgain(): Promise<void> {
    this.#expectPicture();
    this.#notice.update(null, false);
    await bindAgain(this.model);
    if (this.lacking() !== null) await askForState(this.model);
    this.#link.retry();
  }

  /** Says what is wrong with the kernel, or what the picture lacks. */
  #notify(): void {
    const { words, isUnanswered, isBusy } = this.#link;
    const told = words !== null && (isUnanswered || this.#isFirst()) ? words : null;
    const lacking = this.#isLate ? this.lacking() : null;
    this.#isLate = lacking !== null;
    const why = isBusy ? "the kernel is busy" : "nothing has come for ten seconds";
    const waiting = lacking === null ? null : `Waiting for ${lacking}: ${why}.`;
    const again = told === null ? waiting !== null : isUnanswered;
    this.#notice.update(told ?? waiting ?? this.complaint(), again);
    // The last part of the view, whichever others that has.
    if (!this.#notice.element.hidden && this.root.lastChild !== this.#notice.element)
      this.root.append(this.#notice.element);
  }

  /** What holds for all views of an output is said once. */
  #isFirst(): boolean {
    const output = this.root.closest(".nbviz-explorer, .jp-OutputArea-output");
    return !output || output.querySelector(".nbviz-view") === this.root;
  }

  #watchPage(): void {
    const { root, signal } = this;
    const restyle = () => this.#restyle();
    this.#sizes.observe(root);
    const sight = new IntersectionObserver((entries) => {
      if (!root.isConnected) return;
      // From now on it can rest.
      if (this.visible === null) this.request();
      this.visible = entries.some((entry) => entry.isIntersecting);
      this.seen();
    });
    sight.observe(root);
    signal.addEventListener("abort", () => sight.disconnect());
    watchTheme(restyle, signal);
    document.fonts?.ready.then(() => !signal.aborted && restyle());
    this.#watchResolution();
  }

  /** A query for the present resolution changes once: when there is another. */
  #watchResolution(): void {
    const changed = () => {
      this.#restyle();
      this.#watchResolution();
    };
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", changed, { once: true, signal: this.signal });
  }

  #listenToKeys(): void {
    const { root, signal } = this;
    // JupyterLab asks the focused element first: on an ancestor alone the attribute comes too late.
    listen(root, signal, "focusin", (event) => (event.target as Element).setAttribute(OWN_KEYS, "true"));
    listen(root, signal, "keydown", (event) => {
      if (event.key !== "Escape" || !this.#escape()) return;
      event.preventDefault();
      event.stopPropagation();
    });
    root.addEventListener(TO_BASE, (event) => this.toBase() && event.preventDefault(), { signal });
  }

  /** Of an explorer all views go back to the one base state, whichever has the keys; answers whether one did. */
  #escape(): boolean {
    const explorer = this.root.closest(".nbviz-explorer");
    if (!explorer) return this.clear();
    const views = [...explorer.querySelectorAll(".nbviz-view")];
    const tell = () => views.filter((view) => !view.dispatchEvent(new Event(TO_BASE, { cancelable: true }))).length > 0;
    let ended = false;
    for (let round = 0; round < ROUNDS && tell(); round++) ended = true;
    return ended;
  }

  #resize(): void {
    // Rendered before it was attached, the root had no host colours to read.
    if (!this.#attached && this.root.isConnected) {
      this.#attached = true;
      this.#restyle();
    }
    this.resized();
  }

  #restyle(): void {
    this.theme = readTheme(this.root);
    applyTheme(this.root, this.theme);
    this.restyled();
    this.request();
  }
}

/** The `render` of an anywidget module with one kind of view. */
export function hosted<Traits>(
  View: new (host: Host<Traits>) => HostedView<Traits>,
): (given: { model: AnyModel; el: HTMLElement }) => () => void {
  return ({ model, el }) => {
    const stop = new AbortController();
    new View({ model: model as unknown as WidgetModel<Traits>, element: el, signal: stop.signal });
    return () => stop.abort();
  };
}
