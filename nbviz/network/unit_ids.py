"""Ids of units, counted over all units of all layers."""

from __future__ import annotations

from nbviz.network.architecture import Architecture


def first_units(architecture: Architecture) -> dict[str, int]:
    """Layer -> id of its unit 0; ids run over all units of all layers."""
    first, found = 0, {}
    for layer in architecture.layers:
        found[layer.name] = first
        first += layer.units if layer.has_units else 1
    return found
