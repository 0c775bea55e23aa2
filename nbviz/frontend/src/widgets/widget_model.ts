/** The model behind a view: its traits, by the names Python gives them, listened to and saved with or without a kernel. */

import type { AnyModel } from "@anywidget/types";

export type WidgetModel<Traits> = AnyModel<Traits & Record<string, unknown>>;

/** Listens for as long as the view lives. `event`: `change:trait`, or `msg:custom` for what Python sends. */
export function listenTo<Traits>(
  model: WidgetModel<Traits>,
  signal: AbortSignal,
  event: string,
  handler: (...given: never[]) => void,
): void {
  model.on(event as "msg:custom", handler as never);
  signal.addEventListener("abort", () => model.off(event as "msg:custom", handler as never));
}

export function save<Traits>(model: WidgetModel<Traits>, values: Partial<Traits>): void {
  for (const [name, value] of Object.entries(values)) model.set(name, value as never);
  try {
    model.save_changes();
  } catch {
    // The view's own model has changed; nobody else is there to hear of it.
  }
}
