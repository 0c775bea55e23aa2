/** What the edges are asked to show, and what of it can be shown with what is at hand. */

import { max, min } from "../style/math.ts";
import { isKnown } from "../style/numbers.ts";
import type { EdgeMeaning, NetworkWire } from "../wire.ts";
import { type Showing, showsActivation } from "./edges.ts";
import { drawnFor, type Explanation, flowOf, shareFor } from "./flows.ts";
import { floats, type Moment } from "./frame.ts";
import type { Scene } from "./scene.ts";
import { findUnit, type Unit } from "./shown.ts";

/** A feature, with its id and its row among the candidates of its layer. */
export interface Feature extends Unit {
  id: number;
  row: number;
}

export interface Question {
  showing: Showing;
  /** The class that contributions and paths lead to, of the first output; null where none is asked for. */
  toClass: number | null;
  /** The feature whose path is shown. */
  feature: Feature | null;
  /** Why something else is shown than was asked for; null where it is that. */
  lacking: string | null;
  /** The sample that the edges speak of; null for a mean over rows, or where they show the network itself. */
  sample: string | null;
  /** The region of the output over which its mean is explained; null for all of it. */
  over: string | null;
  /** Of each layer the units that are drawn for it, null for those that always are. */
  drawn: (readonly number[] | null)[];
  /** Of hidden layers that are drawn in part, what those units carry of all that runs through them. */
  shares: { layer: number; share: number }[];
}

/** The layer whose units are the classes: the one that is explained, by default the first that answers. */
export function classLayer(network: NetworkWire): number {
  const wanted = network.layers.findIndex(({ name }) => name === network.class_layer);
  return wanted >= 0 ? wanted : network.layers.findIndex(({ output }) => output !== null);
}

/** The class with the largest answer. */
export function likeliest(network: NetworkWire, moment: Moment): number | null {
  const layer = network.layers[classLayer(network)];
  const values = layer && floats(moment, `layer/${layer.name}/value`);
  if (!values || values.length === 0) return null;
  let best = 0;
  for (const [row, value] of values.entries()) if (value > values[best]!) best = row;
  return layer.candidates[best] ?? null;
}

export function featureOf(network: NetworkWire, id: number | null): Feature | null {
  const unit = findUnit(network, id);
  if (!unit || id === null) return null;
  const { kind, face, candidates } = network.layers[unit.layer]!;
  if (kind !== "input" || face === "picture") return null;
  return { ...unit, id, row: candidates.indexOf(unit.unit) };
}

/** An input that is a picture or a sequence, as one unit. */
function wholeInput(network: NetworkWire, id: number | null): Feature | null {
  const unit = findUnit(network, id);
  if (!unit || id === null) return null;
  const { kind, face } = network.layers[unit.layer]!;
  return kind === "input" && face === "picture" ? { ...unit, id, row: 0 } : null;
}

/** A part of the input whose path may be asked for: no unit is selected, or the one that is the whole input. */
export function partOf(network: NetworkWire, part: number | null, unit: number | null): Feature | null {
  if (part === null || (unit !== null && wholeInput(network, unit) === null)) return null;
  // Among features parts are counted down from -1, where units have no ids.
  return { layer: network.layers.findIndex(({ kind }) => kind === "input"), unit: 0, row: -1, id: -1 - part };
}

/** What a path leads from, where one is asked for: a feature, a part of the input, or an input without a part. */
function startOf(network: NetworkWire, unit: number | null, part: number | null): Feature | null {
  return featureOf(network, unit) ?? partOf(network, part, unit) ?? wholeInput(network, unit);
}

