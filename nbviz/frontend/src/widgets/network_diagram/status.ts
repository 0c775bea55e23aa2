/** The line beneath the drawing. */

import { type Carried, classLayer, type Question, throughRest } from "../../picture/edge_question.ts";
import type { Drawn } from "../../picture/edges.ts";
import type { Explanation } from "../../picture/flows.ts";
import { floats, type Moment } from "../../picture/frame.ts";
import { lineageOf } from "../../picture/lineage.ts";
import { activationAt } from "../../picture/looks.ts";
import type { Scene } from "../../picture/scene.ts";
import { hasRest, isChannels, shownShare, unitName } from "../../picture/shown.ts";
import { grouped, isKnown, isUnknown, percent, plural, short, signed, UNKNOWN } from "../../style/numbers.ts";
import type { FrameWire } from "../../wire.ts";
import { make } from "../html.ts";

/** Words, every second piece strong. */
export type Words = string[];

function list(parts: string[]): Words {
  return parts.flatMap((part, index) => [index === 0 ? "" : index === parts.length - 1 ? " and " : ", ", part]);
}

export function drawnWords(
  scene: Scene,
  moment: Moment,
  drawn: Drawn,
  question: Question,
  values: Float64Array,
  narrow: boolean,
): Words {
  const { meaning } = question.showing;
  if (drawn.all === 0) return ["no weights to draw"];
  const folded = scene.layers.flatMap((_, layer) => (hasRest(scene.layers[layer]!) ? [layer] : []));
  if (question.toClass !== null) return contributionWords(scene, moment, drawn, question, values);
  const told = channelWords(scene, meaning);
  if (folded.length === 0 && drawn.edges === drawn.all) {
    return [`all ${grouped(drawn.all)} edges drawn${narrow ? "" : told}`];
  }
  const words = [`${grouped(drawn.edges)} of ${grouped(drawn.all)} edges${narrow ? "" : " drawn"}`];
  if (isKnown(drawn.share)) words[0] += ": ";
  if (isKnown(drawn.share)) words.push(percent(drawn.share), ` of ${totalOf(scene, meaning)}`);
  if (narrow) return words;
  const shares = folded
    .map((layer) => {
      const { name, candidates } = scene.layers[layer]!;
      return shownShare(floats(moment, `layer/${name}/share`), candidates, scene.shown[layer]!);
    })
    .filter((share) => isKnown(share));
  if (shares.length > 0 && words.length >= 3) {
    words[2] += "  ·  units shown carry ";
    const [, ...parts] = list(shares.map(percent));
    words.push(...parts, ` of the contribution in their layer`);
  }
  words[words.length - 1] += told;
  return words;
}

/** What edges drawn are a share of. */
function totalOf({ network }: Scene, meaning: string): string {
  if (network.change) return "Σ|Δw|";
  return meaning === "weight" ? "Σ|w|" : "Σ|w·a|";
}

/** What an edge between channels is. */
function channelWords({ network }: Scene, meaning: string): string {
  const into = (kind: string) =>
    network.connections.some((wire) => wire.kind === "norm" && network.layers[wire.target]!.kind === kind);
  if (!into("conv")) return "";
  if (network.change)
    return "  ·  a conv edge’s width is the norm of its kernel’s change, its colour the sign of its sum";
  return meaning === "weight"
    ? "  ·  a conv edge’s width is the norm of its kernel, its colour the sign of its sum"
    : "  ·  a conv edge is what its kernel k makes of its map a, the mean over all positions";
}

function className(scene: Scene, unit: number): string {
  return unitName(scene.network, classLayer(scene.network), unit);
}

/** What the units drawn carry in their layers, and what runs through all the others of each; nothing where all are. */
function shareWords(scene: Scene, values: Float64Array, { shares, showing }: Question, what: string): Words {
  if (shares.length === 0) return [];
  const [, ...parts] = list(shares.map(({ share }) => percent(share)));
  const words = ["units shown carry ", ...parts, ` of ${what} in their ${shares.length > 1 ? "layers" : "layer"}`];
  // Of a mean over rows there are sizes, and nothing adds up.
  if (showing.meaning === "path") {
    const rest = throughRest(
      scene,
      values,
      shares.map(({ layer }) => layer),
    );
    const [, ...sums] = list(rest.map(signed));
    words[words.length - 1] += ", the others ";
    words.push(...sums, "");
  }
  return words;
}

