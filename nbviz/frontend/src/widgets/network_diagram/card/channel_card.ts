/** The cards of channels: the map, what goes into it, and the numbers of the kernels in between. */

import { kernelText } from "../../../picture/caption_words.ts";
import { isNormOfUnits } from "../../../picture/edges.ts";
import { faceNumbers, type Tile } from "../../../picture/faces.ts";
import { floats, isMean, type Moment, numberAt } from "../../../picture/frame.ts";
import { shapeText } from "../../../picture/places.ts";
import type { Scene } from "../../../picture/scene.ts";
import { isUnitwise, unitName } from "../../../picture/shown.ts";
import { abs, floor, max, min, round } from "../../../style/math.ts";
import { grouped, isKnown, plural, short, signed, UNKNOWN } from "../../../style/numbers.ts";
import type { ConnectionWire } from "../../../wire.ts";
import { blank, type CardContent, rankText } from "./card_parts.ts";

/** Kernels that a card shows. */
const KERNELS = 4;
/** Of larger kernels the numbers are not read one by one. */
const MOST_NUMBERS = 25;
const PASSES = "k∗a: what the kernel makes of its map, the mean over all positions.";

function norm(numbers: Float32Array): number {
  return numbers.reduce((sum, number) => sum + number * number, 0) ** 0.5;
}

/** A layer's kernels, where the frame has them. */
class Kernels {
  readonly #numbers: Float32Array;
  readonly #shape: readonly number[];
  readonly #most: number;

  private constructor(numbers: Float32Array, shape: readonly number[]) {
    this.#numbers = numbers;
    this.#shape = shape;
    this.#most = numbers.reduce((most, number) => max(most, abs(number)), 1e-30);
  }

  static of(moment: Moment, layer: string): Kernels | null {
    const key = `layer/${layer}/kernels`;
    const numbers = floats(moment, key);
    const shape = moment.shapes.get(key);
    return numbers && shape?.length === 4 ? new Kernels(numbers, shape) : null;
  }

  get channels(): number {
    return this.#shape[1]!;
  }

  /** Of the candidate in `row`, for one channel of its own group. */
  at(row: number, channel: number): Float32Array {
    const [, channels, rows, columns] = this.#shape as [number, number, number, number];
    const start = (row * channels + (channel % channels)) * rows * columns;
    return this.#numbers.subarray(start, start + rows * columns);
  }