export function ask(
  network: NetworkWire,
  moment: Moment,
  explanation: Explanation | null,
  asked: {
    meaning: EdgeMeaning;
    unit: number | null;
    toClass: number | null;
    kernel: boolean;
    error: string | null;
    /** Whether the moment is a recorded one. */
    past?: boolean;
    /** The part of a picture or a sequence whose path is asked for. */
    part?: number | null;
  },
): Question {
  const { meaning, kernel, error } = asked;
  const plain = (shown: EdgeMeaning, lacking: string | null = null): Question => ({
    showing: { meaning: shown, flows: [] },
    toClass: null,
    feature: null,
    lacking,
    sample: null,
    over: null,
    drawn: asked.past ? [] : likelyOf(network, moment),
    shares: [],
  });
  if (meaning === "weight" || meaning === "weight_activation") {
    return plain(
      moment.header.connections.some((_, index) => showsActivation(moment, index, meaning)) ? meaning : "weight",
    );
  }
  const toClass = asked.toClass ?? likeliest(network, moment);
  if (toClass === null || moment.header.sample_name === null) return plain("weight", "contributions need x=");
  if (asked.past) return plain("weight", "what the edges carry is known for the live network only: weights shown");
  if (error) return plain("weight", error);
  const wait = kernel ? "working out what the edges carry" : "what the edges carry is not in this page";
  if (!explanation) return plain("weight", wait);
  const { header } = explanation;
  const current = header.sample === moment.header.sample && header.signed === (header.sample_name !== null);
  const fits = current && (header.sample_name ?? null) === (header.signed ? moment.header.sample_name : null);
  // While new numbers are on their way the old ones stay: a blink of weights between two samples helps nobody.
  if (!fits && !kernel) return plain("weight", wait);
  const feature = meaning === "path" ? startOf(network, asked.unit, asked.part ?? null) : null;
  const flows = (of: Feature | null) =>
    network.connections.map((_, connection) =>
      flowOf(network, explanation, connection, { ofClass: toClass, feature: of }),
    );
  const path = feature ? flows(feature) : [];
  const isPath = feature !== null && path.some((flow) => flow !== null);
  const shown = isPath ? path : flows(null);
  if (shown.every((flow) => flow === null)) return plain("weight", wait);
  const showing: Showing = { meaning: isPath ? "path" : "contribution", flows: shown };
  const lacking = feature && !isPath ? (header.reason ?? wait) : null;
  const sample = header.signed ? header.sample_name : null;
  const question = { ofClass: toClass, feature: isPath ? feature : null };
  const drawn = network.layers.map((_, layer) => drawnFor(explanation, layer, question));
  const shares = network.layers
    .map((_, layer) => ({ layer, share: shareFor(explanation, layer, question) }))
    .filter(({ share }) => isKnown(share));
  return { showing, toClass, feature: question.feature, lacking, sample, over: header.over, drawn, shares };
}

/** Of each output of classes that is drawn in part the likeliest; null for what is drawn in any case. */
function likelyOf({ layers }: NetworkWire, { header }: Moment): (readonly number[] | null)[] {
  if (header.likely.length === 0) return [];
  return layers.map((_, at) => header.likely.find(({ layer }) => layer === at)?.units ?? null);
}

/** What runs through the rest node of each of some layers: what its edges hand on. */
export function throughRest(
  scene: Pick<Scene, "edges" | "places">,
  values: Float64Array,
  layers: readonly number[],
): number[] {
  const sums = new Map(layers.map((layer) => [layer, 0]));
  for (const [index, { source, kind }] of scene.edges.entries()) {
    const place = scene.places[source]!;
    const sum = sums.get(place.layer);
    if (sum !== undefined && kind === "rest" && place.kind === "rest") sums.set(place.layer, sum + values[index]!);
  }
  return [...sums.values()];
}

/** What a path carries in all, and from where to where the sums of its lit edges reach, gap by gap. */
export function carried(
  { network, edges }: { network: NetworkWire; edges: readonly { connection: number }[] },
  question: Question,
  values: Float64Array,
  lit: (edge: number) => boolean,
): Carried {
  const before = leadingTo(network, classLayer(network));
  const sums = new Map<number, number>();
  for (const [index, { connection }] of edges.entries()) {
    // Nothing of it runs to another output.
    if (!question.showing.flows[connection] || !before.has(network.connections[connection]!.target)) continue;
    sums.set(connection, (sums.get(connection) ?? 0) + (lit(index) ? values[index]! : 0));
  }
  const total = [...sums.keys()].map((connection) => question.showing.flows[connection]!.total).at(-1) ?? 0;
  return { total, least: min(...sums.values()), most: max(...sums.values()) };
}

/** A layer, and all from which one comes to it. */
function leadingTo({ connections }: NetworkWire, layer: number): ReadonlySet<number> {
  const found = new Set([layer]);
  for (const reached of found) {
    for (const { source, target } of connections) if (target === reached) found.add(source);
  }
  return found;
}

export interface Carried {
  total: number;
  least: number;
  most: number;
}
