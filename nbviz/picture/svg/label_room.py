"""The room that words beside the network need: names and values of inputs, names and answers of outputs."""

from __future__ import annotations

from collections.abc import Sequence

from nbviz.network.architecture import Layer
from nbviz.picture.layout import Place
from nbviz.style.text import text_width
from nbviz.style.type_scale import BODY

ROOM_FOR_VALUES = 700  # px of the picture below which inputs show no values
VALUE_COLUMN = 46.0  # px of an input's value
TEXT_COLUMN = 88.0  # px of the text that a value stands for
ONE_ROW = 44.0  # px between outputs below which name, bar and percentage share a row
BAR, SHORT_BAR = 84.0, 52.0  # px of a probability; the shorter where inputs show no values, either
PERCENT = 46.0  # px of a percentage


def name_room(names: Sequence[str]) -> float:
    """Px of the longest of some names, in bold."""
    # A px more than needed, so that no name is elided for a rounding error.
    return max((text_width(name, BODY, bold=True) for name in names), default=0.0) + 1


def is_tight(place: Place) -> bool:
    """Whether outputs are so close that name, bar and percentage share a row."""
    return len(place.y) > 1 and place.y[1] - place.y[0] < ONE_ROW


def output_room(names: Sequence[str], layer: Layer, place: Place, width: float, known: bool) -> float:
    """Px right of an output's node: name, bar and percentage beside or beneath each other, where they are known."""
    bar = BAR if width >= ROOM_FOR_VALUES else SHORT_BAR
    name = min(name_room(names), max(90.0, min(200.0, width * 0.14)))
    if not known:
        return 10 + name
    if is_tight(place):
        return 10 + name + 8 + (56.0 if layer.output == "linear" else bar + 8 + PERCENT)
    numbers = 0.0 if layer.output == "linear" else bar if width < ROOM_FOR_VALUES else 116.0
    return 10 + max(name, numbers)
