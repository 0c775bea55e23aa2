/** What an exported page runs: draws its widgets from their saved state, without a kernel and without a network. */

import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import { HTMLManager } from "@jupyter-widgets/html-manager/lib/htmlmanager";
import "@lumino/widgets/style/index.css";
import "./page.css";
import { make } from "../widgets/html.ts";
import { follow } from "./follow.ts";
import { addStyle, codeIsThere } from "./held.ts";
import { loadModule, provide } from "./modules.ts";
import { followers } from "./moments.ts";
import { fail, MOMENTS, parts, STATE, VIEW, wholePage } from "./parts.ts";
import { unpackJson, unpackText } from "./unpack.ts";

/** As much of the saved state as is read here: what a view of ours refers to its code by, and the code's style. */
interface Saved {
  state: Record<string, { state: { _code?: string; style?: unknown; imports?: unknown } }>;
}

const IDLE = { timeout: 1000 }; // ms

/** Resolves when the page has nothing more urgent to do. */
function idle(): Promise<unknown> {
  // Not every browser tells.
  return new Promise((rests) =>
    "requestIdleCallback" in window ? requestIdleCallback(rests, IDLE) : setTimeout(rests),
  );
}

async function draw(): Promise<void> {
  const manager = new HTMLManager({ loader: loadModule });
  await wholePage();
  const code = new Set<string>();
  for (const { text } of parts(STATE)) {
    const saved = await unpackJson<Saved>(text);
    for (const { state } of Object.values(saved.state)) {
      if (state._code) code.add(state._code);
      // Before anything is laid out: charts would not hear of styles that come later.
      if (state.imports && typeof state.style === "string") addStyle(document, await unpackText(state.style));
    }
    await manager.set_state(saved as never);
  }
  for (const script of parts(VIEW)) {
    const model = await manager.get_model(JSON.parse(script.text).model_id);
    const place = make("div", { part: "widget" });
    script.before(place);
    await manager.display_view(manager.create_view(model), place);
  }
  await codeIsThere(code);
  // What other samples show is large: the picture does not wait for it.
  await idle();
  for (const { text } of parts(MOMENTS)) {
    for (const follower of await followers(text)) await follow(follower, manager);
  }
  document.documentElement.dataset.drawn = "true";
}

provide("@jupyter-widgets/base", base);
provide("@jupyter-widgets/controls", controls);
draw().catch(fail);
