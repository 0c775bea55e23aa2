"""Where the columns of the static picture stand: gaps as wide as there is room, blocks as wide as their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbviz.network.architecture import Layer
from nbviz.network.names import output_name
from nbviz.picture.layout import Layout
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.label_room import ROOM_FOR_VALUES, TEXT_COLUMN, name_room, output_room
from nbviz.picture.svg.layer_words import parts_words, shape_words
from nbviz.style.numbers import grouped
from nbviz.style.text import text_width
from nbviz.style.type_scale import BODY, SMALL

WIDEST_GAP = 240.0
LEAST_GAP = 84.0
LEAST_THIN_GAP = 64.0  # before channels that are handed on
VALUE_ROOM = 48.0
EDGE_PADDING = 20.0
STRIP_ROOM = 26.0
AIR, LITTLE_AIR = 20.0, 14.0  # px between the nodes of two columns
BLOCK_WIDTHS = (132.0, 120.0, 108.0, 96.0)  # at most, each tried where the one before does not fit
PICTURE_ROOM = 36.0  # px by which a block with a picture may be wider
NARROW_BLOCKS = (88.0, 80.0, 72.0, 64.0, 58.0, 54.0)  # for pictures that would be wider than can be read
READABLE = 1600.0  # px: in a wider picture words are too small once it is shown as a whole


@dataclass(frozen=True, slots=True)
class Columns:
    """Places in px.

    Attributes:
        at: Centre of each column.
        width: Of the whole picture.
        blocks: Name -> width of each block.
    """

    at: tuple[float, ...]
    width: float
    blocks: Mapping[str, float]


def place_columns(snapshot: Snapshot, width: float) -> Columns:
    """Stand the columns in a picture of a width.

    Args:
        snapshot: What is drawn.
        width: px wanted. What cannot be read is of no use: rather than squeeze its blocks the picture gets wider.
    """
    layout = snapshot.layout
    left, right = _margins(snapshot, width)
    blocks = block_widths(snapshot, BLOCK_WIDTHS[0])
    if layout.columns == 1:
        return Columns(((left + width - right) / 2,), width, blocks)
    least = [LEAST_GAP] * (layout.columns - 1)
    for most in (*BLOCK_WIDTHS, *NARROW_BLOCKS):
        air = LITTLE_AIR if most in NARROW_BLOCKS else AIR
        blocks = block_widths(snapshot, most)
        least = _least_gaps(snapshot, blocks, air)
        needed = left + sum(least) + right
        if needed <= width or (most <= BLOCK_WIDTHS[-1] and needed <= READABLE):
            break
    gaps = _fill(width - left - right, _fractions(layout), least)
    needed = left + sum(gaps) + right
    start = left + max(0.0, width - needed) / 2
    return Columns(tuple(start + sum(gaps[:column]) for column in range(layout.columns)), max(width, needed), blocks)


def reach(snapshot: Snapshot, layer: Layer, blocks: Mapping[str, float]) -> float:
    """Px from the centre of a node to its side; `blocks` are the widths of blocks by their names."""
    if layer.kind == "block":
        return blocks[layer.name] / 2
    size = snapshot.layout.places[layer.name].size
    return size / 2 if snapshot.is_square(layer) else size


def block_widths(snapshot: Snapshot, most: float) -> dict[str, float]:
    """Name -> px of each block that shows its words, as far as they are short; one with a picture may be wider."""
    widths = {}
    for layer, numbers in zip(snapshot.architecture.layers, snapshot.frame.layers, strict=True):
        if layer.kind == "block":
            lines = [shape_words(layer), f"{grouped(layer.parameters)} params"]
            lines += [line for line in (numbers.words, parts_words(layer)) if line]
            widest = max(text_width(layer.type, BODY, bold=True), *(text_width(line, SMALL) for line in lines))
            widths[layer.name] = min(most + PICTURE_ROOM * bool(numbers.words or layer.parts), max(72.0, widest + 20))
    return widths


def _margins(snapshot: Snapshot, width: float) -> tuple[float, float]:
    """Px left of the first column's centre and right of the last one's."""
    architecture, places, names = snapshot.architecture, snapshot.layout.places, snapshot.names
    known = snapshot.frame.sample_name is not None
    left = right = EDGE_PADDING + 48
    for layer in architecture.inputs:
        if not layer.has_units:
            left = max(left, 84.0)
            continue
        longest = name_room(names.get(layer.name, [f"x{layer.units - 1}"]))
        value = TEXT_COLUMN + 2 if layer.name in snapshot.value_names else VALUE_ROOM
        room = min(longest, max(90.0, min(200.0, width * 0.16))) + (value if width >= ROOM_FOR_VALUES else 0) + 16
        # A strip stands between names and nodes where not all inputs are shown.
        strip = STRIP_ROOM if snapshot.folds[layer.name].cell_units else 0.0
        left = max(left, EDGE_PADDING + room + places[layer.name].size + strip)
    for layer in architecture.layers:
        if layer.has_maps and layer.name in names:
            place = places[layer.name]
            right = max(right, place.size / 2 + 10 + min(name_room(names[layer.name]), max(90.0, width * 0.14)) + 12)
    for layer in architecture.outputs:
        if layer.has_units and layer.kind not in ("conv", "maps"):
            one = output_name(layer, layer.units - 1)
            place = places[layer.name]
            right = max(right, place.size + output_room(names.get(layer.name, [one]), layer, place, width, known) + 12)
    return left, right


def _fractions(layout: Layout) -> list[float]:
    """Each gap's share of the way from the first to the last column."""
    at = {place.column: place.x for place in layout.places.values()}
    return [at[column] - at[column - 1] for column in range(1, layout.columns)]


def _least_gaps(snapshot: Snapshot, blocks: Mapping[str, float], air: float) -> list[float]:
    """The least px between each two columns' centres."""
    folds, layout = snapshot.folds, snapshot.layout
    half, strip = [0.0] * layout.columns, [0.0] * layout.columns
    thin, block = [True] * layout.columns, [False] * layout.columns
    for layer in snapshot.architecture.layers:
        column = layout.places[layer.name].column
        half[column] = max(half[column], reach(snapshot, layer, blocks))
        thin[column] = thin[column] and layer.kind == "maps"
        block[column] = block[column] or layer.kind == "block"
        if layer.name in folds and folds[layer.name].cell_units and has_strip(layer):
            strip[column] = STRIP_ROOM
    gaps = []
    for to in range(1, layout.columns):
        # Between two blocks nothing stands but a line.
        own = 0.0 if block[to] and block[to - 1] else LEAST_THIN_GAP if thin[to] else LEAST_GAP
        gaps.append(max(own, half[to - 1] + strip[to] + half[to] + air))
    return gaps


def has_strip(layer: Layer) -> bool:
    """Whether all units of a folded layer are told beside it; what is handed on is told where it comes from."""
    return layer.kind != "maps"


def _fill(span: float, fractions: Sequence[float], least: Sequence[float]) -> list[float]:
    """Gaps in proportion to `fractions` that fill `span`, none below its least and none above 240 px by choice."""
    high = WIDEST_GAP / max(fractions)

    def at(scale: float) -> list[float]:
        return [max(low, scale * fraction) for low, fraction in zip(least, fractions, strict=True)]

    if sum(at(high)) <= span:
        return at(high)
    low = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(at(middle)) <= span else (low, middle)
    return at(low)
