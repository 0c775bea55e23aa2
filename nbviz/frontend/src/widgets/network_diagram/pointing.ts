/** What is pointed at: by the pointer, by the keyboard or through a badge. */

import type { Target } from "../../picture/focus.ts";
import type { Scene } from "../../picture/scene.ts";
import type { BadgeWire } from "../../wire.ts";

export class Pointing {
  hover: Target | null = null;
  /** In px of the drawing. */
  pointer: readonly [number, number] | null = null;
  keyboard: number | null = null;
  badge: BadgeWire | null = null;

  /** What the card speaks of. */
  get carded(): Target | null {
    return this.hover ?? (this.keyboard === null ? null : { kind: "place", place: this.keyboard });
  }

  /** What the picture brings forward; the selection, where nothing is pointed at. */
  target(scene: Scene, selected: number | null, path: boolean): Target | null {
    const { hover, keyboard, badge } = this;
    if (hover && hover.kind !== "cell") return hover;
    if (keyboard !== null) return { kind: "place", place: keyboard };
    if (badge) return { kind: "units", ids: badgeIds(scene, badge) };
    if (path) return { kind: "path" };
    return selected === null ? null : { kind: "place", place: selected };
  }

  ringed(scene: Scene): Set<number> {
    const { hover, badge } = this;
    if (hover?.kind === "place") return new Set([hover.place]);
    const edge = hover?.kind === "edge" ? scene.edges[hover.edge] : undefined;
    if (edge) return new Set([edge.source, edge.target]);
    const ids = new Set(badge ? badgeIds(scene, badge) : []);
    return new Set([...scene.places.keys()].filter((index) => ids.has(scene.places[index]!.id ?? -1)));
  }

  /** Units whose cells are ringed in the strips. */
  marked(scene: Scene, selected: number | null): Set<number> {
    const { hover } = this;
    const ids = [selected, hover?.kind === "place" ? hover.place : null].map((index) =>
      index === null ? null : scene.places[index]?.id,
    );
    if (hover?.kind === "cell") ids.push(cellUnit(scene, hover.strip, hover.cell));
    return new Set(ids.filter((id) => typeof id === "number"));
  }

  /** Indices mean other things in another scene: the place under the pointer is found again, the rest forgotten. */
  carryOver(before: Scene | null, after: Scene): void {
    const find = (index: number | null) => {
      const key = index === null ? undefined : before?.places[index]?.key;
      return key === undefined ? null : (after.placeOf.get(key) ?? null);
    };
    const place = find(this.hover?.kind === "place" ? this.hover.place : null);
    this.hover = place === null ? null : { kind: "place", place };
    this.keyboard = find(this.keyboard);
  }
}

function badgeIds(scene: Scene, { layer, units }: BadgeWire): number[] {
  const wire = scene.layers[layer];
  if (!wire) return [];
  const all = units.length > 0 ? units : Array.from({ length: wire.units }, (_, unit) => unit);
  return all.map((unit) => wire.first_unit + unit);
}

/** The id of the unit that stands for a cell. */
export function cellUnit(scene: Scene, strip: number, cell: number): number {
  const { first_unit, cell_units } = scene.layers[scene.strips[strip]!.layer]!;
  return first_unit + (cell_units[cell] ?? cell);
}
