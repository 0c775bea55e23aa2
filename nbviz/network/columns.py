"""Columns of a network: how deep in it each layer is."""

from __future__ import annotations

from nbviz.network.architecture import Architecture


def columns(architecture: Architecture) -> dict[str, int]:
    """The column of each layer: its longest way from an input; all outputs stand in the last one."""
    sources: dict[str, list[str]] = {}
    for connection in architecture.connections:
        sources.setdefault(connection.target, []).append(connection.source)
    column: dict[str, int] = {}
    for layer in architecture.layers:
        column[layer.name] = max((column[source] + 1 for source in sources.get(layer.name, ())), default=0)
    last = max(column.values(), default=0)
    goes_on = {connection.source for connection in architecture.connections}
    for layer in architecture.layers:
        if layer.output is not None and layer.name not in goes_on:
            column[layer.name] = last
    return column
