/** The words and numbers of the card for whatever is pointed at. */

import { isNormOfUnits, type Showing, shownBy } from "../../../picture/edges.ts";
import { faceNumbers } from "../../../picture/faces.ts";
import type { Target } from "../../../picture/focus.ts";
import { floats, isMean, type Moment, numberAt } from "../../../picture/frame.ts";
import { hasStrip } from "../../../picture/gaps.ts";
import { activationAt } from "../../../picture/looks.ts";
import { shapeText } from "../../../picture/places.ts";
import type { Scene } from "../../../picture/scene.ts";
import { isChannels, isUnitwise, shownShare, unitName, unitsText, valueText } from "../../../picture/shown.ts";
import { ceil, max, round } from "../../../style/math.ts";
import { grouped, isKnown, isUnknown, percent, plural, short, signed, UNKNOWN } from "../../../style/numbers.ts";
import { blank, type CardContent, rankText } from "./card_parts.ts";
import { changedEdgeCard, changedUnitCard } from "./change_card.ts";
import { channelCard, channelEdgeCard, flatName } from "./channel_card.ts";

/** Layers inside a block that a card names. */
const MEMBERS = 12;

export function cardFor(
  scene: Scene,
  moment: Moment,
  showing: Showing,
  values: Float64Array,
  target: Target,
  perMap = false,
): CardContent | null {
  if (target.kind === "edge") return edgeCard(scene, moment, showing, values, target.edge);
  if (target.kind === "cell") return cellCard(scene, moment, target.strip, target.cell);
  if (target.kind !== "place") return null;
  const place = scene.places[target.place];
  if (!place) return null;
  const layer = scene.layers[place.layer]!;
  if (place.kind === "rest") return restCard(scene, moment, showing, values, target.place);
  if (place.kind === "block" || place.kind === "picture") return layerCard(scene, moment, place.layer);
  if (scene.network.change) return changedUnitCard(scene, moment, target.place, termName);
  if (isChannels(layer)) return channelCard(scene, moment, target.place, perMap);
  return layer.kind === "input" ? inputCard(scene, moment, target.place) : unitCard(scene, moment, target.place);
}

function termName(scene: Scene, layer: number, row: number): string {
  const into = scene.connections.find(({ target, kind }) => target === layer && kind !== "link");
  if (!into) return `${row}`;
  if (into.kind === "kernel") return unitName(scene.network, into.source, row);
  return flatName(scene, into, row);
}

function unitCard(scene: Scene, moment: Moment, index: number): CardContent {
  const { layer: at, unit, row } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const array = (key: string) => `layer/${layer.name}/${key}`;
  const card = blank(`${layer.name} · ${unitName(scene.network, at, unit)}`, rankText(scene, at, row));
  const units = moment.arrays.get(array("term_unit"));
  const count = moment.shapes.get(array("term_unit"))?.[1] ?? 0;
  const z = numberAt(moment, array("z"), row);
  const bias = numberAt(moment, array("bias"), row);
  const known = isKnown(numberAt(moment, array("term_a"), row * count)) || isKnown(z);
  let named = 0;
  let told = 0;
  for (let term = 0; units && term < count; term += 1) {
    const source = units[row * count + term]!;
    if (source < 0) continue;
    const w = numberAt(moment, array("term_w"), row * count + term);
    const a = numberAt(moment, array("term_a"), row * count + term);
    card.terms.push({
      label: termName(scene, at, source),
      factors: known ? `${signed(a)} × ${signed(w)}` : "",
      value: known ? a * w : w,
    });
    named += known ? a * w : w;
    told += 1;
  }
  const into = [...scene.connections.entries()].filter(([, { target, kind }]) => target === at && kind !== "link");
  const fan = into.reduce((sum, [, { weights }]) => sum + round(weights / layer.units), 0);
  const sum = into.reduce(
    (total, [connection]) => total + numberAt(moment, `connection/${connection}/in_sum_a`, row),
    0,
  );
  if (!known) {
    if (fan > told) card.notes.push(`${plural(fan - told, "smaller weight")} more`);
    card.formula = isUnknown(bias) ? [] : [["b", signed(bias)]];
    card.notes.push("No sample: weights only.");
    return card;
  }
  if (fan > told)
    card.terms.push({
      label: plural(fan - told, "smaller term").concat(fan - told === 1 ? "" : ", summed"),
      factors: "",
      value: sum - named,
      quiet: true,
    });
  card.formula = [["Σ", signed(sum)]];
  if (isKnown(bias)) card.formula.push(["+ b", signed(bias)]);
  card.formula.push(["= z", signed(z)]);
  const a = numberAt(moment, array("a"), row);
  const value = layer.output && layer.output !== "linear" ? numberAt(moment, array("value"), row) : a;
  const text = layer.output && layer.output !== "linear" ? percent(value) : short(value);
  const scale = moment.header.layers[at]?.a_scale;
  card.chip = { text, ratio: scale ? a / scale : 0 };
  card.step = layer.activation ?? (layer.output === "linear" || !layer.output ? "" : layer.output);
  if (isMean(moment.header)) {
    // The activation of a mean is not the mean of the activations, so no arrow joins the two.
    card.step = layer.output && layer.output !== "linear" ? "mean" : "mean a";
    card.formula = card.formula.map(([symbol, number]) => [symbol === "= z" ? "= mean z" : symbol, number]);
    card.notes.push(`${moment.header.sample_name}: numbers are means.`);
  }
  return card;
}

