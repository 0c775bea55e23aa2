/** The parts of an exported page that hold data, by their type. */

export const CODE = "application/vnd.nbviz.code";
export const STATE = "application/vnd.nbviz.state";
export const MOMENTS = "application/vnd.nbviz.moments";
/** As Jupyter names it. */
export const VIEW = "application/vnd.jupyter.widget-view+json";

export function parts(type: string): HTMLScriptElement[] {
  return [...document.querySelectorAll<HTMLScriptElement>(`script[type="${type}"]`)];
}

/** Resolves once all of the page has been read. */
export function wholePage(): Promise<unknown> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((read) => addEventListener("DOMContentLoaded", read));
}

/** Says in the page that it shows nothing, and why. */
export async function fail(error: unknown): Promise<void> {
  console.error(error);
  await wholePage();
  const words = document.createElement("p");
  words.className = "nbviz-failure";
  words.textContent = `This page could not be drawn: ${error instanceof Error ? error.message : error}.`;
  document.body.prepend(words);
}
