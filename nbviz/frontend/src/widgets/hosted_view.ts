/** What all our views are: a root in the host's page, the model behind it, its kernel, theme, size, keys and clock. */

import type { AnyModel } from "@anywidget/types";
import { applyTheme, readTheme, type Theme, watchTheme } from "../style/theme.ts";
import { pageClock } from "./clock.ts";
import { listen, make } from "./html.ts";
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
  /** Whether a kernel has answered. */
  kernel = false;
  /** Whether the view is in sight; null as long as it is not in the page. */
  visible: boolean | null = null;
  readonly #clock = pageClock();
  readonly #sizes = new ResizeObserver(() => this.#resize());
  #attached: boolean;
  #asked = false;

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
    this.on("msg:custom", (message: { type?: string } | null) => {
      if (message?.type !== "alive") return;
      this.kernel = true;
      this.answered();
    });
    this.send("hello");
    this.request();
    signal.addEventListener("abort", () => {
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
  /** A kernel has answered. */
  protected answered(): void {
    this.request();
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

  /** Asks for `draw` before the next picture of the page. */
  request(): void {
    this.#asked = true;
    this.root.dataset.resting = "false";
    this.#clock.request(this.#tick);
  }

  get<Name extends keyof Traits & string>(name: Name): Traits[Name] {
    return this.model.get(name) as Traits[Name];
  }

  save(values: Partial<Traits>): void {
    save(this.model, values);
  }

  /** Listens to the model for as long as the view lives. */
  on(event: string, handler: (...given: never[]) => void): void {
    listenTo(this.model, this.signal, event, handler);
  }

  send(type: string, value?: unknown): void {
    try {
      this.model.send(value === undefined ? { type } : { type, value });
    } catch {
      // A saved page has no kernel to talk to; everything else works.
    }
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
    this.root.dataset.resting = String(!more && !this.#asked && this.visible !== null);
    return more;
  };

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
      if (event.key !== "Escape" || !this.clear()) return;
      event.preventDefault();
      event.stopPropagation();
    });
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
