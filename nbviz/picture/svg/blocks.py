"""Blocks of the static picture: their words, and the picture of what happens inside, where there is one."""

from __future__ import annotations

import re

from nbviz.network.architecture import Layer
from nbviz.picture.svg.columns import BLOCK_WIDTHS
from nbviz.picture.svg.images import diverging, image
from nbviz.picture.svg.layer_words import parts_words, shape_words
from nbviz.picture.svg.line import Line
from nbviz.picture.svg.scene import DrawnLayer
from nbviz.style.colour import INK_1, INK_2, INK_3, LINE_STRONG, OUTLINE
from nbviz.style.markup import element, words
from nbviz.style.numbers import grouped, short
from nbviz.style.text import elide, text_width
from nbviz.style.type_scale import BODY, REGULAR, SMALL, STRONG

PITCH = 15.5  # px from line to line
SMALLEST = 9.0  # px of words in a block that is narrower than they are
SHEET = "#f6f7f8"  # the ground of what is no unit; there is no dark one
HEAD = 26.0  # px from the top of a block to its picture


def draw_block(drawn: DrawnLayer) -> str:
    """A block with its type, the shape of what it returns and its parameters, or with its picture."""
    layer, place, numbers = drawn.layer, drawn.place, drawn.numbers
    width, x, y = drawn.scene.columns.blocks[layer.name], drawn.x, place.y[0]
    holds = f"; with {', '.join(layer.members)}" if layer.members else ""
    shows = f"; {'; '.join(filter(None, (numbers.words, parts_words(layer))))}" if numbers.words else ""
    title = element("title", words(f"{layer.name}: {layer.type}, output {shape_words(layer)}{holds}{shows}"))
    sheet = element(
        "rect", title, x=x - width / 2, y=y - place.size / 2, width=width, height=place.size, rx=6.0, fill=SHEET,
        stroke=OUTLINE,
    )  # fmt: skip
    pictured = "face" in numbers.arrays and place.size > HEAD + 4 * PITCH
    return _deck(drawn, width) + sheet + (_pictured(drawn, width) if pictured else _worded(drawn, width))


def _worded(drawn: DrawnLayer, width: float) -> str:
    layer, place = drawn.layer, drawn.place
    room = width - 10
    narrow = width < BLOCK_WIDTHS[-1]
    kind = _in_two(layer.type, room) if narrow else [layer.type]
    size = min(_fitting(line, BODY, room, True) for line in kind)
    lines = [Line(line, INK_1, True, size) for line in kind]
    lines.append(Line(_shape_in(room, layer), INK_2))
    if layer.parameters:
        said = f"{grouped(layer.parameters)} params"
        lines.append(Line(said if text_width(said, SMALL) <= room else _in_few_letters(layer.parameters), INK_3))
    if layer.parts and place.size > 5 * PITCH:
        lines.append(Line(parts_words(layer), INK_3))
    pitch = min(PITCH, (place.size - 6) / len(lines))
    top = place.y[0] + 4 - pitch / 2 * (len(lines) - 1)
    return "".join(_text(line, drawn.x, top + pitch * at, room) for at, line in enumerate(lines))


def _pictured(drawn: DrawnLayer, width: float) -> str:
    """Type, picture, what it shows, and what the layer's gates or heads are called."""
    layer, place, numbers, x = drawn.layer, drawn.place, drawn.numbers, drawn.x
    top = place.y[0] - place.size / 2
    parts = parts_words(layer)
    if text_width(parts, SMALLEST) > width - 8:
        parts = f"{layer.parts[0]} … {layer.parts[-1]}"
    told = [line for line in (numbers.words, parts) if line]
    wide, high = width - 16, place.size - HEAD - 6 - 15 * len(told)
    middle = top + HEAD + high / 2
    border = element("rect", x=x - wide / 2, y=top + HEAD, width=wide, height=high, rx=3.0, fill="none",
                     stroke=LINE_STRONG)  # fmt: skip
    below = top + HEAD + high + 13
    return (
        _text(Line(layer.type, INK_1, True, BODY), x, top + 18, wide)
        + image(diverging(numbers.arrays["face"][0]), x, middle, wide, high, smooth=False)
        + border
        + "".join(
            _text(Line(line, ink), x, below + 15 * row, wide + 8)
            for row, (line, ink) in enumerate(zip(told, (INK_2, INK_3), strict=False))
        )
    )


def _text(line: Line, x: float, y: float, room: float) -> str:
    """A line in the middle of a block: a little smaller, then cut, where it is too long."""
    size = _fitting(line.text, line.size, room, line.strong)
    cut = elide(line.text, room + 0.1, size, bold=line.strong)
    return element("text", words(cut), x=x, y=y, text_anchor="middle", font_size=f"{size:.3g}",
                   font_weight=STRONG if line.strong else REGULAR, fill=line.ink)  # fmt: skip


def _fitting(line: str, size: float, room: float, strong: bool) -> float:
    """The font size at which a line fits, not larger than the one given."""
    return min(size, max(SMALLEST, size * room / text_width(line, size, strong)))


def _in_two(kind: str, room: float) -> list[str]:
    """`3 ×` and `Conv2D`, `Layer` and `Normalization`: a type that is too long for one line."""
    if text_width(kind, BODY, bold=True) <= room:
        return [kind]
    first, _, second = kind.partition(" × ")
    if second:
        return [f"{first} ×", second]
    parts = re.split(r"(?:(?<=[a-z])|(?<=\dD))(?=[A-Z][a-z])", kind)
    if len(parts) < 2:
        return [kind]
    ends = range(1, len(parts))
    at = min(ends, key=lambda end: max(len("".join(parts[:end])), len("".join(parts[end:]))))
    return ["".join(parts[:at]), "".join(parts[at:])]


def _shape_in(room: float, layer: Layer) -> str:
    """`12 × 12 × 512`, and where that is too long `12×12×512` or `12²×512`."""
    whole = shape_words(layer)
    if text_width(whole, SMALL) <= room:
        return whole
    close = whole.replace(" × ", "×")
    if text_width(close, SMALLEST) <= room:
        return close
    return re.sub(r"^(\d+)×\1(×\1)?(?=×)", lambda found: f"{found[1]}{'³' if found[2] else '²'}", close)


def _in_few_letters(count: int) -> str:
    """A number of parameters in a few letters: `71.6 k`, `1.12 M`."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{short(count / size)} {unit}"
    return str(count)


def _deck(drawn: DrawnLayer, width: float) -> str:
    """The edges of what lies under the top sheet, for a block of several layers."""
    top = drawn.place.y[0] - drawn.place.size / 2
    return "".join(
        element("path", d=f"M{drawn.x - width / 2 + 6 + inset:.1f} {top - rise:.1f} h{width - 12 - 2 * inset:.1f}",
                stroke=OUTLINE, stroke_opacity=opacity, stroke_linecap="round")
        for inset, rise, opacity in ((0.0, 3.0, 0.9), (4.0, 6.0, 0.6))
        if drawn.layer.group
    )  # fmt: skip
