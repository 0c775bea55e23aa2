/** What a page holds of the views' code, whichever widgets came first: what reads it here is in each of them. */

import type { AnyModel } from "@anywidget/types";

export interface Context {
  model: AnyModel;
  el: HTMLElement;
  signal: AbortSignal;
}

export type Cleanup = (() => void) | undefined;

export interface View {
  initialize?(context: Context): Cleanup;
  render(context: Context): Cleanup;
}

/** A view's code, once it is there. */
export interface Loaded {
  view: View;
  style: string;
}

interface Held {
  /** By the reference to the view's file. */
  views: Map<string, Promise<Loaded>>;
  /** Where a source, as it is packed, can be imported from. */
  addresses: Map<string, Promise<string>>;
  /** What a page, or a part of it that is closed to the page's styles, has been given. */
  styles: WeakMap<Node, Set<string>>;
}

const PAGE = Symbol.for("nbviz/code");

export function held(): Held {
  const global = globalThis as { [PAGE]?: Held };
  global[PAGE] ??= { views: new Map(), addresses: new Map(), styles: new WeakMap() };
  return global[PAGE];
}

/** Gives a page, or a part of it that is closed to the page's styles, those of a view. */
export function addStyle(root: Node, text: string): void {
  const { styles } = held();
  const known = styles.get(root) ?? new Set();
  styles.set(root, known);
  if (!text || known.has(text)) return;
  known.add(text);
  const style = document.createElement("style");
  style.textContent = text;
  (root === document ? document.head : root).appendChild(style);
}

const LOOK = 20; // ms
const PATIENCE = 10_000;

/** Resolves once the code of these views is there, or cannot be had: they are drawn in the next picture of the page. */
export async function codeIsThere(references: Iterable<string>): Promise<void> {
  const { views } = held();
  const end = performance.now() + PATIENCE;
  for (const reference of references) {
    while (!views.has(reference) && performance.now() < end) await new Promise((look) => setTimeout(look, LOOK));
  }
  await Promise.allSettled(views.values());
}
