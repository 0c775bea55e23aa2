/** What the control bar says. */

import { grouped, plural, short } from "../../style/numbers.ts";
import type { LayerChangeWire, PreviewWire, TrainerWire } from "../../wire.ts";

const STATUS = { ready: "ready", training: "training", paused: "paused", finished: "finished", error: "stopped" };

export function statusWord(state: TrainerWire): string {
  return state.closed ? "closed" : STATUS[state.status];
}

/** "epoch 60 of 100, batch 2 of 2". */
export function positionWords(state: TrainerWire): string {
  if (state.updates === 0 && state.status === "training") return "compiling the first update";
  if (state.updates === 0) return `${plural(state.steps_per_epoch, "batch").replace("batchs", "batches")} an epoch`;
  // A run that was gone on with has left the number of epochs behind.
  const of = state.epochs !== null && state.epoch <= state.epochs ? ` of ${grouped(state.epochs)}` : "";
  return `epoch ${grouped(state.epoch)}${of}, batch ${grouped(state.batch)} of ${grouped(state.steps_per_epoch)}`;
}

/** "4.1 epochs/s"; of slow ones "25 updates/s". */
export function speedWords(updates: number, stepsPerEpoch: number): string {
  const epochs = updates / stepsPerEpoch;
  return epochs >= 1 ? `${short(epochs)} epochs/s` : `${short(updates)} updates/s`;
}

/** What the limit lets through. */
export function limitWords(limit: number | null): string {
  return limit === null ? "full" : `${Number(limit.toPrecision(3))} updates/s`;
}

/** Without trailing zeros: 0.001, 0.0003, 2e−5. */
export function rateWords(rate: number | null): string {
  if (rate === null) return "NaN";
  if (rate !== 0 && (rate < 0.0001 || rate >= 10_000)) {
    return rate
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e")
      .replace("-", "\u2212");
  }
  return String(Number(rate.toPrecision(3)));
}

/** A number as people write it, a real minus and a comma for the point included; null: none above 0. */
export function readRate(text: string): number | null {
  const number = Number(
    text
      .trim()
      .replace(/\u2212/g, "-")
      .replace(",", "."),
  );
  return text.trim() !== "" && Number.isFinite(number) && number > 0 ? number : null;
}

/** "viewing epoch 44 of 60" for a step of the run. */
export function viewingWords(asked: number, state: TrainerWire): string {
  const epochs = Math.ceil(state.latest / state.steps_per_epoch);
  const step = Math.min(asked, state.latest);
  if (step <= 0) return `viewing the start${epochs > 0 ? ` of ${plural(epochs, "epoch")}` : ""}`;
  const batch = ((step - 1) % state.steps_per_epoch) + 1;
  const within = batch === state.steps_per_epoch ? "" : `, batch ${grouped(batch)}`;
  return `viewing epoch ${grouped(Math.ceil(step / state.steps_per_epoch))} of ${grouped(epochs)}${within}`;
}

export function previewTitle(preview: PreviewWire): string {
  const loss = preview.loss === null ? "not finite" : short(preview.loss);
  return `Row ${grouped(preview.row)} of ${grouped(preview.rows)} alone, loss ${loss}`;
}

/** "Σ|Δw| 0.151, 0.25 % of Σ|w|". */
export function changeWords(layer: LayerChangeWire): string {
  const share = layer.share === null ? "" : `, ${shareWords(layer.share)} of Σ|w|`;
  return `Σ|Δw| ${short(layer.change)}${share}`;
}

function shareWords(share: number): string {
  const percent = 100 * share;
  return percent !== 0 && percent < 0.01 ? "< 0.01 %" : `${short(percent)} %`;
}

/** "+0.061 → +0.055", with as many decimals as the change needs. */
export function weightWords(before: number, after: number): string {
  const difference = Math.abs(after - before);
  const decimals = difference > 0 ? Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(difference)))) : 2;
  const write = (value: number) =>
    (value > 0 ? "+" : "") +
    value
      .toFixed(decimals)
      .replace("-", "\u2212")
      .replace(/^\u2212(0\.0*)$/, "$1");
  return `${write(before)} → ${write(after)}`;
}
