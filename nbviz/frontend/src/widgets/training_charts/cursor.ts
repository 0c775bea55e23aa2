/** Moves cursors, tags, dots, labels and ridges to the moment shown, or to the place of the mouse. */

import { max, min } from "../../style/math.ts";
import { pageClock } from "../clock.ts";
import { listenTo, save, type WidgetModel } from "../widget_model.ts";
import { load, type Manager, type RidgePlot, type TimePlot, type Timing, type Traits } from "./models.ts";
import { PointerOnTime } from "./pointer.ts";
import { showRidges } from "./ridges.ts";
import { atOrBefore, epochWords, heightAt, nearestStep, valueAt, valueWords } from "./time.ts";

type Numbers = ArrayLike<number>;

/** The lines of a mark: bqplot holds one or many. */
function lines(mark: { get(name: string): unknown }, axis: string): Numbers[] {
  const held = mark.get(axis) as Numbers | Numbers[] | null;
  if (!held?.length) return [];
  return typeof held[0] === "number" ? [held as Numbers] : (held as Numbers[]);
}

/** Of the width: nearer to the left edge the tag would lie over the title. */
const BESIDE_TITLE = 0.06;

export class Cursor {
  readonly #model: WidgetModel<Traits>;
  readonly #clock = pageClock();
  #plots: TimePlot[] = [];
  #ridges: RidgePlot[] = [];
  #drawnRidges: string[] = [];
  #pointed: number | null = null;
  #turn = 0;

