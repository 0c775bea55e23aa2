"""The static picture: what the browser view shows at rest, as one SVG, made without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nbviz.architecture import Architecture, Connection, Layer
from nbviz.colour import INK_1, LINE, OUTLINE, WARNING
from nbviz.edges import ONE, Meaning, edge_values, shares, shows_activation, stroke
from nbviz.fold import Fold
from nbviz.frame import ConnectionFrame, Frame
from nbviz.layout import Layout
from nbviz.svg_labels import (
    ROOM_FOR_VALUES,
    badges,
    captions,
    gap_labels,
    name_room,
    output_room,
    rise,
    status,
)
from nbviz.svg_nodes import draw_layer
from nbviz.svg_routes import Routes
from nbviz.svg_scene import Scene, block_room, first_units
from nbviz.typeset import element, number, words

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
WIDEST_GAP = 240.0
VALUE_ROOM = 48.0
EDGE_PADDING = 20.0
STATUS_HEIGHT, BADGE_HEIGHT = 30.0, 30.0


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
    left, gap, wide = _columns(architecture, folds, layout, names, float(max(320, width)))
    lower = rise(architecture, layout, gap)
    roomy = width >= ROOM_FOR_VALUES
    scene = Scene(architecture, folds, layout, frame, names, meaning, wide, roomy, scaled, faces, left, gap, lower)
    foot = layout.height + lower
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


def _columns(
    architecture: Architecture,
    folds: Mapping[str, Fold],
    layout: Layout,
    names: Mapping[str, Sequence[str]],
    width: float,
) -> tuple[float, float, float]:
    """Px of the first column, between columns, and of the whole picture."""
    left = right = EDGE_PADDING + 48
    for layer in architecture.inputs:
        if not layer.has_units:
            left = max(left, 84.0)
            continue
        longest = name_room(names.get(layer.name, [f"x{layer.units - 1}"]))
        room = min(longest, max(90.0, min(200.0, width * 0.16))) + (VALUE_ROOM if width >= ROOM_FOR_VALUES else 0) + 16
        # A strip stands between names and nodes where not all inputs are shown.
        strip = 26.0 if folds[layer.name].cell_units else 0.0
        left = max(left, EDGE_PADDING + room + layout.places[layer.name].size + strip)
    for layer in architecture.outputs:
        if layer.has_units:
            one = layer.name if layer.output == "linear" and layer.units == 1 else f"output {layer.units - 1}"
            place = layout.places[layer.name]
            right = max(right, place.size + output_room(names.get(layer.name, [one]), layer, place, width) + 12)
    if layout.columns == 1:
        return (left + width - right) / 2, 0.0, width
    # What cannot be read is of no use: rather than squeeze its blocks the picture gets wider.
    least = max((block_room(layer) + 20 for layer in architecture.layers if layer.kind == "block"), default=84.0)
    gap = min(WIDEST_GAP, max(84.0, least, (width - left - right) / (layout.columns - 1)))
    needed = left + gap * (layout.columns - 1) + right
    return left + max(0.0, width - needed) / 2, gap, max(width, needed)


def _edges(scene: Scene) -> Iterator[str]:
    first, routes = first_units(scene), Routes(scene)
    for connection, numbers in zip(scene.architecture.connections, scene.frame.connections, strict=True):
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        if connection.kind == "link":
            yield from _links(scene, routes, source, target)
        else:
            yield from _weights(scene, routes, connection, numbers, first[source.name], first[target.name])


def _weights(
    scene: Scene, routes: Routes, connection: Connection, numbers: ConnectionFrame, first_source: int, first_target: int
) -> Iterator[str]:
    source, target = scene.architecture[connection.source], scene.architecture[connection.target]
    folds = scene.folds.get(source.name, ONE), scene.folds.get(target.name, ONE)
    values = edge_values(numbers, *folds, scene.meaning)
    scale = numbers.scale_a if shows_activation(numbers, scene.meaning) and numbers.scale_a else numbers.scale
    start_y, end_y = scene.layout.places[source.name].y, scene.layout.places[target.name].y
    ids = [
        [str(first + unit) for unit in fold.shown] + ["rest"] * fold.folded
        for first, fold in zip((first_source, first_target), folds, strict=True)
    ]
    order = np.argsort(np.nan_to_num(np.abs(values), nan=np.inf), axis=None, kind="stable")
    for row, column in zip(*np.unravel_index(order, values.shape), strict=True):
        value = float(values[row, column])
        path = routes.path(source, target, start_y[row], end_y[column])
        between = {"data_source": ids[0][row], "data_target": ids[1][column]}
        if "rest" in between.values():
            yield element("path", d=path, stroke=OUTLINE, stroke_width=0.75, stroke_opacity=0.12, **between)
        elif not np.isfinite(value):
            yield element("path", d=path, stroke=WARNING, stroke_width=1.0, stroke_opacity="0.9",
                          stroke_dasharray="3 3", **between)  # fmt: skip
        else:
            look = stroke(value, scale, scene.faces)
            yield element(
                "path", d=path, stroke=look.colour, stroke_width=number(look.width),
                stroke_opacity=f"{look.opacity:.3f}", **between,
            )  # fmt: skip


def _links(scene: Scene, routes: Routes, source: Layer, target: Layer) -> Iterator[str]:
    """Plain lines where there are no weights: from each unit to the same unit, else to what has no units."""
    start, end = (
        list(zip([*fold.shown, *["rest"] * fold.folded], scene.layout.places[layer.name].y, strict=False))
        for layer, fold in ((layer, scene.folds.get(layer.name, ONE)) for layer in (source, target))
    )
    unitwise = len(start) > 1 and len(end) > 1
    for one, y0 in start:
        for other, y1 in end:
            if not unitwise or one == other:
                yield element("path", d=routes.path(source, target, y0, y1), stroke=OUTLINE, stroke_opacity="0.5")
