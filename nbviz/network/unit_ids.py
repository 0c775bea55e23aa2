"""Ids of units: one count over all units of all layers, in their order. What is drawn as one counts as a unit."""

from __future__ import annotations

from nbviz.network.architecture import Architecture, Layer


def unit_ids(architecture: Architecture) -> dict[str, range]:
    """Layer -> ids of its units, that of unit 0 first; of a block or a picture one id."""
    ids: dict[str, range] = {}
    first = 0
    for layer in architecture.layers:
        count = layer.units if layer.has_units else 1
        ids[layer.name] = range(first, first + count)
        first += count
    return ids


def unit_at(architecture: Architecture, unit: int) -> tuple[Layer, int] | None:
    """The layer of a unit id, and the index there; None for an id that there is not."""
    ids = unit_ids(architecture)
    found = next((layer for layer in architecture.layers if unit in ids[layer.name]), None)
    return None if found is None else (found, unit - ids[found.name].start)
