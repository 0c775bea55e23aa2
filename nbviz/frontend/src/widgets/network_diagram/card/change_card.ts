/** Cards of a difference of two models: what something was, what it is, and what it has changed by. */

import { floats, type Moment, numberAt } from "../../../picture/frame.ts";
import { activationAt } from "../../../picture/looks.ts";
import type { Scene } from "../../../picture/scene.ts";
import { isChannels, unitName } from "../../../picture/shown.ts";
import { isKnown, isUnknown, short, signed, UNKNOWN } from "../../../style/numbers.ts";
import { blank, type CardContent, rankText } from "./card_parts.ts";

/** `termName`: what a row of the kernel into a layer is called. */
export function changedUnitCard(
  scene: Scene,
  moment: Moment,
  index: number,
  termName: (scene: Scene, layer: number, row: number) => string,
): CardContent {
  const { layer: at, unit, row } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const { before, after } = scene.network.change!;
  const number = (key: string) => numberAt(moment, `layer/${layer.name}/${key}`, row);
  const card = blank(`${layer.name} · ${unitName(scene.network, at, unit)}`, rankText(scene, at, row));
  const [was, is] = [number("before"), number("after")];
  const what = layer.output === null ? "mean activation" : "mean output";
  if (isKnown(was) && isKnown(is)) {
    card.facts.push({ label: `${what}, ${before}`, text: short(was) }, { label: `${what}, ${after}`, text: short(is) });
    const change = layer.output === null ? activationAt(scene, moment, index) : number("value");
    card.facts.push({ label: "change", text: signed(change) });
  }
  const bias = number("bias");
  if (isKnown(bias)) card.facts.push({ label: "change of its bias", text: signed(bias) });
  const units = moment.arrays.get(`layer/${layer.name}/term_unit`);
  const count = moment.shapes.get(`layer/${layer.name}/term_unit`)?.[1] ?? 0;
  for (let term = 0; units && term < count; term += 1) {
    const source = units[row * count + term]!;
    if (source < 0) continue;
    const value = numberAt(moment, `layer/${layer.name}/term_w`, row * count + term);
    card.terms.push({ label: termName(scene, at, source), factors: "Δw", value });
  }
  if (layer.kind === "input") card.notes.push("The rows are the same for both.");
  else if (isUnknown(was)) card.notes.push("Weights only: pass x= for mean activations.");
  if (isChannels(layer)) card.notes.push("Means over the positions of its map.");
  return card;
}

export function changedEdgeCard(scene: Scene, moment: Moment, index: number, ends: string, value: number): CardContent {
  const { connection, s, t } = scene.edges[index]!;
  const wire = scene.connections[connection]!;
  const { before, after } = scene.network.change!;
  const at = s * scene.layers[wire.target]!.candidates.length + t;
  const of = (key: string) => floats(moment, `connection/${connection}/${key}`)?.[at] ?? UNKNOWN;
  const isNorm = wire.kind === "norm";
  const card = blank(ends);
  card.facts.push({ label: isNorm ? `norm, ${before}` : `w, ${before}`, text: signed(of("before")) });
  card.facts.push({ label: isNorm ? `norm, ${after}` : `w, ${after}`, text: signed(of("after")) });
  card.facts.push({ label: isNorm ? "norm of the change" : "change", text: signed(value) });
  return card;
}
