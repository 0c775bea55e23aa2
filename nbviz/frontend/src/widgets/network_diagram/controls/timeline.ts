/** The row beneath the drawing with which one goes back in time. */

import { abs, floor, max, min } from "../../../style/math.ts";
import type { Measure } from "../../../style/text.ts";
import type { EventWire, MomentWire } from "../../../wire.ts";
import { icon, listen, make } from "../../html.ts";
import { indexAt, nearestTo } from "../../steps.ts";
import type { Run } from "../arrivals.ts";

/** ms for playing a whole run, and for one moment of a short one. */
const RUN = 8000;
const LONGEST = 400;
/** px between labels, and by which a press may move before it is a drag. */
const GAP = 12;
const SLACK = 4;
/** px at the right of the track, as beside the curves of a run: see metrics/plot.py. */
const SIDE = 92;

const UNTRAINED = "Not trained here yet: press Train or fit with diagram.live().";

export interface TimelineActions {
  /** Shows the moment of a step; null: the live network. */
  seek(step: number | null): void;
  /** Asks for `advance` before the next picture. */
  request(): void;
}

/** Steps from the left end to the right end: those of the curves' axis, an epoch at least. */
export function spanOf({ moments, perEpoch }: Pick<Run, "moments" | "perEpoch">): number {
  return max(perEpoch ?? 0, moments.at(-1)?.step ?? 0, 1);
}

/** "viewing epoch 44 of 60" for the labels of the moment shown and of the last one. */
export function viewingWords(label: string, last: string): string {
  const epoch = /^epoch \d+/.exec(label)?.[0];
  const all = /^epoch (\d+)/.exec(last)?.[1];
  return epoch && all ? `viewing ${epoch} of ${all}${label.slice(epoch.length)}` : `viewing ${label}`;
}

/** "live · 12 moments kept"; while others lie after it "live: epoch 3", the label of its moment. */
export function liveWords({ moments, live }: Pick<Run, "moments" | "live">): string {
  return live === null ? `live · ${moments.length} moments kept` : `live: ${moments[live]!.label}`;
}

interface Label {
  x: number;
  width: number;
  /** Has its room before the others: what went wrong. */
  urgent?: boolean;
}

/** Left ends of the labels where none touches another and each stays at its mark; null where that cannot be. */
function spread(labels: readonly Label[], room: number): number[] | null {
  const most: number[] = [];
  let end = room;
  for (const { x, width } of [...labels].reverse()) {
    const left = min(x + SLACK, end - width);
    most.unshift(left);
    end = left - GAP;
  }
  const lefts: number[] = [];
  let start = 0;
  for (const [at, { x, width }] of labels.entries()) {
    const least = max(start, x - width - SLACK);
    if (least > most[at]!) return null;
    lefts.push(max(least, min(most[at]!, x - width / 2)));
    start = lefts[at]! + width + GAP;
  }
  return lefts;
}

/** Left end of each label, which lies beneath its mark at `x`; null for one that there is no room for. */
export function layLabels(labels: readonly Label[], room: number): (number | null)[] {
  let kept: number[] = [];
  let lefts: number[] = [];
  const byPlace = (a: number, b: number) => labels[a]!.x - labels[b]!.x;
  const order = [...labels.keys()].sort(
    (a, b) => Number(labels[b]!.urgent ?? false) - Number(labels[a]!.urgent ?? false) || byPlace(a, b),
  );
  for (const at of order) {
    const tried = [...kept, at].sort(byPlace);
    const found = spread(
      tried.map((index) => labels[index]!),
      room,
    );
    if (found) [kept, lefts] = [tried, found];
  }
  return labels.map((_, at) => lefts[kept.indexOf(at)] ?? null);
}

