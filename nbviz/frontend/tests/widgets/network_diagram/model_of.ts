/** A view without a page: the traits of its model, what it listens to, and what it sends. */

import type { HostedView } from "../../../src/widgets/hosted_view.ts";
import type { Traits } from "../../../src/widgets/network_diagram/selection.ts";
import type { WidgetModel } from "../../../src/widgets/widget_model.ts";

export function viewOf(traits: Partial<Traits>, kernel = false) {
  const handlers = new Map<string, ((...given: never[]) => void)[]>();
  const sent: string[] = [];
  const model = {
    get: (name: keyof Traits) => traits[name],
    set: (name: keyof Traits, value: never) => {
      traits[name] = value;
    },
    save_changes: () => {},
  };
  const view = {
    kernel,
    get: model.get,
    on: (event: string, handler: () => void) => handlers.set(event, [...(handlers.get(event) ?? []), handler]),
    request: () => {},
    send: (type: string) => sent.push(type),
  };
  /** Assigns traits as Python would. */
  const arrive = (given: Partial<Traits>) => {
    Object.assign(traits, given);
    for (const name of Object.keys(given)) for (const handler of handlers.get(`change:${name}`) ?? []) handler();
  };
  const receive = (message: object, buffers: Uint8Array[] = []) => {
    for (const handler of handlers.get("msg:custom") ?? []) handler(message as never, buffers as never);
  };
  return {
    view: view as unknown as HostedView<Traits>,
    model: model as unknown as WidgetModel<Traits>,
    traits,
    sent,
    arrive,
    receive,
  };
}