  tile(row: number, channel: number, named = false): Tile {
    const numbers = [...this.at(row, channel)];
    const ratios = numbers.map((number) => max(-1, min(1, number / this.#most)));
    const [, , rows, columns] = this.#shape as [number, number, number, number];
    const texts = named && numbers.length <= MOST_NUMBERS ? numbers.map(signed) : [];
    return { rows, columns, ratios, texts };
  }
}

/** `perMap`: the map on a scale of its own, as its face is. */
export function channelCard(scene: Scene, moment: Moment, index: number, perMap: boolean): CardContent {
  const { layer: at, unit, row } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const card = blank(`${layer.name} · ${unitName(scene.network, at, unit)}`, rankText(scene, at, row));
  card.map = layer.face === "map" ? faceNumbers(moment, layer.name, row) : null;
  const a = numberAt(moment, `layer/${layer.name}/a`, row);
  const bias = numberAt(moment, `layer/${layer.name}/bias`, row);
  const fact = (label: string, text: string) => card.facts.push({ label, text });
  if (isKnown(a)) fact("mean", short(a));
  for (const end of ["lowest", "highest"]) {
    const number = numberAt(moment, `layer/${layer.name}/${end}`, row);
    if (isKnown(number)) fact(end, short(number));
  }
  if (card.map) {
    const most = perMap ? max(1 / 127, ...card.map.ratios.map(abs)) : 1;
    card.map.ratios = card.map.ratios.map((ratio) => ratio / most);
  }
  if (layer.kind === "conv") {
    if (isKnown(bias)) fact("bias", signed(bias));
    addKernels(scene, moment, index, card, bias);
  } else addSources(scene, index, card);
  if (isMean(moment.header)) card.notes.push(`${moment.header.sample_name}: numbers are means.`);
  if (!isKnown(a)) card.notes.push("No sample: pass x= for its map.");
  return card;
}

function addSources(scene: Scene, index: number, card: CardContent): void {
  const { layer: at, unit } = scene.places[index]!;
  const layer = scene.layers[at]!;
  const sources: string[] = [];
  for (const wire of scene.connections) {
    if (wire.target !== at || !isUnitwise(scene.network, wire)) continue;
    const { name, units } = scene.layers[wire.source]!;
    const from = unit - wire.offset;
    if (from >= 0 && from < units) sources.push(`${name} · channel ${from}`);
  }
  const strides = layer.strides.length > 0 ? `, stride ${shapeText(layer.strides)}` : "";
  const window = layer.window.length > 0 ? ` ${shapeText(layer.window)}${strides}` : "";
  card.notes.push(`${layer.type}${window}${sources.length > 0 ? ` of ${sources.join(", ")}` : ""}`);
}

/** One of the kernels that make a channel. */
interface Term {
  label: string;
  /** The norm of its kernel, with the sign of the sum. */
  w: number;
  /** What it passes on; unknown without data. */
  passes: number;
  tile?: Tile;
}

function addKernels(scene: Scene, moment: Moment, index: number, card: CardContent, bias: number): void {
  const { layer: at, row } = scene.places[index]!;
  let sum = 0;
  let passing = false;
  for (const [connection, wire] of scene.connections.entries()) {
    if (wire.target !== at || wire.kind !== "norm") continue;
    const { all, terms } = termsOf(scene, moment, connection, row);
    const known = terms.some(({ passes }) => isKnown(passes));
    passing ||= known;
    const size = ({ w, passes }: Term) => abs(known ? passes : w);
    const largest = terms.sort((one, other) => size(other) - size(one)).slice(0, KERNELS);
    for (const { label, w, passes, tile } of largest) {
      const factors = known ? `‖k‖ ${short(abs(w))}` : "‖k‖";
      card.terms.push({ label, factors, value: known ? passes : w, ...(tile ? { tile } : {}) });
    }
    const whole = numberAt(moment, `connection/${connection}/in_sum_a`, row);
    sum += whole;
    const rest = all - largest.length;
    // Of a layer that is drawn in part not all are at hand: one of the others may pass more.
    const label = plural(rest, `${terms.length < all ? "other" : "smaller"} kernel`);
    if (rest > 0 && known) {
      const value = whole - largest.reduce((total, { passes }) => total + passes, 0);
      card.terms.push({ label: rest > 1 ? `Σ ${label}` : label, factors: "", value, quiet: true });
    } else if (rest > 0) card.notes.push(`${label} more`);
  }
  if (!passing) return;
  if (isKnown(sum)) {
    card.formula = [["Σ", signed(sum)]];
    if (isKnown(bias)) card.formula.push(["+ b", signed(bias)]);
    card.formula.push(["= mean z", signed(sum + (isKnown(bias) ? bias : 0))]);
  }
  card.notes.push(PASSES);
}

/** The kernels of a channel whose numbers are at hand, and how many it has in `all`. */
function termsOf(scene: Scene, moment: Moment, connection: number, row: number): { all: number; terms: Term[] } {
  const wire = scene.connections[connection]!;
  const [source, layer] = [scene.layers[wire.source]!, scene.layers[wire.target]!];
  const kernels = Kernels.of(moment, layer.name);
  const numbers = (key: string) => floats(moment, `connection/${connection}/${key}`);
  const [norms, columns] = [numbers("kernel"), layer.candidates.length];
  if (!norms) return { all: 0, terms: [] };
  if (!isNormOfUnits(scene.network, wire)) {
    const passes = numbers("in_sum_a")?.[row] ?? UNKNOWN;
    if (!kernels) return { all: 1, terms: [{ label: source.name, w: norms[row]!, passes }] };
    const { channels } = kernels;
    const terms = [...Array(channels).keys()].map((channel): Term => {
      const own = kernels.at(row, channel);
      const signs = own.reduce((total, number) => total + number, 0);
      return {
        label: channels > 1 ? `${source.name} · channel ${channel}` : source.name,
        w: norm(own) * (signs < 0 ? -1 : 1),
        passes: numberAt(moment, `layer/${layer.name}/passing`, row * channels + channel),
        tile: kernels.tile(row, channel),
      };
    });
    return { all: channels, terms };
  }
  const flow = numbers("flow");
  const terms = [...source.candidates.entries()].map(([s, unit]): Term => {
    const at = s * columns + row;
    const tile = kernels ? { tile: kernels.tile(row, unit) } : {};
    return { label: unitName(scene.network, wire.source, unit), w: norms[at]!, passes: flow?.[at] ?? UNKNOWN, ...tile };
  });
  if (!wire.sparse) return { all: source.units, terms };
  const places = layer.window.reduce((all, side) => all * side, 1);
  return { all: round(wire.weights / (places * layer.units)), terms: terms.filter(({ w }) => w !== 0) };
}

/** A row of a kernel behind flattened maps: all channels of a position come before those of the next one. */
export function flatName(scene: Scene, into: ConnectionWire, row: number): string {
  const { name, output_shape, units } = scene.layers[into.source]!;
  const sides = output_shape.slice(0, -1).map((side) => side ?? UNKNOWN);
  const cells = sides.reduce((all, side) => all * side, units);
  const isFlat = output_shape.at(-1) === units && cells * scene.layers[into.target]!.units === into.weights;
  if (!isNormOfUnits(scene.network, into) || !isFlat) return `${name}[${row}]`;
  const at: number[] = [];
  let position = floor(row / units);
  for (const side of sides.reverse()) {
    at.unshift(position % side);
    position = floor(position / side);
  }
  return [unitName(scene.network, into.source, row % units), at.join(", ")].filter(Boolean).join(" at ");
}

/** Of an edge between channels, or from a channel to a unit: all the weights that it stands for. */
export function channelEdgeCard(
  scene: Scene,
  moment: Moment,
  index: number,
  title: string,
  symbol: string,
  value: number,
): CardContent {
  const { connection, s, t } = scene.edges[index]!;
  const wire = scene.connections[connection]!;
  const [source, target] = [scene.layers[wire.source]!, scene.layers[wire.target]!];
  const w = floats(moment, `connection/${connection}/kernel`)?.[s * target.candidates.length + t] ?? UNKNOWN;
  const isConv = target.kind === "conv";
  const plain = isConv ? "‖k‖" : "‖w‖";
  const card = blank(title);
  const kernels = isConv ? Kernels.of(moment, target.name) : null;
  const single = isNormOfUnits(scene.network, wire) || kernels?.channels === 1;
  const channel = isNormOfUnits(scene.network, wire) ? source.candidates[s]! : 0;
  card.facts.push({ label: plain, text: short(abs(w)) });
  if (kernels && single) {
    card.kernel = kernels.tile(t, channel, true);
    const total = kernels.at(t, channel).reduce((sum, number) => sum + number, 0);
    card.facts.push({ label: "Σk", text: signed(total) });
  } else card.facts.push({ label: isConv ? "Σk" : "Σw", text: w < 0 ? "below 0" : "above 0" });
  if (symbol !== plain) card.facts.push({ label: symbol, text: signed(value) });
  const count = round(wire.weights / (source.units * target.units));
  if (!isConv && count > 1)
    card.notes.push(`It stands for ${grouped(count)} weights: one for each position of the map.`);
  if (isConv) card.notes.push(`${target.name}, kernel ${kernelText(target)}`);
  if (symbol === "k∗a") card.notes.push(PASSES);
  return card;
}
