"""The words of the static picture: names, values, captions, scales, findings and the status line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbviz.architecture import Connection, Layer
from nbviz.colour import ACCENT, INK_1, INK_2, INK_3, NEGATIVE, POSITIVE, WARNING, WARNING_TINT, ZERO, css
from nbviz.edges import Shares
from nbviz.frame import ConnectionFrame, LayerFrame
from nbviz.layout import Place
from nbviz.typeset import compact, element, elide, percent, signed, text_width, words

if TYPE_CHECKING:
    from nbviz.svg import Scene

ROOM_FOR_VALUES = 700  # px of the picture below which inputs show no values
ONE_ROW = 44.0  # px between outputs below which name, bar and percentage share a row
BAR = 84.0
NARROW_GAP = 120.0  # px between columns below which nothing stands beside the captions


def text(content: str, x: float, y: float, *, size: float = 11, ink: str = INK_2, **attributes: object) -> str:
    """A line of text with its baseline at y."""
    return element("text", words(content), x=x, y=y, font_size=f"{size:g}", fill=ink, **attributes)


def shape_words(layer: Layer) -> str:
    """`28 × 28 × 1`; a question mark for a size that is open."""
    return " × ".join("?" if size is None else str(size) for size in layer.output_shape) or "scalar"


def input_labels(scene: Scene, layer: Layer, place: Place, numbers: LayerFrame) -> Iterator[str]:
    """Name and value left of each input."""
    fold = scene.folds[layer.name]
    spot = {unit: at for at, unit in enumerate(fold.candidates)}
    edge = scene.x(layer) - scene.reach(layer) - (34 if fold.cell_units else 10)
    values = numbers.arrays["value"]
    shows_values = scene.width >= ROOM_FOR_VALUES and bool((values == values).any())
    for unit, y in zip(fold.shown, place.y, strict=False):
        if shows_values:
            yield text(compact(float(values[spot[unit]])), edge, y + 4, ink=INK_3, text_anchor="end")
        right = edge - (48 if shows_values else 2)
        name = scene.name_of(layer, unit)
        yield element(
            "text", element("title", words(name)) + words(elide(name, right - 10, 12)), x=right, y=y + 4,
            text_anchor="end", fill=INK_1,
        )  # fmt: skip


def output_labels(scene: Scene, layer: Layer, place: Place, numbers: LayerFrame) -> Iterator[str]:
    """Name, probability and logit right of each output."""
    fold = scene.folds[layer.name]
    spot = {unit: at for at, unit in enumerate(fold.candidates)}
    values, z = numbers.arrays["value"], numbers.arrays.get("z")
    x = scene.x(layer) + scene.reach(layer) + 10
    room = scene.width - x - 12
    known = bool((values == values).any())
    best = max((float(values[spot[unit]]) for unit in fold.shown), default=0.0)
    tight = len(place.y) > 1 and place.y[1] - place.y[0] < ONE_ROW
    for unit, y in zip(fold.shown, place.y, strict=False):
        value = float(values[spot[unit]])
        wins = known and value == best
        name = scene.name_of(layer, unit)
        probability = known and layer.output in ("softmax", "sigmoid")
        wide = room * 0.45 if tight and probability else room
        label = words(elide(name, wide, 12))
        yield element(
            "text", element("title", words(name)) + label, x=x, y=y + 4 if tight or not known else y - 8,
            font_weight="600",
        )  # fmt: skip
        if probability:
            left = x + min(wide, text_width(name, 12)) + 8 if tight else x
            length = min(BAR, room - (left - x) - (44 if tight else 0))
            bar_y = y - 2.5 if tight else y - 1
            if length > 12:
                yield element("rect", x=left, y=bar_y, width=length, height=5.0, rx=2.5, fill=css(ZERO))
                filled = css(POSITIVE) if wins else INK_3
                yield element("rect", x=left, y=bar_y, width=max(1.0, length * value), height=5.0, rx=2.5, fill=filled)
            place_x, place_y = (left + max(length, 0) + 6, y + 4) if tight else (x, y + 17)
            if not tight or value >= 0.005:
                yield text(percent(value), place_x, place_y, font_weight="600" if wins else "400")
            if z is not None and not tight:
                logit = f"z {signed(float(z[spot[unit]]))}"
                end = max(BAR, text_width(percent(value) + logit, 11) + 20)
                if end <= room:
                    yield text(logit, x + end, y + 17, text_anchor="end")
        elif known:
            yield text(compact(value), x + (text_width(name, 12) + 8 if tight else 0), y + (4 if tight else 8))


def captions(scene: Scene) -> Iterator[str]:
    """Name, type, units and parameters under each layer."""
    for layer in scene.architecture.layers:
        place = scene.layout.places[layer.name]
        # Where layers share a column their captions and the scales beside them share lines, too.
        room = max(84.0, scene.gap * (0.56 if place.compact_caption else 0.72)) if scene.gap else scene.width - 20
        for at, (line, weight, ink) in enumerate(_caption(scene, layer, place)):
            size = 12 if at == 0 else 11
            y = place.caption_y + 11 + 15 * at
            line = elide(line, room, size)
            yield text(line, scene.x(layer), y, size=size, ink=ink, font_weight=weight, text_anchor="middle")


def _caption(scene: Scene, layer: Layer, place: Place) -> list[tuple[str, str, str]]:
    fold = scene.folds.get(layer.name)
    lines = [(layer.name, "600", INK_1)]
    steps = ", ".join(layer.steps)
    if layer.kind in ("dense", "block"):
        # A block says what it is inside itself.
        kind = steps if layer.kind == "block" else f"{layer.type} · {steps}" if steps else layer.type
        if kind:
            lines.append((kind, "400", INK_2))
    if fold is None:
        if layer.kind != "block":
            lines.append((shape_words(layer), "400", INK_2))
    elif fold.folded:
        count = f"{len(fold.shown)} of {fold.units:,}".replace(",", "\u2009")
        # How many are shown is never cut off.
        lines.append(
            (f"{count} shown" if text_width(f"{count} shown", 11) < scene.gap * 0.72 else count, "600", ACCENT)
        )
    else:
        noun = "feature" if layer.kind == "input" else "unit"
        lines.append((f"{fold.units} {noun}{'s' * (fold.units != 1)}", "400", INK_2))
    into = scene.architecture.into(layer.name)
    if place.compact_caption:
        scale = []
        if into and into[0].kind != "link":
            numbers = scene.frame.connections[scene.architecture.connections.index(into[0])]
            scale = [(scale_words(scene, into[0], numbers), "400", INK_2)]
        return [lines[0], lines[2] if fold is not None and fold.folded and len(lines) > 2 else lines[-1], *scale]
    if layer.parameters and layer.kind != "input":
        lines.append((f"{layer.parameters:,} params".replace(",", "\u2009"), "400", INK_3))
    if layer.kind == "input" or not scene.architecture.out_of(layer.name) or scene.gap < NARROW_GAP:
        lines += [(note, "400", INK_3) for note in layer.notes]
    return lines[:5]


def gap_labels(scene: Scene) -> Iterator[str]:
    """The scale of each gap, and the layers passed through on the way."""
    places = scene.layout.places
    said: set[str] = set()
    for connection, numbers in zip(scene.architecture.connections, scene.frame.connections, strict=True):
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        middle = scene.x(target) - scene.gap / 2
        shared = places[target.name].compact_caption
        names = text_width(source.name, 12) / 2 + text_width(target.name, 12) / 2
        # Too close to the captions, the scale moves to a line of its own above them.
        own_line = not shared and min(scene.gap - names - 28, scene.gap - 68) < 84
        y = places[target.name].caption_y - (26 if own_line else 0)
        if connection.kind != "link" and not shared:
            yield _taper(middle, y + 6, min(28.0, scene.gap * 0.2))
            yield text(scale_words(scene, connection, numbers), middle, y + 24, text_anchor="middle")
        notes = () if source.kind == "input" or source.name in said else source.notes
        said.add(source.name)
        if scene.gap < NARROW_GAP:
            continue
        for at, line in enumerate([*notes, *connection.notes]):
            line = elide(line, scene.gap - 20, 11)
            below = y + (11 if connection.kind == "link" else 39 if scene.gap > 200 or own_line else 54) + 15 * at
            yield text(line, middle, below, ink=INK_3, text_anchor="middle")


def scale_words(scene: Scene, connection: Connection, numbers: ConnectionFrame) -> str:
    """What the full width of an edge stands for: `w ±0.27`."""
    by_weight = scene.meaning == "weight"
    scale = numbers.scale if by_weight else (numbers.scale_a or 1.0)
    if connection.kind == "norm" and by_weight:
        return f"‖w‖ ≤ {scale:.2f}"
    first = scene.scaled and scene.architecture[connection.source].kind == "input"
    return f"{'w·a' if not by_weight else 'w·sd' if first else 'w'} ±{scale:.2f}"


def _taper(x: float, y: float, half: float) -> str:
    """Thick orange, hair grey, thick blue."""
    ends = []
    for side, colour in ((-half, NEGATIVE), (half, POSITIVE)):
        shape = f"M{x + side:.1f} {y - 3.5:.1f} L{x:.1f} {y - 0.5:.1f} V{y + 0.5:.1f} L{x + side:.1f} {y + 3.5:.1f} Z"
        ends.append(element("path", d=shape, fill=css(colour), fill_opacity=0.85))
    return "".join(ends)


def badges(scene: Scene, y: float) -> Iterator[str]:
    """One pill for each finding, as many as fit."""
    x = 16.0
    for badge in scene.frame.badges:
        label = elide(badge.text, scene.width - 60, 11)
        width = text_width(label, 11) + 34
        if x + width > scene.width - 16:
            break
        triangle = element("path", d=f"M{x + 15:.1f} {y + 5:.1f} l5 9 h-10 Z", fill="none", stroke=WARNING)
        yield element("rect", element("title", words(badge.meaning)), x=x, y=y, width=width, height=20.0, rx=10.0,
                      fill=WARNING_TINT)  # fmt: skip
        yield triangle + text(label, x + 26, y + 14, ink=WARNING)
        x += width + 8


def status(scene: Scene, share: Shares, y: float, width: float) -> Iterator[str]:
    """How much is drawn, and what colours the units."""
    yield element("path", d=f"M0 {y:.1f} H{width:.1f}", stroke="#e4e7ea", fill="none")
    right = scene.frame.sample_name or "no sample: pass x= to colour the units"
    epoch = scene.frame.progress.epoch
    right += f" · epoch {epoch}" if epoch else ""
    right = elide(right, width * 0.36, 11)
    left = elide(_drawn(scene, share), width - text_width(right, 11) - 56, 11)
    yield text(left, 16, y + 19)
    yield text(right, width - 16, y + 19, text_anchor="end")


def _drawn(scene: Scene, share: Shares) -> str:
    if not share.edges:
        return "no weights to draw"
    total = f"{share.edges:,}".replace(",", "\u2009")
    what = "Σ|w|" if scene.meaning == "weight" else "Σ|w·a|"
    if share.drawn == share.edges:
        return f"all {total} edges drawn"
    line = f"{share.drawn} of {total} edges drawn"
    line += f": {percent(share.weight)} of {what}" if share.weight is not None else ""
    if share.contribution:
        parts = [percent(part) for part in share.contribution]
        several = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
        line += f"  ·  units shown carry {several} of the contribution in their layer"
    return line
