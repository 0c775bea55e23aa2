/** What an exported page runs: draws its widgets from their saved state, without a kernel and without a network. */

import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import { HTMLManager } from "@jupyter-widgets/html-manager/lib/htmlmanager";
import "@lumino/widgets/style/index.css";
import "./page.css";
import { make } from "../widgets/html.ts";
import { follow } from "./follow.ts";
import { loadModule, provide } from "./modules.ts";
import { followers } from "./moments.ts";
import { fail, MOMENTS, parts, STATE, VIEW, wholePage } from "./parts.ts";
import { unpackJson } from "./unpack.ts";

async function draw(): Promise<void> {
  const manager = new HTMLManager({ loader: loadModule });
  await wholePage();
  for (const { text } of parts(STATE)) await manager.set_state(await unpackJson(text));
  for (const script of parts(VIEW)) {
    const model = await manager.get_model(JSON.parse(script.text).model_id);
    const place = make("div", { part: "widget" });
    script.before(place);
    await manager.display_view(manager.create_view(model), place);
  }
  // What other samples show is large: the picture does not wait for it.
  for (const { text } of parts(MOMENTS)) {
    for (const follower of await followers(text)) await follow(follower, manager);
  }
  document.documentElement.dataset.drawn = "true";
}

provide("@jupyter-widgets/base", base);
provide("@jupyter-widgets/controls", controls);
draw().catch(fail);
