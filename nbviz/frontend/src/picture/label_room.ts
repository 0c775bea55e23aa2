/** The room that words beside the nodes need: names and values of inputs, names and answers of outputs. */

import { max, min } from "../style/math.ts";
import type { Measure } from "../style/text.ts";
import type { Fonts } from "../style/type_scale.ts";
import type { LayerWire, NetworkWire } from "../wire.ts";
import { hasRest, isChannels, unitName } from "./shown.ts";

/** What there is room for: things go in this order as it shrinks. */
export interface Room {
  parameters: boolean;
  logits: boolean;
  values: boolean;
  types: boolean;
  /** px for the names of inputs and of outputs. */
  inputNames: number;
  outputNames: number;
  bar: number;
}

export const VALUE_COLUMN = 40;
export const VALUE_AIR = 8;
/** px from a name to the widest value. */
const VALUE_GAP = 8;
export const NAME_AIR = 10;

/** px of an input's value: of a number, or of the text that it stands for. */
export function valueColumn({ value_names }: LayerWire): number {
  return value_names ? 84 : VALUE_COLUMN;
}

/** px from an input node's edge to where its name ends. */
export function nameOffset(layer: LayerWire, room: Room): number {
  return layer.face === "circle" && room.values ? VALUE_AIR + valueColumn(layer) + VALUE_GAP : NAME_AIR;
}

/** Whether name, bar and numbers of an output stand under each other. */
export function isStacked(layer: LayerWire): boolean {
  const [first, second] = layer.y;
  return second === undefined || second - first! >= 44;
}

export function nameWidth(network: NetworkWire, index: number, fonts: Fonts, measure: Measure): number {
  const layer = network.layers[index]!;
  return layer.shown.reduce((most, unit) => max(most, measure(unitName(network, index, unit), fonts.name)), 0);
}

/** px right of an output's node that its label takes. */
export function outputLabelWidth(
  network: NetworkWire,
  index: number,
  room: Room,
  fonts: Fonts,
  measure: Measure,
): number {
  const layer = network.layers[index]!;
  const name = min(room.outputNames, nameWidth(network, index, fonts, measure));
  const percent = measure("100 %", fonts.small);
  const rest = hasRest(layer) ? 30 : 0;
  if (layer.output === "linear" || layer.output === null) {
    const value = measure("+0.0000", fonts.small);
    return max(rest, isStacked(layer) ? max(name, value) : name + 8 + value);
  }
  if (!isStacked(layer)) return max(rest, name + 8 + room.bar + 8 + percent);
  const logit = room.logits ? 8 + measure("z −10.0", fonts.small) : 0;
  return max(rest, name, room.bar, percent + logit);
}

/** Whether names stand beside the maps of a layer: those that come out, where they have any. */
export function namesMaps({ columns }: NetworkWire, layer: LayerWire): boolean {
  return isChannels(layer) && layer.output === null && layer.unit_names !== null && layer.column === columns - 1;
}
