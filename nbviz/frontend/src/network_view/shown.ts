/** Which units fill the places of each layer. */

import type { NetworkWire } from "../wire.ts";

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

/**
 * The units shown by layer. Pulled units take the places of the lowest ranked others, oldest first; a unit whose
 * numbers are not at hand has to wait for Python.
 */
export function fillPlaces(network: NetworkWire, pulled: readonly Unit[]): number[][] {
  return network.layers.map((layer, index) => {
    const shown = [...layer.shown];
    const rank = (unit: number) => layer.ranks[layer.candidates.indexOf(unit)] ?? Number.POSITIVE_INFINITY;
    const wanted = pulled.filter((unit) => unit.layer === index).map(({ unit }) => unit);
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

export function unitName(network: NetworkWire, layer: number, unit: number): string {
  const { unit_names, kind, output, face, name, units } = network.layers[layer]!;
  if (unit_names?.[unit] !== undefined) return unit_names[unit];
  if (face === "block" || face === "picture") return name;
  if (kind === "input") return `x${unit}`;
  if (output === "linear") return units === 1 ? name : `output ${unit}`;
  return output ? `class ${unit}` : `unit ${unit}`;
}
