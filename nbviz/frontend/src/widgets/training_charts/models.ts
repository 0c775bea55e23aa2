/** What Python wrote about the widgets to move, and those widgets. */

/** A model of another widget, as the host's manager gives it. */
export interface Widget {
  get(name: string): unknown;
  /** Sets traits as a message of the kernel would: nothing is sent back. */
  set_state(state: Record<string, unknown>): void;
}

export interface Manager {
  get_model(id: string): Promise<Widget>;
}

const REFERENCE = "IPY_MODEL_";

export interface TimePlot {
  place: string;
  cursor: Widget;
  veil: Widget;
  pointer: Widget;
  tag?: Widget;
  box?: Widget;
  pointer_tag?: Widget;
  curves: Widget[];
  dots?: Widget;
  ends: Widget[];
  form: "number" | "percent";
  top: number;
  lines?: Widget[];
  linear?: Widget;
  log?: Widget;
  axes?: Widget[];
}

export interface RidgePlot {
  ridges: Widget;
  shown: Widget;
  labels: Widget;
  shown_label: Widget;
  past: [string, string];
  present: [string, string];
  future: [string, string];
}

export interface Timing {
  revision: number;
  steps: number[];
  steps_per_epoch: number | null;
  live?: number | null;
  end: number;
  heights: number[][][][];
  ridges: number[][];
  words: string[][];
  shown_words: string[][];
}

/** The traits of the widget, by the names Python gives them; references are still text. */
export interface Traits {
  time_plots: unknown[];
  ridge_plots: unknown[];
  timing: Timing;
  shown_frame: number | null;
  log: boolean;
}

export async function load(value: unknown, manager: Manager): Promise<unknown> {
  if (typeof value === "string") {
    return value.startsWith(REFERENCE) ? manager.get_model(value.slice(REFERENCE.length)) : value;
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => load(item, manager)));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(async ([name, item]) => [name, await load(item, manager)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
