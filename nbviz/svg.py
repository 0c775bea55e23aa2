"""The static picture: what the browser view shows at rest, as one SVG, made without a browser."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nbviz.architecture import Architecture, Connection, Layer
from nbviz.colour import GROUND, INK_1, INK_2, INK_3, LINE, OUTLINE, WARNING, ZERO, css, ink_on, ramp
from nbviz.edges import ONE, Meaning, edge_values, shares, shows_activation, stroke
from nbviz.fold import Fold
from nbviz.frame import ConnectionFrame, Frame, LayerFrame
from nbviz.layout import Layout, Place
from nbviz.svg_labels import (
    ROOM_FOR_VALUES,
    badges,
    captions,
    gap_labels,
    input_labels,
    name_room,
    output_labels,
    output_room,
    rise,
    shape_words,
    status,
)
from nbviz.typeset import element, elide, grouped, number, text_width, words

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
WIDEST_GAP = 240.0
VALUE_ROOM = 48.0
EDGE_PADDING = 20.0
STATUS_HEIGHT, BADGE_HEIGHT = 30.0, 30.0
LANE = 9.0  # px from the top of the drawing to the ways around other columns


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is drawn, with the columns' places in px.

    `roomy` is whether the width asked for has room for input values and logits, `rise` how far captions move down.
    """

    architecture: Architecture
    folds: Mapping[str, Fold]
    layout: Layout
    frame: Frame
    names: Mapping[str, Sequence[str]]
    meaning: Meaning
    width: float
    roomy: bool
    scaled: bool
    faces: bool
    left: float
    gap: float
    rise: float

    def x(self, layer: Layer) -> float:
        """Px of a layer's column."""
        return self.left + self.layout.places[layer.name].column * self.gap

    def reach(self, layer: Layer) -> float:
        """Px from the centre of a node to its side."""
        size = self.layout.places[layer.name].size
        if layer.kind == "block":
            return self.block_width(layer) / 2
        return size / 2 if layer.is_picture or self.faces else size

    def block_width(self, layer: Layer) -> float:
        """Px of a block."""
        return _block_room(layer)

    def name_of(self, layer: Layer, unit: int) -> str:
        """What a unit is called."""
        if layer.name in self.names:
            return self.names[layer.name][unit]
        if layer.output is not None:
            if layer.output == "linear":
                return layer.name if layer.units == 1 else f"output {unit}"
            return f"class {unit}"
        return f"x{unit}" if layer.kind == "input" else str(unit)


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
        f"{layer.name} ({layer.units if layer.has_units else layer.type})" for layer in architecture.layers
    )
    parts = [
        element("title", words(f"Network diagram of {architecture.name}")),
        element("desc", words(f"Layers: {summary}.")),
        element("rect", x=0.5, y=0.5, width=wide - 1, height=height - 1, rx=6.0, fill="#ffffff", stroke=LINE),
        element("g", "".join(_edges(scene)), fill="none", stroke_linecap="round"),
        *(_nodes(scene, index) for index in range(len(architecture.layers))),
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
    least = max((_block_room(layer) + 20 for layer in architecture.layers if layer.kind == "block"), default=84.0)
    gap = min(WIDEST_GAP, max(84.0, least, (width - left - right) / (layout.columns - 1)))
    needed = left + gap * (layout.columns - 1) + right
    return left + max(0.0, width - needed) / 2, gap, max(width, needed)


def _block_room(layer: Layer) -> float:
    """Px of a block that shows its words, as far as they are short."""
    lines = (shape_words(layer), f"{grouped(layer.parameters)} params")
    widest = max(text_width(layer.type, 12, bold=True), *(text_width(line, 11) for line in lines))
    return min(132.0, max(72.0, widest + 20))


def _edges(scene: Scene) -> Iterator[str]:
    first = _first_units(scene)
    for connection, numbers in zip(scene.architecture.connections, scene.frame.connections, strict=True):
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        if connection.kind == "link":
            yield from _links(scene, source, target)
        else:
            yield from _weights(scene, connection, numbers, first[source.name], first[target.name])


def _weights(
    scene: Scene, connection: Connection, numbers: ConnectionFrame, first_source: int, first_target: int
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
        path = _path(scene, source, target, start_y[row], end_y[column])
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


def _links(scene: Scene, source: Layer, target: Layer) -> Iterator[str]:
    """Plain lines where there are no weights: from each unit to the same unit, else to what has no units."""
    start, end = (
        list(zip([*fold.shown, *["rest"] * fold.folded], scene.layout.places[layer.name].y, strict=False))
        for layer, fold in ((layer, scene.folds.get(layer.name, ONE)) for layer in (source, target))
    )
    unitwise = len(start) > 1 and len(end) > 1
    for one, y0 in start:
        for other, y1 in end:
            if not unitwise or one == other:
                yield element("path", d=_path(scene, source, target, y0, y1), stroke=OUTLINE, stroke_opacity="0.5")


def _path(scene: Scene, source: Layer, target: Layer, y0: float, y1: float) -> str:
    x0, x1 = scene.x(source) + scene.reach(source), scene.x(target) - scene.reach(target)
    apart = scene.layout.places[target.name].column - scene.layout.places[source.name].column
    if apart <= 1 or not _in_the_way(scene, source, target, y0, y1):
        middle = (x0 + x1) / 2
        return _join("M", x0, y0, "C", middle, y0, middle, y1, x1, y1)
    out, back = x0 + scene.gap * 0.6, x1 - scene.gap * 0.6
    bend = (x0 + out) / 2
    return _join("M", x0, y0, "C", bend, y0, bend, LANE, out, LANE, "H", back,
                 "C", (back + x1) / 2, LANE, (back + x1) / 2, y1, x1, y1)  # fmt: skip


def _in_the_way(scene: Scene, source: Layer, target: Layer, y0: float, y1: float) -> bool:
    """Whether a straight way would run over a node of a column between."""
    first, last = scene.layout.places[source.name].column, scene.layout.places[target.name].column
    for layer in scene.architecture.layers:
        place = scene.layout.places[layer.name]
        if first < place.column < last and place.y:
            margin = scene.reach(layer) + 8
            low, high = min(y0, y1), max(y0, y1)
            if place.y[0] - margin < high and low < place.y[-1] + margin:
                return True
    return False


def _join(*parts: str | float) -> str:
    return " ".join(part if isinstance(part, str) else f"{part:.1f}" for part in parts)


def _nodes(scene: Scene, index: int) -> str:
    layer, numbers = scene.architecture.layers[index], scene.frame.layers[index]
    place = scene.layout.places[layer.name]
    if layer.kind == "block":
        return _block(scene, layer, place)
    if layer.is_picture:
        return _picture(scene, layer, place, numbers)
    fold = scene.folds[layer.name]
    first = _first_units(scene)[layer.name]
    spot = {unit: at for at, unit in enumerate(fold.candidates)}
    biases = numbers.arrays.get("bias")
    finite = np.zeros(0) if biases is None else np.abs(biases[np.isfinite(biases)])
    widest = float(finite.max(initial=0.0))
    parts = [_strip(scene, layer, place, numbers)] if fold.cell_units else []
    for unit, y in zip(fold.shown, place.y, strict=False):
        at = spot[unit]
        parts.append(_unit(scene, layer, place, numbers, unit, at, y, first + unit))
        if biases is not None:
            colour = css(ramp(float(biases[at]) / (widest or 1.0), ZERO))
            corner = scene.reach(layer) * (1.0 if scene.faces else 0.85)
            parts.append(
                element(
                    "rect",
                    x=scene.x(layer) - corner - 2.75,
                    y=y + corner - 2.75,
                    width=5.5,
                    height=5.5,
                    fill=colour,
                    stroke="#ffffff",
                    stroke_width=1.0,
                )
            )
    if fold.folded:
        parts.append(_rest(scene, layer, place, numbers))
    if layer.kind == "input":
        parts += input_labels(scene, layer, place, numbers)
    if layer.output is not None:
        parts += output_labels(scene, layer, place, numbers)
    return element("g", "".join(parts))


def _unit(
    scene: Scene, layer: Layer, place: Place, numbers: LayerFrame, unit: int, at: int, y: float, unit_id: int
) -> str:
    x = scene.x(layer)
    activation = float(numbers.arrays["a"][at])
    fill = ramp(activation / (numbers.a_scale or 1.0), GROUND)
    title = element("title", words(scene.name_of(layer, unit)))
    broken = scene.frame.sample_name is not None and not np.isfinite(activation)
    rim = {"stroke": WARNING if broken else OUTLINE, "stroke_width": 1.8 if broken else 1.0}
    if scene.faces and "face" in numbers.arrays:
        half = place.size / 2
        frame = element("rect", x=x - half, y=y - half, width=place.size, height=place.size, rx=3.0, fill="none",
                        **rim)  # fmt: skip
        return element("g", title + _image(_diverging(numbers.arrays["face"][at]), x, y, place.size) + frame,
                       data_unit=unit_id)  # fmt: skip
    circle = element("circle", title, cx=x, cy=y, r=place.size, fill=css(fill), data_unit=unit_id, **rim)
    if layer.kind == "input" or layer.output is not None or unit > 9999:
        return circle
    most = 2 * place.size - 2
    # Three figures and more only fit a circle in smaller type.
    size = min(9.5, max(6.5, 9.5 * most / text_width(str(unit), 9.5)))
    return circle + element("text", str(unit), x=x, y=y + 3.4, text_anchor="middle", font_size=number(size),
                            font_weight="500", fill=ink_on(fill))  # fmt: skip


def _rest(scene: Scene, layer: Layer, place: Place, numbers: LayerFrame) -> str:
    fold = scene.folds[layer.name]
    spot = {unit: at for at, unit in enumerate(fold.candidates)}
    left_over = fold.units - len(fold.shown)
    total = np.nan if numbers.a_sum is None else numbers.a_sum
    mean = (total - sum(float(numbers.arrays["a"][spot[unit]]) for unit in fold.shown)) / left_over
    fill = ramp(mean / (numbers.a_scale or 1.0), GROUND)
    label = f"+{grouped(left_over)}"
    half = max(14.0, text_width(label, 10) / 2 + 5)
    # A wide pill grows away from the strip.
    x, y = scene.x(layer) + max(0.0, half - 17), place.y[-1]
    return element("rect", x=x - half, y=y - 8.5, width=2 * half, height=17.0, rx=8.5, fill=css(fill), stroke=OUTLINE,
                   stroke_dasharray="3 2") + element(
        "text", label, x=x, y=y + 3.5, text_anchor="middle", font_size="10", font_weight="500", fill=ink_on(fill)
    )  # fmt: skip


def _strip(scene: Scene, layer: Layer, place: Place, numbers: LayerFrame) -> str:
    cells = numbers.arrays["cells"]
    lanes = 2 if len(cells) > 64 else 1
    side = 4.0 if lanes == 2 else 5.0
    top, bottom = place.y[0] - 12, place.y[-1] + 12
    x = scene.x(layer) - scene.reach(layer) - 14 - lanes * side
    pitch = (bottom - top) / -(-len(cells) // lanes)
    parts = [
        element("rect", x=x - 2, y=top - 2, width=lanes * side + 4, height=bottom - top + 4, rx=2.0, fill="#ffffff",
                stroke="#d0d5da")
    ]  # fmt: skip
    shown = set(scene.folds[layer.name].shown)
    for index, (value, unit) in enumerate(zip(cells, scene.folds[layer.name].cell_units, strict=True)):
        # Without activations the strip still tells where in the layer the shown units are.
        unknown = INK_3 if unit in shown else css(ZERO)
        colour = unknown if np.isnan(value) else css(ramp(float(value) / (numbers.a_scale or 1.0), GROUND))
        if colour != "#ffffff":
            parts.append(
                element("rect", x=x + (index % lanes) * side, y=top + (index // lanes) * pitch, width=side,
                        height=max(1.0, pitch - 0.4), fill=colour)
            )  # fmt: skip
    return "".join(parts)


def _block(scene: Scene, layer: Layer, place: Place) -> str:
    width, x, y = scene.block_width(layer), scene.x(layer), place.y[0]
    shape = shape_words(layer)
    lines = [(layer.type, "600", INK_1, 12), (shape, "400", INK_2, 11)]
    if layer.parameters:
        lines.append((f"{grouped(layer.parameters)} params", "400", INK_3, 11))
    top = y + 4 - 7.75 * (len(lines) - 1)
    return element(
        "rect", element("title", words(f"{layer.name}: {layer.type}, output {shape}")), x=x - width / 2,
        y=y - place.size / 2, width=width, height=place.size, rx=6.0, fill="#f6f7f8", stroke=OUTLINE,
    ) + "".join(
        element("text", words(elide(line, width - 10, size, bold=weight == "600")), x=x, y=top + 15.5 * at,
                text_anchor="middle", font_size=str(size), font_weight=weight, fill=ink)
        for at, (line, weight, ink, size) in enumerate(lines)
    )  # fmt: skip


def _picture(scene: Scene, layer: Layer, place: Place, numbers: LayerFrame) -> str:
    x, y, half = scene.x(layer), place.y[0], place.size / 2
    frame = element(
        "rect",
        element("title", words(layer.name)),
        x=x - half,
        y=y - half,
        width=place.size,
        height=place.size,
        rx=4.0,
        fill="none" if "face" in numbers.arrays else "#f6f7f8",
        stroke=OUTLINE,
    )
    if "face" not in numbers.arrays:
        return frame
    face = numbers.arrays["face"][0]
    # Dark on light, as ink on paper; colour pictures as they are.
    ink = np.array([int(INK_1[at : at + 2], 16) for at in (1, 3, 5)])
    pixels = face if face.ndim == 3 else np.round(255 + (ink - 255) * (face[..., None] / 255)).astype(np.uint8)
    return _image(pixels, x, y, place.size, smooth=False) + frame


def _diverging(face: np.ndarray) -> np.ndarray:
    """Colours (h, w, 3) of a response: 128 is 0."""
    table = np.array([ramp((level - 128) / 127, GROUND) for level in range(256)])
    return np.asarray(table[face].round().astype(np.uint8))


def _image(pixels: np.ndarray, x: float, y: float, side: float, smooth: bool = True) -> str:
    data = base64.b64encode(_png(pixels)).decode()
    return element(
        "image", x=x - side / 2, y=y - side / 2, width=side, height=side, preserveAspectRatio="none",
        style=None if smooth else "image-rendering:pixelated", href=f"data:image/png;base64,{data}",
    )  # fmt: skip


def _png(pixels: np.ndarray) -> bytes:
    """An RGB image (h, w, 3) of bytes as PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels.astype(np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _first_units(scene: Scene) -> dict[str, int]:
    """Id of unit 0 of each layer."""
    first, ids = 0, {}
    for layer in scene.architecture.layers:
        ids[layer.name] = first
        first += scene.folds.get(layer.name, ONE).units
    return ids
