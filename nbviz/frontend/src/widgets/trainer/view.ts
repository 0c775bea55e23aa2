/** One view of a Trainer: joins the model's traits and the control bar. */

import type { TrainerWire } from "../../wire.ts";
import { type Host, HostedView } from "../hosted_view.ts";
import { ControlBar } from "./bar.ts";
import { HealthRow } from "./health.ts";
import { PreviewPanel } from "./preview.ts";

/** The traits of the widget, by the names Python gives them. */
export interface Traits {
  state: TrainerWire;
  shown_frame: number | null;
}

export class TrainerView extends HostedView<Traits> {
  readonly #bar: ControlBar;
  readonly #health: HealthRow;
  readonly #preview: PreviewPanel;

  constructor(host: Host<Traits>) {
    super(host, "trainer");
    const { signal } = host;
    const actions = { send: (type: string, value?: unknown) => this.send(type, value) };
    this.#bar = new ControlBar(actions, signal);
    this.#health = new HealthRow(actions, () => this.save({ shown_frame: null }), signal);
    this.#preview = new PreviewPanel(actions, () => this.#bar.focus(), signal);
    this.root.append(this.#bar.element, this.#preview.element, this.#health.element);
    for (const trait of ["state", "shown_frame"]) this.on(`change:${trait}`, () => this.#update());
    this.#update();
  }

  protected override lacking(): string | null {
    return "status" in this.get("state") ? null : "the state of the training";
  }

  protected override complaint(): string | null {
    return this.get("state").error ?? null;
  }

  protected override answered(): void {
    this.#update();
  }

  #update(): void {
    const state = this.get("state");
    if (!("status" in state)) return;
    this.#bar.update(state, this.kernel, this.isForsaken);
    this.#health.update(state, this.get("shown_frame"), this.kernel);
    this.#preview.update(state.preview, this.kernel && !state.closed);
    this.complain();
  }
}