/** Joins words behind others, whose last piece is plain. */
function join(words: Words, more: Words, by: string): Words {
  const [first, ...others] = more;
  return first === undefined ? words : [...words.slice(0, -1), `${words.at(-1)}${by}${first}`, ...others];
}

function contributionWords(
  scene: Scene,
  moment: Moment,
  drawn: Drawn,
  question: Question,
  values: Float64Array,
): Words {
  const { toClass, sample } = question;
  const mean = sample === null;
  const words = [`${mean ? "Sizes of the contributions" : "Contributions"} to `, className(scene, toClass!)];
  words.push(`${overWords(question)}${mean ? `, ${moment.header.sample_name}` : ` of ${sample}`}`);
  if (question.shares.length > 0) return join(words, shareWords(scene, values, question, "it"), ": ");
  if (isKnown(drawn.share) && drawn.edges < drawn.all) {
    words[2] += ": the edges drawn carry ";
    words.push(percent(drawn.share), " of all of it, signs aside");
  }
  return words;
}

/** The region of the output over which its mean is explained. */
function overWords({ over }: Question): string {
  return over === null ? "" : ` in its ${over}`;
}

/** What was asked of the edges and is shown, or why it is not. */
export function askedWords(
  scene: Scene,
  question: Question,
  explanation: Explanation | null,
  values: Float64Array,
  { total, least, most }: Carried,
): Words {
  const { feature, toClass, lacking, sample } = question;
  if (!feature || lacking !== null) return [lacking === null ? "" : sentence(lacking)];
  const part = explanation?.header.parts.find(({ id }) => id === feature.id);
  const name = part?.name ?? unitName(scene.network, feature.layer, feature.unit);
  const words = ["Path ", `${name} → ${className(scene, toClass!)}`, `, ${sample}: `, signed(total)];
  words.push(` to the ${explanation?.header.output ?? "output"}${overWords(question)}`);
  if (question.shares.length > 0) return join(words, shareWords(scene, values, question, "the path"), "  ·  ");
  const [low, high] = [signed(least), signed(most)];
  if (low === high && low === signed(total)) return words;
  words[4] += "; of that the lit edges carry ";
  words.push(low === high ? low : `${low} to ${high}`, low === high ? "" : ", gap by gap");
  return words;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

export function selectedWords(scene: Scene, moment: Moment, place: number): Words {
  const { layer, unit, kind, row } = scene.places[place]!;
  const { name, units } = scene.layers[layer]!;
  const { same } = lineageOf(scene, place);
  const into = scene.edges.filter(({ target, kind: of }) => same.has(target) && of === "weight").length;
  const out = scene.edges.filter(({ source, kind: of }) => same.has(source) && of === "weight").length;
  const isConv = isChannels(scene.layers[layer]!);
  const title = kind === "unit" ? unitName(scene.network, layer, unit) : name;
  const ways = [
    into > 0 ? plural(into, isConv ? "kernel" : "edge").concat(" in") : "",
    out > 0 ? `${isConv ? plural(out, "edge") : out} out` : "",
  ]
    .filter(Boolean)
    .join(" and ");
  const words = ["", title, kind === "unit" ? ` of ${name}` : ""];
  if (ways)
    words[2] += `: its ${into === 0 ? `${plural(out, "edge")} out` : ways} ${into + out === 1 ? "is" : "are"} lit`;
  const a = activationAt(scene, moment, place);
  const mean = scene.layers[layer]!.face === "map" ? "mean " : "";
  if (kind === "unit" && isKnown(a))
    words[2] += scene.network.change ? `  ·  mean activation ${signed(a)}` : `  ·  ${mean}activation ${short(a)}`;
  const share = floats(moment, `layer/${name}/share`)?.[row] ?? UNKNOWN;
  if (isKnown(share) && units > 1) {
    words[2] += "  ·  it carries ";
    words.push(percent(share), " of its layer’s contribution");
  }
  if (isConv && into + out > 0) words[words.length - 1] += channelWords(scene, "weight");
  return words;
}

export function momentWords(header: FrameWire, sampleShown: boolean): Words {
  const pieces: Words[] = [];
  if (header.sample_name && !sampleShown) pieces.push([header.sample_name]);
  if (header.epoch !== null) pieces.push(["epoch ", grouped(header.epoch)]);
  if (header.training && header.batch !== null) pieces.push(["batch ", grouped(header.batch)]);
  if (header.training && header.updates_per_second !== null) {
    pieces.push([`${grouped(header.updates_per_second)} updates/s`]);
  }
  const words: Words = [""];
  for (const [index, piece] of pieces.entries()) {
    words[words.length - 1] += (index > 0 ? "  ·  " : "") + piece[0]!;
    if (piece[1] !== undefined) words.push(piece[1], "");
  }
  return words;
}

/** What is told of a recorded moment beside its picture. */
export interface Past {
  metrics: Readonly<Record<string, number | null>>;
  /** What colours the units, where it is not what colours those of the live network. */
  sample: string | null;
}

/** The first `count` metrics, losses before the others. */
export function pastWords({ metrics, sample }: Past, count: number): Words {
  const isLoss = (name: string) => Number(name.endsWith("loss"));
  const known = Object.entries(metrics).filter(([, value]) => value !== null);
  known.sort(([a], [b]) => isLoss(b) - isLoss(a));
  const words: Words = [sample === null ? "" : `units: ${sample}`];
  for (const [name, value] of known.slice(0, count)) {
    words[words.length - 1] += `${words.join("") === "" ? "" : "  ·  "}${name} `;
    words.push(short(value!), "");
  }
  return words;
}

/** What a screen reader hears when the picture has changed. */
export function summary(scene: Scene, moment: Moment, selected: number | null): string {
  const { network } = scene;
  const parts = [`${network.name || "network"}, ${network.layers.length} layers`];
  if (network.change) parts.push(`${network.change.after} less ${network.change.before}`);
  if (moment.header.sample_name) parts.push(moment.header.sample_name);
  if (moment.header.training) parts.push(`training, epoch ${moment.header.epoch ?? 0}`);
  for (const [at, layer] of network.layers.entries()) {
    const values = layer.output && layer.output !== "linear" ? floats(moment, `layer/${layer.name}/value`) : null;
    if (!values || values.length === 0 || isUnknown(values[0]!)) continue;
    let best = 0;
    for (const [row, value] of values.entries()) if (value > values[best]!) best = row;
    parts.push(`${unitName(network, at, layer.candidates[best]!)} ${percent(values[best]!)}`);
  }
  if (selected !== null) {
    const { layer, unit } = scene.places[selected]!;
    const a = activationAt(scene, moment, selected);
    parts.push(
      `selected: ${unitName(network, layer, unit)} of ${network.layers[layer]!.name}${isUnknown(a) ? "" : `, ${network.change ? "change of mean activation" : "activation"} ${signed(a)}`}`,
    );
  }
  return `${parts.join("; ")}.`;
}

export class Status {
  readonly #left = make("div", { part: "status-left" });
  readonly #right = make("div", { part: "status-right" });
  readonly element = make("div", { part: "status" }, this.#left, this.#right);

  update(left: Words, right: Words, tone: "plain" | "selected" | "error"): void {
    write(this.#left, left);
    write(this.#right, right);
    this.#left.title = left.join("");
    this.#right.title = right.join("");
    this.element.dataset.tone = tone;
  }
}

function write(line: HTMLElement, words: Words): void {
  if (line.dataset.words === words.join("\n")) return;
  line.dataset.words = words.join("\n");
  line.replaceChildren(...words.map((word, index) => make(index % 2 === 1 ? "b" : "span", {}, word)));
}
