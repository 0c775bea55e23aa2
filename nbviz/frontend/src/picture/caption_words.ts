/** The words of a layer's caption, line by line. */

import { grouped, plural } from "../style/numbers.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import { shapeText } from "./places.ts";
import { hasRest, isChannels, isUnitwise, nameInside, unitsText } from "./shown.ts";

/** One line of a caption. */
export interface Part {
  text: string;
  font: "name" | "small" | "smallStrong";
  tone: "ink1" | "ink2" | "ink3" | "accent";
}

/** What captions tell: less as room shrinks. */
export interface Detail {
  /** Whether layers that hand channels on go by their own names. */
  names: boolean;
  parameters: boolean;
  types: boolean;
  /** Whether how many are shown is told in as few letters as say it. */
  short: boolean;
}

export function typeText(layer: LayerWire, types: boolean): string {
  const { type, activation, kind } = layer;
  const isConv = kind === "conv";
  const what = isConv ? kernelText(layer) : type;
  if (!activation || activation === "linear") return what;
  return types ? `${what} · ${activation}` : isConv ? what : activation;
}

function windowText({ window }: LayerWire): string {
  return window.length === 1 ? `width ${window[0]}` : shapeText(window);
}

/** What slides and how far at a time: "3 × 3", "3 × 3 / 2". */
export function kernelText(layer: LayerWire): string {
  const { strides, window } = layer;
  const step = strides.every((stride) => stride === strides[0]) ? `${strides[0]}` : shapeText(strides);
  return (window.length > 0 ? windowText(layer) : layer.type) + (strides.length > 0 ? ` / ${step}` : "");
}

export function countText(layer: LayerWire, short = false): string {
  if (hasRest(layer)) return `${grouped(layer.shown.length)} of ${grouped(layer.units)}${short ? "" : " shown"}`;
  if (layer.kind === "input") return plural(layer.units, layer.unit_names ? "feature" : "input");
  return unitsText(layer, layer.units);
}

/** Whether its channels go on one by one right behind it: there is no room then for notes in the gap between. */
export function handsOn(network: NetworkWire, index: number): boolean {
  return network.connections.some((wire) => wire.source === index && isUnitwise(network, wire));
}

/** Captions of a layer of channels: what slides, what comes out, and where it is drawn in part how much of it. */
function channelParts(network: NetworkWire, index: number, variant: Detail): Part[] {
  const layer = network.layers[index]!;
  const conv = layer.kind === "conv";
  const name = conv || variant.names ? ownName(layer) : layer.brief || ownName(layer);
  const lines: Part[] = [{ text: name, font: "name", tone: "ink1" }];
  const add = (text: string, tone: "ink2" | "ink3" = "ink2") => {
    if (text) lines.push({ text, font: "small", tone });
  };
  const shown: Part = { text: countText(layer, variant.short), font: "smallStrong", tone: "accent" };
  if (layer.compact_caption) {
    if (hasRest(layer) && conv) lines.push(shown);
    else add(conv ? typeText(layer, false) : shapeText(layer.output_shape));
    return lines;
  }
  if (conv && variant.types && !/^Conv\dD$/.test(layer.type)) add(layer.type);
  add(conv ? typeText(layer, variant.types) : layer.window.length > 0 ? windowText(layer) : "");
  add(shapeText(layer.output_shape));
  if (hasRest(layer) && conv) lines.push(shown);
  if (variant.parameters && layer.parameters > 0) add(`${grouped(layer.parameters)} params`, "ink3");
  if (handsOn(network, index) && variant.parameters) for (const note of layer.notes) add(note, "ink3");
  return lines;
}

/** Of a layer in an opened block, or of a model inside the model, what differs from its neighbours. */
function ownName({ name, inside }: LayerWire): string {
  return nameInside(name, inside);
}

export function captionParts(network: NetworkWire, index: number, variant: Detail): Part[] {
  const layer = network.layers[index]!;
  if (isChannels(layer)) return channelParts(network, index, variant);
  const name: Part = { text: layer.inside === null ? layer.name : ownName(layer), font: "name", tone: "ink1" };
  const plain = (text: string, tone: "ink2" | "ink3" = "ink2"): Part => ({ text, font: "small", tone });
  if (layer.face === "block") {
    const own: Part = { ...name, text: ownName(layer) };
    if (layer.group) return [own, plain(`${plural(layer.members.length, "layer")} inside`)];
    return [own, ...layer.notes.map((note) => plain(note, "ink3"))];
  }
  if (layer.face === "picture") {
    return [name, plain(shapeText(layer.output_shape)), ...layer.notes.map((note) => plain(note, "ink3"))];
  }
  const count: Part = hasRest(layer)
    ? { text: countText(layer, variant.short), font: "smallStrong", tone: "accent" }
    : plain(countText(layer));
  if (layer.compact_caption) {
    if (layer.kind === "input" || hasRest(layer)) return [name, count];
    return [name, plain(`${typeText(layer, false)} · ${countText(layer)}`)];
  }
  if (layer.kind === "input") return [name, count, ...layer.notes.map((note) => plain(note, "ink3"))];
  const lines = [name, plain(typeText(layer, variant.types)), count];
  if (variant.parameters && layer.parameters > 0) lines.push(plain(`${grouped(layer.parameters)} params`, "ink3"));
  // Notes of a layer stand in the gap after it; the last layer has none.
  return lines;
}