export class Timeline {
  readonly #actions: TimelineActions;
  readonly #measure: Measure;
  readonly #play = make("button", { type: "button", part: "button" });
  readonly #played = make("div", { part: "played" });
  readonly #thumb = make("div", { part: "thumb" });
  readonly #events = make("div");
  readonly #track = make(
    "div",
    { part: "track", role: "slider", tabindex: "0", "aria-label": "moment of the training", "aria-valuemin": "0" },
    this.#played,
    this.#events,
    this.#thumb,
  );
  readonly #text = make("span", { part: "viewing" });
  readonly #back = make("button", { type: "button", part: "button" }, "Back to live");
  readonly #side = make("div", { part: "timeline-side" }, this.#text, this.#back);
  readonly element = make("div", { part: "timeline" }, this.#play, this.#track, this.#side);
  #moments: readonly MomentWire[] = [];
  #marks: readonly EventWire[] = [];
  #shown: number | null = null;
  #live: number | null = null;
  #sought: number | null = null;
  /** Where the pointer or a key has gone since the last picture. */
  #wanted: number | null = null;
  /** When the run that is being played would have begun; null at rest. */
  #began: number | null = null;
  /** Where a mark was pressed that has not been dragged. */
  #pressed: number | null = null;
  #room = 0;
  #span = 1;
  /** px of the widest words at the right. */
  #words = 0;
  #laid = "";

  constructor(actions: TimelineActions, measure: Measure, signal: AbortSignal) {
    this.#actions = actions;
    this.#measure = measure;
    this.element.hidden = true;
    this.#setPlaying(false);
    const track = this.#track;
    const follow = (event: PointerEvent) => {
      const { left, width } = track.getBoundingClientRect();
      this.#go(nearestTo(this.#moments, ((event.clientX - left) / width) * this.#span));
    };
    listen(track, signal, "pointerdown", (event) => {
      if (event.button !== 0) return;
      track.setPointerCapture(event.pointerId);
      const { step } = (event.target as HTMLElement).dataset;
      this.#pressed = step === undefined ? null : event.clientX;
      if (step === undefined) follow(event);
      else this.#go(indexAt(this.#moments, Number(step)));
    });
    listen(track, signal, "pointermove", (event) => {
      if (!track.hasPointerCapture(event.pointerId)) return;
      // A press on a mark goes to the mark; only from there on it may become a drag.
      if (this.#pressed !== null && abs(event.clientX - this.#pressed) < SLACK) return;
      this.#pressed = null;
      follow(event);
    });
    listen(track, signal, "keydown", (event) => this.#key(event));
    listen(this.#play, signal, "click", () => this.#toggle());
    listen(this.#back, signal, "click", () => {
      track.focus({ preventScroll: true });
      this.#setPlaying(false);
      this.#seek(null);
    });
  }

  get playing(): boolean {
    return this.#began !== null;
  }

  /** Where the thumb is; the live network is at the end, unless it was put back. */
  get #index(): number {
    return this.#shown ?? this.#live ?? this.#moments.length - 1;
  }

  /** Shows where we are. Before there are moments to go back to its place is kept, where a kernel may bring some. */
  update(run: Run, font: string, kernel: boolean): void {
    const { isKept, moments, events, shown } = run;
    this.#moments = moments;
    this.#shown = shown;
    this.#live = run.live;
    this.#span = spanOf(run);
    const { element } = this;
    const waits = moments.length < 2;
    const appears = element.hidden || element.dataset.waits === "true";
    element.hidden = waits && !(isKept && kernel);
    element.dataset.waits = String(waits);
    this.#track.tabIndex = waits ? -1 : 0;
    if (waits) {
      this.#setPlaying(false);
      this.#text.textContent = UNTRAINED;
      return;
    }
    const moment = moments[this.#index]!;
    // Somebody else has moved on: a chart linked to this one, or Python.
    if ((shown === null ? null : moment.step) !== this.#sought) this.#setPlaying(false);
    const last = moments.at(-1)!;
    const text = shown === null ? liveWords(run) : viewingWords(moment.label, last.label);
    if (this.#text.textContent !== text) this.#text.textContent = text;
    element.dataset.live = String(shown === null);
    this.#back.tabIndex = shown === null ? -1 : 0;
    element.style.setProperty("--at", `${(100 * moment.step) / this.#span}%`);
    const told = events.filter(({ step }) => step === moment.step).map((event) => event.text);
    const values = {
      valuemax: String(moments.length - 1),
      valuenow: String(this.#index),
      valuetext: [shown === null ? (run.live === null ? "live" : text) : moment.label, ...told].join("; "),
    };
    for (const [name, value] of Object.entries(values)) this.#track.setAttribute(`aria-${name}`, value);
    this.#marks = events;
    const longest = moments.reduce((most, { label }) => (label.length > most.length ? label : most), "");
    const widest = viewingWords(longest, last.label).replace(/\d/g, "0");
    this.#words = this.#measure(widest, `400 11px ${font}`);
    if (appears) this.#room = this.#track.clientWidth;
    this.#layMarks(font);
  }

  /** The room has changed. */
  resize(font: string): void {
    if (this.#moments.length < 2) return;
    this.#room = this.#track.clientWidth;
    this.#layMarks(font);
  }

  #layMarks(font: string): void {
    const room = this.#room;
    const span = this.#span;
    const small = `400 11px ${font}`;
    const key = JSON.stringify([room, span, this.#words, font, this.#marks]);
    if (key === this.#laid) return;
    this.#laid = key;
    // The words at the right end beneath the track, and leave the labels what is left of it.
    const free = min(room, room + SIDE - this.#words - GAP);
    const places = this.#marks.map(({ step }) => (room * step) / span);
    const labels = this.#marks.map(({ text, kind }, at) => ({
      x: min(places[at]!, free),
      width: this.#measure(text, small),
      urgent: kind === "health",
    }));
    const lefts = layLabels(labels, free);
    this.#events.replaceChildren(
      ...this.#marks.flatMap(({ step, kind, text }, index) => {
        const mark = make("i", { part: `mark mark-${kind}`, title: text, "data-step": String(step) });
        mark.style.left = `${places[index]!}px`;
        const left = lefts[index]!;
        if (left === null) return [mark];
        const label = make("bdi", { part: `mark-label mark-${kind}`, "data-step": String(step) }, text);
        label.style.left = `${left}px`;
        return [mark, label];
      }),
    );
  }

  /** Goes where the pointer is or the run that is played; answers whether there is more to come. */
  advance(now: number): boolean {
    const moments = this.#moments;
    if (this.#wanted !== null) {
      const wanted = moments[this.#wanted];
      this.#wanted = null;
      if (wanted) this.#seek(wanted.step);
    }
    if (this.#began === null) return false;
    // A picture may be dated before the press that asked for it.
    const at = max(0, min(moments.length - 1, floor((now - this.#began) / this.pace)));
    if (moments[at]!.step !== this.#sought) this.#seek(moments[at]!.step);
    if (at === moments.length - 1) this.#setPlaying(false);
    return this.playing;
  }

  /** ms from one moment to the next while playing. */
  get pace(): number {
    return min(LONGEST, RUN / max(1, this.#moments.length - 1));
  }

  #seek(step: number | null): void {
    this.#sought = step;
    this.#actions.seek(step);
  }

  #go(index: number): void {
    this.#setPlaying(false);
    this.#wanted = max(0, min(this.#moments.length - 1, index));
    this.#actions.request();
  }

  #toggle(): void {
    if (this.playing) {
      this.#setPlaying(false);
      return;
    }
    const last = this.#moments.length - 1;
    const from = this.#index >= last ? 0 : this.#index;
    this.#setPlaying(true);
    this.#began = performance.now() - from * this.pace;
    this.#seek(this.#moments[from]!.step);
    this.#actions.request();
  }

  #setPlaying(playing: boolean): void {
    if (!playing) this.#began = null;
    const name = playing ? "pause" : "play";
    if (this.#play.dataset.icon === name) return;
    this.#play.dataset.icon = name;
    this.#play.title = playing ? "pause" : "play the training";
    this.#play.setAttribute("aria-label", this.#play.title);
    this.#play.replaceChildren(icon(name));
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const count = this.#moments.length;
    const at = this.#wanted ?? this.#index;
    const page = max(1, floor(count / 10));
    const to: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: at - page,
      PageUp: at + page,
      Home: 0,
      End: count - 1,
    };
    if (event.key === " ") this.#toggle();
    else if (event.key in to) this.#go(to[event.key]!);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