function inputCard(scene: Scene, moment: Moment, index: number): CardContent {
  const { layer: at, unit, row } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const card = blank(`${layer.name} · ${unitName(scene.network, at, unit)}`);
  const value = numberAt(moment, `layer/${layer.name}/value`, row);
  const z = numberAt(moment, `layer/${layer.name}/a`, row);
  const mean = isMean(moment.header) ? "mean " : "";
  const meant = valueText(layer, value, isMean(moment.header));
  if (isKnown(value) && meant === null) card.facts.push({ label: `${mean}value`, text: short(value) });
  if (isKnown(value) && meant) card.facts.push({ label: "value", text: meant }, { label: "id", text: String(value) });
  if (isKnown(z) && meant === null && scene.network.samples > 0)
    card.facts.push({ label: `${mean}z-score in x`, text: signed(z) });
  for (const [connection, { source, target, kind }] of scene.connections.entries()) {
    if (source !== at || kind !== "kernel") continue;
    const enters = numberAt(moment, `connection/${connection}/input`, row);
    const sd = numberAt(moment, `connection/${connection}/sd`, row);
    const name = scene.layers[target]!.name;
    if (isKnown(enters)) card.facts.push({ label: `enters ${name} as`, text: signed(enters) });
    if (isKnown(sd) && scene.connections[connection]!.scaled_by_sd && scene.network.samples > 0) {
      card.facts.push({ label: "standard deviation there", text: short(sd) });
    }
  }
  if (meant === "") card.notes.push("Ids have no mean: choose a sample.");
  else if (card.facts.length === 0) {
    card.notes.push(scene.network.samples > 0 ? "Its values are no numbers." : "No sample: pass x= for its values.");
  }
  return card;
}

function restCard(scene: Scene, moment: Moment, showing: Showing, values: Float64Array, index: number): CardContent {
  const { layer: at } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const shown = scene.shown[at]!;
  const card = blank(layer.name, `${unitsText(layer, layer.units - shown.length)} not drawn`);
  const mean = activationAt(scene, moment, index);
  const shares = floats(moment, `layer/${layer.name}/share`);
  const share = shownShare(shares, layer.candidates, shown);
  const flow = flowThrough(scene, showing, values, index);
  if (isKnown(flow)) {
    const what = showing.meaning === "path" ? "of the path through them" : "they contribute in all";
    card.facts.push({ label: what, text: signed(flow) });
  }
  if (isKnown(mean)) {
    const isChange = scene.network.change !== null;
    const label = isChange ? "mean activation changes by" : "mean activation";
    card.facts.push({ label, text: isChange ? signed(mean) : short(mean) });
  }
  if (isKnown(share)) card.facts.push({ label: "share of the contribution", text: percent(1 - share) });
  const one = isChannels(layer) ? "channel" : "unit";
  const sums = layer.kind === "maps" ? "" : "Its edges are sums. ";
  card.notes.push(
    hasStrip(layer) ? `${sums}Click a cell of the strip to bring a ${one} into the column.` : "Handed on one by one.",
  );
  return card;
}

/** What a place's edges hand on of what is asked for; those into it where it hands nothing on. NaN if unknown. */
function flowThrough({ edges }: Scene, { flows }: Showing, values: Float64Array, index: number): number {
  const sides = (["source", "target"] as const).map((side) =>
    [...edges.keys()].filter((edge) => edges[edge]![side] === index && flows[edges[edge]!.connection]),
  );
  const [out, into] = sides as [number[], number[]];
  const members = out.length > 0 ? out : into;
  return members.length === 0 ? UNKNOWN : members.reduce((sum, edge) => sum + values[edge]!, 0);
}

