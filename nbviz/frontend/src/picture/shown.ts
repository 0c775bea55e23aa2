/** Which units fill the places of each layer. */

import { plural, UNKNOWN } from "../style/numbers.ts";
import type { ConnectionWire, LayerWire, NetworkWire } from "../wire.ts";

export interface Unit {
  layer: number;
  unit: number;
}

/** The layer and the index in it of a unit id. */
export function findUnit(network: NetworkWire, id: number | null): Unit | null {
  if (id === null) return null;
  const layer = network.layers.findIndex(({ first_unit, units }) => id >= first_unit && id < first_unit + units);
  return layer < 0 ? null : { layer, unit: id - network.layers[layer]!.first_unit };
}

/** Layers of channels: each of their units is handed on, or made, as one map. */
export function isChannels({ kind }: LayerWire): boolean {
  return kind === "conv" || kind === "maps";
}

/** Whether a connection hands channels on one by one. */
export function isUnitwise({ layers }: NetworkWire, { kind, source, target }: ConnectionWire): boolean {
  return kind === "link" && isChannels(layers[source]!) && isChannels(layers[target]!);
}

/** The units with the same channels of the layers before and after that hand them on, each right before its unit. */
export function withJoined(network: NetworkWire, units: readonly Unit[]): Unit[] {
  const joins = network.connections.filter((connection) => isUnitwise(network, connection));
  return units.flatMap((unit) => {
    const found = [unit];
    for (const { layer, unit: channel } of found) {
      for (const { source, target, offset } of joins) {
        const [other, moved] = layer === source ? [target, channel + offset] : [source, channel - offset];
        if (layer !== source && layer !== target) continue;
        if (moved < 0 || moved >= network.layers[other]!.units) continue;
        if (!found.some((one) => one.layer === other && one.unit === moved)) found.push({ layer: other, unit: moved });
      }
    }
    return found.reverse();
  });
}

/**
 * The units shown by layer: those `drawn` for a question, of the layers that have them. Pulled units take the places of
 * the lowest ranked others, oldest first; a unit whose numbers are not at hand has to wait for Python.
 */
export function fillPlaces(
  network: NetworkWire,
  pulled: readonly Unit[],
  drawn: readonly (readonly number[] | null)[] = [],
): number[][] {
  const all = withJoined(network, pulled);
  return network.layers.map((layer, index) => {
    const asked = drawn[index]?.filter((unit) => layer.candidates.includes(unit));
    const shown = [...new Set([...(asked ?? []), ...layer.shown])].slice(0, layer.shown.length);
    const rank = (unit: number) =>
      asked ? shown.indexOf(unit) : (layer.ranks[layer.candidates.indexOf(unit)] ?? Number.POSITIVE_INFINITY);
    const wanted = all.filter((unit) => unit.layer === index).map(({ unit }) => unit);
    for (const unit of wanted.slice(-shown.length)) {
      if (shown.includes(unit) || !layer.candidates.includes(unit)) continue;
      const places = [...shown.keys()].filter((place) => !wanted.includes(shown[place]!));
      const last = places.reduce<number | null>(
        (worst, place) => (worst === null || rank(shown[place]!) > rank(shown[worst]!) ? place : worst),
        null,
      );
      if (last !== null) shown[last] = unit;
    }
    return shown;
  });
}

export function hasRest(layer: LayerWire): boolean {
  return layer.y.length > layer.shown.length;
}

export function unitName(network: NetworkWire, layer: number, unit: number): string {
  const wire = network.layers[layer]!;
  const { unit_names, kind, output, face, name, units } = wire;
  if (unit_names?.[unit] !== undefined) return unit_names[unit];
  if (face === "block" || face === "picture") return name;
  if (isChannels(wire)) return `channel ${unit}`;
  if (kind === "input") return `x${unit}`;
  if (output === "linear") return units === 1 ? name : `output ${unit}`;
  // A single probability is that of class 1; several sigmoids do not exclude each other.
  if (output === "sigmoid") return units === 1 ? "class 1" : `label ${unit}`;
  return output ? `class ${unit}` : `unit ${unit}`;
}

/** What a value of an input means, where its values have names; null for a number as such. */
export function valueText({ value_names }: LayerWire, value: number, isMean: boolean): string | null {
  if (!value_names) return null;
  // There is nothing between two ids.
  if (isMean || !Number.isInteger(value)) return "";
  return value_names[value] ?? String(value);
}

/** A name without what its frame, or the model that it is part of, says already. */
export function nameInside(name: string, inside: string | null): string {
  const rest = inside !== null && name.startsWith(inside) ? name.slice(inside.length) : "";
  const own = /^[/_.\- ]/.test(rest) ? rest.slice(1) : "";
  return own || name.slice(name.lastIndexOf("/") + 1);
}

/** What so many of a layer's units are called. */
export function unitsText(layer: LayerWire, count: number): string {
  return plural(count, isChannels(layer) ? "channel" : "unit");
}

/** What the shown units carry of their layer's contribution, 0 to 1; NaN if unknown. */
export function shownShare(
  shares: Float32Array | null,
  candidates: readonly number[],
  shown: readonly number[],
): number {
  return shown.reduce((sum, unit) => sum + (shares?.[candidates.indexOf(unit)] ?? UNKNOWN), 0);
}
