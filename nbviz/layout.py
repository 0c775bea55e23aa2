"""Where things are drawn: columns from left to right, places from top to bottom.

Heights are in px, since the height of a diagram is given; horizontally a column is at a fraction of the
width, which only the viewer knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbviz.architecture import Architecture, Layer

TOP = 24.0  # px above the first place
CAPTIONS = 96.0  # px from the top of the captions to the bottom of the drawing
CAPTION_GAP = 20.0  # px between the last place and the captions
SHARED_CAPTION = 72.0  # px for three caption lines, and air, under a layer that shares its column
MIN_PITCH = 20.0
INPUT_PITCH = 28.0
RADIUS = {"input": 7.0, "dense": 9.0, "output": 11.0}
FACES = (44.0, 38.0, 24.0, 20.0)
FACE_GAP = 6.0
PICTURE = 96.0
BLOCK = 56.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one layer is drawn.

    Attributes:
        column: From 0.
        x: Of the column, from 0 (first) to 1 (last).
        y: px, the centre of each place from top to bottom.
        size: px: radius of a circle, side of a face or picture, height of a block.
        caption_y: px, top of the first caption line.
        compact_caption: Whether the layer shares its column and has two caption lines.
    """

    column: int
    x: float
    y: tuple[float, ...]
    size: float
    caption_y: float
    compact_caption: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all layers, and the height they need in px."""

    places: dict[str, Place]
    columns: int
    height: float


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


def layout(architecture: Architecture, slots: Mapping[str, int], height: float, faces: bool = False) -> Layout:
    """Place every layer.

    Args:
        architecture: The structure.
        slots: Layer -> number of places, the rest node included.
        height: px wanted; more is used where places would come closer than 20 px.
        faces: Whether units are small pictures rather than circles.

    Returns:
        The layout. Layers are centred on one horizontal axis; those that share a column are stacked.
    """
    column = columns(architecture)
    stacks: dict[int, list[Layer]] = {}
    for layer in architecture.layers:
        stacks.setdefault(column[layer.name], []).append(layer)
    side = _face_side(max((slots[layer.name] for layer in architecture.layers if layer.has_units), default=1), height)
    needed = max((_stack_height(stack, slots, side if faces else None) for stack in stacks.values()), default=0.0)
    total = max(height, needed)
    last = max(stacks, default=0)
    placed: dict[str, Place] = {}
    for index, stack in stacks.items():
        x = index / last if last else 0.5
        bottom = total - CAPTIONS - CAPTION_GAP if len(stack) == 1 else total - 8
        spare = bottom - TOP - sum(_extent(layer, slots, side if faces else None, len(stack)) for layer in stack)
        top = TOP
        for layer in stack:
            extent = _extent(layer, slots, side if faces else None, len(stack))
            weight = slots[layer.name] / sum(slots[other.name] for other in stack)
            room = extent + max(0.0, spare) * weight - (SHARED_CAPTION if len(stack) > 1 else 0)
            size = _size(layer, side if faces else None)
            shared = len(stack) > 1
            # In a stack the outermost nodes must not reach into what is above or below.
            edge = _reach(layer, side if faces else None) if shared and layer.has_units else 0.0
            ys = _spread(layer, slots[layer.name], top + edge, top + room - edge, size)
            under = ys[-1] + _reach(layer, side if faces else None) + 8 if ys else top
            placed[layer.name] = Place(index, x, ys, size, under if shared else total - CAPTIONS, shared)
            top += room + (SHARED_CAPTION if shared else 0)
    return Layout(placed, last + 1, total)


def _spread(layer: Layer, count: int, top: float, bottom: float, size: float) -> tuple[float, ...]:
    """Centres of `count` places, evenly spaced around the middle of what there is."""
    middle = (top + bottom) / 2
    if count <= 1:
        return (middle,) * count
    span = bottom - top
    widest = INPUT_PITCH if layer.kind == "input" and layer.has_units else 0.0
    pitch = min(span / (count - 1), max(widest, 28.0, span / (count + 1), size + FACE_GAP))
    return tuple(round(middle + (index - (count - 1) / 2) * pitch, 2) for index in range(count))


def _size(layer: Layer, face: float | None) -> float:
    if layer.is_picture:
        return PICTURE
    if layer.kind == "block":
        return BLOCK
    if face is not None:
        return face
    return RADIUS["output" if layer.output is not None else layer.kind]


def _reach(layer: Layer, face: float | None) -> float:
    """Px from the centre of a node to its upper and lower end."""
    size = _size(layer, face)
    return size if layer.has_units and face is None else size / 2


def _face_side(most: int, height: float) -> float:
    room = height - TOP - CAPTIONS - CAPTION_GAP
    return next((side for side in FACES if (most - 1) * (side + FACE_GAP * 2) <= room), FACES[-1])


def _extent(layer: Layer, slots: Mapping[str, int], face: float | None, sharing: int) -> float:
    """The least px a layer needs in its column, its caption included where the column is shared."""
    size = _size(layer, face)
    pitch = size + FACE_GAP if layer.has_units and face is not None else MIN_PITCH
    own = (slots[layer.name] - 1) * pitch if layer.has_units else size
    return own if sharing == 1 else own + SHARED_CAPTION + (2 * _reach(layer, face) if layer.has_units else 0.0)


def _stack_height(stack: list[Layer], slots: Mapping[str, int], face: float | None) -> float:
    around = TOP + (CAPTIONS + CAPTION_GAP if len(stack) == 1 else 8)
    return around + sum(_extent(layer, slots, face, len(stack)) for layer in stack)
