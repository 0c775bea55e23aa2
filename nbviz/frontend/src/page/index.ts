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

/** The kinds of script that hold data, as Jupyter names them. */
const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";
const MOMENTS = "application/vnd.nbviz.moments";

function scripts(type: string): HTMLScriptElement[] {
  return [...document.querySelectorAll<HTMLScriptElement>(`script[type="${type}"]`)];
}

async function draw(): Promise<void> {
  const manager = new HTMLManager({ loader: loadModule });
  for (const state of scripts(STATE)) await manager.set_state(JSON.parse(state.text));
  for (const script of scripts(MOMENTS)) {
    for (const follower of await followers(script.text)) await follow(follower, manager);
  }
  for (const script of scripts(VIEW)) {
    const model = await manager.get_model(JSON.parse(script.text).model_id);
    const place = make("div", { part: "widget" });
    script.before(place);
    await manager.display_view(manager.create_view(model), place);
  }
  document.documentElement.dataset.drawn = "true";
}

provide("@jupyter-widgets/base", base);
provide("@jupyter-widgets/controls", controls);
addEventListener("DOMContentLoaded", () => {
  draw().catch((error: unknown) => {
    console.error(error);
    document.body.prepend(make("p", { part: "failure" }, `This page could not be drawn: ${error}`));
  });
});