  constructor(model: WidgetModel<Traits>, signal: AbortSignal) {
    this.#model = model;
    const on = (trait: string, handler: () => void) => listenTo(model, signal, `change:${trait}`, handler);
    for (const trait of ["time_plots", "ridge_plots"]) on(trait, () => this.#load());
    for (const trait of ["timing", "shown_frame", "log"]) on(trait, () => this.#ask());
    const places = () => this.#plots.map(({ place }) => place);
    new PointerOnTime(
      places,
      {
        point: (share) => {
          this.#pointed = share;
          this.#ask();
        },
        go: (share) => this.#go(share),
      },
      signal,
    );
    signal.addEventListener("abort", () => this.#clock.cancel(this.#tick));
    this.#load();
  }

  get #timing(): Timing {
    return this.#model.get("timing");
  }

  get #perEpoch(): number {
    return this.#timing.steps_per_epoch || 1;
  }

  async #load(): Promise<void> {
    const mine = ++this.#turn;
    const manager = this.#model.widget_manager as unknown as Manager;
    const [plots, ridges] = await Promise.all([
      load(this.#model.get("time_plots"), manager),
      load(this.#model.get("ridge_plots"), manager),
    ]);
    if (mine !== this.#turn) return;
    this.#plots = plots as TimePlot[];
    this.#ridges = ridges as RidgePlot[];
    this.#drawnRidges = [];
    this.#ask();
  }

  /** Many changes come at once: they are shown in one go. */
  #ask(): void {
    this.#clock.request(this.#tick);
  }

  readonly #tick = (): boolean => {
    this.#show();
    return false;
  };

  #go(share: number | null): void {
    const { steps, end } = this.#timing;
    if (steps.length < 2) return;
    const step = share === null ? null : nearestStep(steps, share * end, this.#perEpoch);
    if (step === this.#model.get("shown_frame")) return;
    save(this.#model, { shown_frame: step });
  }

  /** Step of the moment shown, or that the live network was put back to; null where that is at the end. */
  get #step(): number | null {
    return this.#model.get("shown_frame") ?? this.#timing.live ?? null;
  }

  /** Its epoch. */
  #shownEpoch(): number | null {
    const shown = this.#step;
    const { steps } = this.#timing;
    const index = shown === null ? -1 : atOrBefore(steps, shown);
    return index < 0 ? null : steps[index]! / this.#perEpoch;
  }

  #show(): void {
    const epoch = this.#shownEpoch();
    const pointed = this.#pointed === null ? null : this.#pointed * this.#timing.end;
    this.#plots.forEach((plot, index) => {
      this.#showPlot(plot, index, epoch, pointed);
    });
    const shown = this.#step;
    const { ridges, words, shown_words, revision } = this.#timing;
    this.#ridges.forEach((plot, index) => {
      const steps = ridges[index] ?? [];
      // Most moments have no ridge of their own: nothing moves until the next one that has.
      const state = `${revision} ${shown === null ? -1 : atOrBefore(steps, shown)}`;
      if (this.#drawnRidges[index] === state) return;
      this.#drawnRidges[index] = state;
      showRidges(plot, steps, words[index] ?? [], shown_words[index] ?? [], shown);
    });
  }

  #showPlot(plot: TimePlot, index: number, epoch: number | null, pointed: number | null): void {
    const { end } = this.#timing;
    const logarithmic = this.#model.get("log") && plot.log !== undefined;
    this.#chooseScale(plot, logarithmic);
    const share = epoch === null ? 1 : min(1, epoch / end);
    const upright = (at: number, visible: boolean) => ({ x: Float64Array.of(at, at), visible });
    plot.cursor.set_state(upright(share, epoch !== null));
    plot.veil.set_state({ x: Float64Array.of(share, 1), visible: epoch !== null });
    plot.pointer.set_state(upright(pointed === null ? 0 : pointed / end, pointed !== null));
    this.#showTag(plot, epoch, pointed, share);
    const heights = this.#timing.heights[index]?.[Number(logarithmic)];
    const told = pointed ?? epoch;
    const dots: [number, number][] = [];
    plot.curves.forEach((mark, which) => {
      const [x, y] = [lines(mark, "x"), lines(mark, "y")];
      if (epoch !== null) for (const [line, at] of x.entries()) dots.push([epoch, heightAt(at, y[line]!, epoch)]);
      const label = plot.ends[which];
      const places = heights?.[which];
      if (!label || !places) return;
      const text = Array.from(label.get("text") as ArrayLike<string>);
      const count = text.length / 2;
      for (let line = 0; line < count && line < x.length; line += 1) {
        const value = valueAt(x[line]!, y[line]!, told ?? Number.POSITIVE_INFINITY);
        text[count + line] = valueWords(value, plot.form);
      }
      label.set_state({ text, y: places });
    });
    const drawn = dots.filter(([, y]) => Number.isFinite(y));
    plot.dots?.set_state({ x: drawn.map(([x]) => x), y: drawn.map(([, y]) => y) });
  }

  #showTag(plot: TimePlot, epoch: number | null, pointed: number | null, share: number): void {
    if (!plot.tag || !plot.box || !plot.pointer_tag) return;
    const words = epoch === null ? [] : [`epoch ${epochWords(epoch)}`];
    const at = words.map(() => max(share, BESIDE_TITLE));
    const top = words.map(() => plot.top);
    plot.tag.set_state({ x: at, y: top, text: words });
    plot.box.set_state({ x: at, y: top, rotation: words.map(() => 90) });
    // The tag has the place where the two would meet.
    const room = pointed !== null && (epoch === null || Math.abs(pointed / this.#timing.end - share) > 0.16);
    const mouse = room ? [pointed / this.#timing.end] : [];
    const which = mouse.map(() => `epoch ${epochWords(max(0, pointed!))}`);
    plot.pointer_tag.set_state({ x: mouse, y: mouse.map(() => plot.top), text: which });
  }

  #chooseScale(plot: TimePlot, logarithmic: boolean): void {
    const scale = logarithmic ? plot.log : plot.linear;
    if (!scale) return;
    for (const mark of [...(plot.lines ?? plot.curves), ...(plot.dots ? [plot.dots] : [])]) {
      const scales = mark.get("scales") as Record<string, unknown>;
      if (scales.y !== scale) mark.set_state({ scales: { ...scales, y: scale } });
    }
    plot.axes?.forEach((axis, which) => {
      axis.set_state({ visible: Boolean(which) === logarithmic });
    });
  }
}
