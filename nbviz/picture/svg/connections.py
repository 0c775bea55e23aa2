"""The edges of the static picture: weights between units, and plain lines where there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nbviz.network.architecture import Connection
from nbviz.network.unit_ids import unit_ids
from nbviz.picture.edges import ONE, edge_values, shows_activation, stroke
from nbviz.picture.frame import ConnectionFrame
from nbviz.picture.svg.routes import Routes
from nbviz.picture.svg.scene import Scene
from nbviz.style.colour import OUTLINE, WARNING
from nbviz.style.markup import element, number

REST = -1  # the rest node among units


def connections(scene: Scene) -> Iterator[str]:
    """All edges, the strongest of each connection last and so on top."""
    ids, routes = unit_ids(scene.architecture), Routes(scene)
    for connection, numbers in zip(scene.architecture.connections, scene.frame.connections, strict=True):
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        if connection.kind == "link":
            yield from _links(scene, routes, connection)
        else:
            yield from _weights(scene, routes, connection, numbers, (ids[source.name], ids[target.name]))


def _weights(
    scene: Scene, routes: Routes, connection: Connection, numbers: ConnectionFrame, ids: tuple[range, range]
) -> Iterator[str]:
    source, target = scene.architecture[connection.source], scene.architecture[connection.target]
    folds = scene.folds.get(source.name, ONE), scene.folds.get(target.name, ONE)
    values = edge_values(numbers, *folds, scene.meaning)
    active = shows_activation(numbers, scene.meaning)
    scale = numbers.scale_a if active and numbers.scale_a else numbers.scale
    norm = connection.kind == "norm" and source.has_units and not active
    start_y, end_y = scene.layout.places[source.name].y, scene.layout.places[target.name].y
    names = [
        [str(own[unit]) for unit in fold.shown] + ["rest"] * fold.folded for own, fold in zip(ids, folds, strict=True)
    ]
    order = np.argsort(np.nan_to_num(np.abs(values), nan=np.inf), axis=None, kind="stable")
    for row, column in zip(*np.unravel_index(order, values.shape), strict=True):
        value = float(values[row, column])
        path = routes.path(source, target, start_y[row], end_y[column])
        between = {"data_source": names[0][row], "data_target": names[1][column]}
        if connection.sparse and value == 0:
            continue
        if "rest" in between.values():
            yield element("path", d=path, stroke=OUTLINE, stroke_width=0.75, stroke_opacity=0.12, **between)
        elif not np.isfinite(value):
            yield element("path", d=path, stroke=WARNING, stroke_width=1.0, stroke_opacity="0.9",
                          stroke_dasharray="3 3", **between)  # fmt: skip
        else:
            look = stroke(value, scale, scene.faces, norm)
            yield element(
                "path", d=path, stroke=look.colour, stroke_width=number(look.width),
                stroke_opacity=f"{look.opacity:.3f}", **between,
            )  # fmt: skip


def _links(scene: Scene, routes: Routes, connection: Connection) -> Iterator[str]:
    """Plain lines where there are no weights: from each unit to the same unit, else to what has no units."""
    source, target = scene.architecture[connection.source], scene.architecture[connection.target]
    start, end = (
        dict(zip([*fold.shown, *[REST] * fold.folded], scene.layout.places[layer.name].y, strict=False))
        for layer, fold in ((layer, scene.folds.get(layer.name, ONE)) for layer in (source, target))
    )
    channels = all(layer.kind in ("conv", "maps") for layer in (source, target))
    if not channels and (len(start) == 1 or len(end) == 1):
        pairs = [(one, other) for one in start for other in end]
    elif not channels:
        pairs = [(one, one) for one in start if one in end]
    else:
        pairs = _handed_on(start, end, connection.offset, source.units)
    for one, other in pairs:
        path = routes.path(source, target, start[one], end[other])
        yield element(
            "path", d=path, stroke=OUTLINE, stroke_opacity="0.12" if channels and REST in (one, other) else "0.5"
        )


def _handed_on(start: Mapping[int, float], end: Mapping[int, float], offset: int, units: int) -> list[tuple[int, int]]:
    """Which nodes a channel's line joins; channels without a place of their own are in the rest node."""
    pairs = [(one, one + offset if one + offset in end else REST) for one in start if one != REST]
    if REST in start:
        inside = [other for other in end if other != REST and 0 <= other - offset < units]
        pairs += [(REST, other) for other in inside if other - offset not in start]
        pairs.append((REST, REST))
    return [pair for pair in pairs if pair[1] in end]