function layerCard(scene: Scene, moment: Moment, at: number): CardContent {
  const layer = scene.layers[at]!;
  const card = blank(layer.name, layer.type);
  if (layer.picture !== null) {
    card.map = faceNumbers(moment, layer.name, 0);
    card.facts.push({ label: "shows", text: layer.picture });
  }
  if (layer.parts.length > 0) card.facts.push({ label: "parts", text: layer.parts.join(", ") });
  card.facts.push({ label: layer.kind === "input" ? "shape" : "output shape", text: shapeText(layer.output_shape) });
  if (layer.parameters > 0) card.facts.push({ label: "parameters", text: grouped(layer.parameters) });
  if (layer.activation) card.facts.push({ label: "activation", text: layer.activation });
  card.notes.push(...(layer.group ? [] : layer.notes));
  if (layer.members.length) {
    const more = layer.members.length - MEMBERS;
    const names = layer.members.slice(0, MEMBERS).join(", ");
    card.notes.push(`with ${names}${more > 0 ? `, and ${more} more` : ""}`);
  }
  return card;
}

function cellCard(scene: Scene, moment: Moment, index: number, cell: number): CardContent {
  const { layer: at } = scene.strips[index]!;
  const layer = scene.layers[at]!;
  const unit = layer.cell_units[cell] ?? cell;
  const row = layer.candidates.indexOf(unit);
  const card = blank(`${layer.name} · ${unitName(scene.network, at, unit)}`, rankText(scene, at, row));
  const several = ceil(layer.units / max(1, layer.cells));
  const value = numberAt(moment, `layer/${layer.name}/cells`, cell);
  if (isKnown(value))
    card.facts.push({
      label: several > 1 ? `mean activation of ${unitsText(layer, several)}` : "activation",
      text: scene.network.change ? signed(value) : short(value),
    });
  if (several > 1) card.notes.push(`The cell's best ranked ${isChannels(layer) ? "channel" : "unit"}.`);
  card.notes.push(scene.shown[at]!.includes(unit) ? "In the column." : "Click to bring it into the column.");
  return card;
}

function endName(scene: Scene, place: number): string {
  const { layer: at, kind, unit } = scene.places[place]!;
  const layer = scene.layers[at]!;
  if (kind === "rest") {
    const what = layer.kind === "input" ? "other input" : isChannels(layer) ? "other channel" : "other unit";
    return plural(layer.units - scene.shown[at]!.length, layer.output === null ? what : "other class");
  }
  return unitName(scene.network, at, unit);
}

/** Between the same channel of two layers the layers are told. */
function lineTitle(scene: Scene, source: number, target: number): string {
  const [from, to] = [source, target].map((place) => scene.layers[scene.places[place]!.layer]!.name);
  return `${from} → ${to}: ${endName(scene, target)}`;
}

function edgeCard(scene: Scene, moment: Moment, showing: Showing, values: Float64Array, index: number): CardContent {
  const { connection, source, target, s, t, kind } = scene.edges[index]!;
  const wire = scene.connections[connection]!;
  const ends = `${endName(scene, source)} → ${endName(scene, target)}`;
  const symbol = shownBy(scene.network, moment, connection, showing)?.symbol;
  if (kind === "link" && isUnitwise(scene.network, wire)) return blank(lineTitle(scene, source, target));
  if (kind === "link" || symbol === undefined) return blank(ends);
  if (kind === "rest") {
    // What flows is a sum of integrals in any case.
    const sum = showing.flows[connection] ? "" : `Σ${symbol} `;
    return blank(`${ends}${isUnknown(values[index]!) ? "" : `: ${sum}${signed(values[index]!)}`}`);
  }
  const columns = scene.layers[wire.target]!.candidates.length;
  if (scene.network.change) return changedEdgeCard(scene, moment, index, ends, values[index]!);
  if (scene.layers[wire.target]!.kind === "conv" || isNormOfUnits(scene.network, wire)) {
    return channelEdgeCard(scene, moment, index, ends, symbol, values[index]!);
  }
  const w = floats(moment, `connection/${connection}/kernel`)?.[s * columns + t] ?? UNKNOWN;
  const plain = wire.kind === "norm" ? "‖w‖" : "w";
  const product = symbol === plain ? "" : ` · ${symbol} ${signed(values[index]!)}`;
  // Of units that are drawn for what is asked not every page has the weights.
  if (isUnknown(w) && product) return blank(`${ends}: ${symbol} ${signed(values[index]!)}`);
  return blank(`${ends}: ${plain} ${signed(w)}${product}`);
}
