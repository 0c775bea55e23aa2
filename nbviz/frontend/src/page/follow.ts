/** Replays what Python worked out for each sample and each choice, as if the kernel had sent it. */

import { type BufferJSON, type Dict, put_buffers, type WidgetModel } from "@jupyter-widgets/base";
import type { Follower, WireValue } from "./moments.ts";

/** The part of a widget manager that following needs. */
export interface Models {
  get_model(id: string): Promise<WidgetModel>;
}

/** The traits as a message of the kernel would carry them; the widgets may keep and change what they get. */
function stateOf(traits: Map<string, WireValue>): Dict<BufferJSON> {
  const state: Dict<BufferJSON> = {};
  for (const [name, { json, buffers }] of traits) {
    state[name] = structuredClone(json) as BufferJSON;
    const paths = buffers.map(({ path }) => [name, ...path]);
    put_buffers(
      state,
      paths,
      buffers.map(({ data }) => data),
    );
  }
  return state;
}

export async function follow(follower: Follower, models: Models): Promise<void> {
  const driver = await models.get_model(follower.driver);
  let turn = 0;
  const replay = async (): Promise<void> => {
    const mine = ++turn;
    const moment = follower.moment(driver.get(follower.trait));
    if (!moment) return;
    const targets = [...moment].map(async ([id, traits]) => {
      const model = await models.get_model(id);
      const kind = model.constructor as typeof WidgetModel;
      // The manager is only passed on, to look up widgets that a value refers to.
      return { model, state: await kind._deserialize_state(stateOf(traits), models as never) };
    });
    const ready = await Promise.all(targets);
    if (mine !== turn) return;
    for (const { model, state } of ready) model.set_state(state);
  };
  const changed = () => replay().catch((error: unknown) => console.error(error));
  driver.on(`change:${follower.trait}`, changed);
  // A link between widgets may have changed it before anybody could listen.
  if (driver.get(follower.trait) !== follower.saved) await changed();
}
