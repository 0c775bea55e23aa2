"""The static picture: what the browser view shows at rest, as one SVG, made without a browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nbviz.network.architecture import Architecture, Connection
from nbviz.network.unit_ids import unit_ids
from nbviz.picture.edges import ONE, Meaning, edge_values, shares, shows_activation, stroke
from nbviz.picture.fold import Fold
from nbviz.picture.frame import ConnectionFrame, Frame
from nbviz.picture.layout import Layout
from nbviz.picture.svg.captions import captions, gap_labels, rise
from nbviz.picture.svg.columns import place_columns
from nbviz.picture.svg.groups import frames, with_room_for_frames
from nbviz.picture.svg.label_room import ROOM_FOR_VALUES
from nbviz.picture.svg.labels import badges, status
from nbviz.picture.svg.nodes import draw_layer
from nbviz.picture.svg.routes import Routes
from nbviz.picture.svg.scene import Scene
from nbviz.style.colour import INK_1, LINE, OUTLINE, WARNING
from nbviz.style.markup import element, number, words

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
STATUS_HEIGHT, BADGE_HEIGHT = 30.0, 30.0
REST = -1  # the rest node among units


def draw(
    architecture: Architecture,
    folds: Mapping[str, Fold],
    layout: Layout,
    frame: Frame,
    *,
    names: Mapping[str, Sequence[str]],
    meaning: Meaning = "weight",
    width: int = 960,
    scaled: bool = False,
    faces: bool = False,
) -> str:
    """The picture as SVG.

    Args:
        architecture: The structure.
        folds: Layer with units -> which of its units are shown.
        layout: Where layers are drawn.
        frame: The numbers.
        names: Layer -> names of its units, where it has any. They reach the picture as text only.
        meaning: What edges show.
        width: px, at least 320.
        scaled: Whether the first edges show w sd.
        faces: Whether units are drawn as responses over the plane of two inputs.

    Returns:
        A self-contained `<svg>` element. Edges carry the ids of their units (`data-source`, `data-target`),
        or `rest`.
    """
    across = place_columns(architecture, folds, layout, frame, names, float(max(320, width)), faces)
    roomy = width >= ROOM_FOR_VALUES
    scene = Scene(architecture, folds, layout, frame, names, meaning, across, roomy, scaled, faces)
    scene = with_room_for_frames(dataclasses.replace(scene, rise=rise(scene)))
    wide, foot = across.width, scene.layout.height + scene.rise
    height = foot + STATUS_HEIGHT + (BADGE_HEIGHT if frame.badges else 0)
    share = shares(architecture, folds, frame, meaning)
    summary = ", ".join(
        f"{layer.name} ({', '.join([str(layer.units) if layer.has_units else layer.type, *layer.members])})"
        for layer in architecture.layers
    )
    parts = [
        element("title", words(f"Network diagram of {architecture.name}")),
        element("desc", words(f"Layers: {summary}.")),
        element("rect", x=0.5, y=0.5, width=wide - 1, height=height - 1, rx=6.0, fill="#ffffff", stroke=LINE),
        *frames(scene),
        element("g", "".join(_edges(scene)), fill="none", stroke_linecap="round"),
        *(draw_layer(scene, index) for index in range(len(architecture.layers))),
        *captions(scene),
        *gap_labels(scene),
        *badges(scene, foot),
        *status(scene, share, height - STATUS_HEIGHT, wide),
    ]
    return element(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(wide)} {number(height)}",
        width=number(wide),
        height=number(height),
        role="img",
        font_family=FONT,
        font_size="12",
        fill=INK_1,
    )


def _edges(scene: Scene) -> Iterator[str]:
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
