/** One view of a Trainer: joins the model's traits and the control bar. */

import type { AnyModel } from "@anywidget/types";
import { applyTheme, readTheme, watchTheme } from "../../style/theme.ts";
import type { TrainerWire } from "../../wire.ts";
import { listen, make } from "../html.ts";
import { ControlBar } from "./bar.ts";
import { HealthRow } from "./health.ts";
import { PreviewPanel } from "./preview.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  state: TrainerWire;
  shown_frame: number | null;
}

export class TrainerView {
  readonly #model: AnyModel<Traits & Record<string, unknown>>;
  readonly #bar: ControlBar;
  readonly #health: HealthRow;
  readonly #preview: PreviewPanel;
  readonly #error = make("div", { part: "error", role: "alert" });
  #kernel = false;

  constructor(model: AnyModel<Traits & Record<string, unknown>>, element: HTMLElement, signal: AbortSignal) {
    this.#model = model;
    const actions = { send: (type: string, value?: unknown) => this.#send(type, value) };
    this.#bar = new ControlBar(actions, signal);
    const backToLive = () => {
      model.set("shown_frame", null);
      model.save_changes();
    };
    this.#health = new HealthRow(actions, backToLive, signal);
    this.#preview = new PreviewPanel(actions, () => this.#bar.focus(), signal);
    const root = make(
      "div",
      { part: "trainer", "data-lm-suppress-shortcuts": "true" },
      this.#bar.element,
      this.#preview.element,
      this.#health.element,
      this.#error,
    );
    // JupyterLab asks the focused element first: on an ancestor alone the attribute comes too late.
    listen(root, signal, "focusin", (event) =>
      (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true"),
    );
    element.append(root);
    signal.addEventListener("abort", () => root.remove());
    this.#follow(root, signal);
    this.#update();
  }

  #follow(root: HTMLElement, signal: AbortSignal): void {
    const on = (event: string, handler: (...given: never[]) => void) => {
      this.#model.on(event as "msg:custom", handler as never);
      signal.addEventListener("abort", () => this.#model.off(event as "msg:custom", handler as never));
    };
    const theme = () => applyTheme(root, readTheme(root));
    theme();
    watchTheme(theme, signal);
    // A view is rendered before it is in the page; only there the host's colours are known.
    let attached = false;
    const size = new ResizeObserver(() => {
      if (attached || !root.isConnected) return;
      attached = true;
      theme();
    });
    size.observe(root);
    signal.addEventListener("abort", () => size.disconnect());
    on("change:state", () => this.#update());
    on("change:shown_frame", () => this.#update());
    on("msg:custom", (message: { type?: string } | null) => {
      if (message?.type !== "alive") return;
      this.#kernel = true;
      this.#update();
    });
    this.#send("hello");
  }

  #send(type: string, value?: unknown): void {
    try {
      this.#model.send(value === undefined ? { type } : { type, value });
    } catch {
      // A saved page has no kernel to talk to.
    }
  }

  #update(): void {
    const state = this.#model.get("state");
    if (!("status" in state)) return;
    const kernel = this.#kernel;
    this.#bar.update(state, kernel);
    this.#health.update(state, this.#model.get("shown_frame"), kernel);
    this.#preview.update(state.preview, kernel && !state.closed);
    if (this.#error.textContent !== (state.error ?? "")) this.#error.textContent = state.error ?? "";
    this.#error.hidden = state.error === null;
  }
}
