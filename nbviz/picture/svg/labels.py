"""The words of the static picture around its nodes: names, values, findings and the status line."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nbviz.picture.edges import Shares
from nbviz.picture.svg.label_room import BAR, PERCENT, SHORT_BAR, TEXT_COLUMN, VALUE_COLUMN, is_tight, name_room
from nbviz.picture.svg.scene import DrawnLayer, Scene
from nbviz.style.colour import INK_1, INK_2, INK_3, LINE, POSITIVE, WARNING, WARNING_TINT, ZERO, css
from nbviz.style.markup import element, words
from nbviz.style.names import cut_names
from nbviz.style.numbers import grouped, percent, scientific, short, signed
from nbviz.style.text import elide, text_width
from nbviz.style.type_scale import BODY, REGULAR, SMALL, STRONG


def text(content: str, x: float, y: float, *, size: float = SMALL, ink: str = INK_2, **attributes: object) -> str:
    """A line of text with its baseline at y."""
    return element("text", words(content), x=x, y=y, font_size=f"{size:g}", fill=ink, **attributes)


def input_labels(drawn: DrawnLayer) -> Iterator[str]:
    """Name and value left of each input."""
    scene, layer, fold, row = drawn.scene, drawn.layer, drawn.fold, drawn.row
    edge = drawn.x - scene.reach(layer) - (34 if fold.cell_units else 10)
    values = drawn.numbers.arrays["value"]
    shows_values = scene.roomy and bool((values == values).any())
    negative = bool((values < 0).any())
    column = TEXT_COLUMN if layer.name in scene.value_names else VALUE_COLUMN
    right = edge - (column + 2 if shows_values else 2)
    names = [scene.name_of(layer, unit) for unit in fold.shown]
    labels = cut_names(names, right - 10, BODY)
    for unit, name, label, y in zip(fold.shown, names, labels, drawn.place.y, strict=False):
        if shows_values:
            value = np.float32(values[row[unit]]).item()
            said = signed(value) if negative else short(value)
            said = said if text_width(said, SMALL) <= VALUE_COLUMN else scientific(value)
            meant = scene.value_text(layer, value)
            said = said if meant is None else elide(meant, TEXT_COLUMN - 8, SMALL)
            yield text("" if math.isnan(value) else said, edge, y + 4, ink=INK_3, text_anchor="end")
        yield element(
            "text", element("title", words(name)) + words(label), x=right, y=y + 4,
            text_anchor="end", fill=INK_1,
        )  # fmt: skip


def map_labels(drawn: DrawnLayer) -> Iterator[str]:
    """Name right of each map that comes out."""
    x = drawn.x + drawn.scene.reach(drawn.layer) + 10
    names = [drawn.scene.name_of(drawn.layer, unit) for unit in drawn.fold.shown]
    labels = cut_names(names, max(40.0, drawn.scene.width - x - 12), BODY)
    for name, label, y in zip(names, labels, drawn.place.y, strict=False):
        yield element("text", element("title", words(name)) + words(label), x=x, y=y + 4, fill=INK_1)


def winners(values: np.ndarray, output: str) -> set[int]:
    """Rows that win: the largest of a softmax, those of a sigmoid above one half, as binary_accuracy counts."""
    if output == "sigmoid":
        return set(np.flatnonzero(values > 0.5).tolist())
    known = np.where(np.isnan(values), -np.inf, values)
    return {int(known.argmax())} if output == "softmax" and np.isfinite(values).any() else set()


def output_labels(drawn: DrawnLayer) -> Iterator[str]:
    """Name, probability and logit right of each output."""
    scene, layer, place, fold, row = drawn.scene, drawn.layer, drawn.place, drawn.fold, drawn.row
    values, z = drawn.numbers.arrays["value"], drawn.numbers.arrays.get("z")
    winning = winners(values, layer.output or "linear")
    x = drawn.x + scene.reach(layer) + 10
    room = scene.width - x - 12
    names = [scene.name_of(layer, unit) for unit in fold.shown]
    bar = BAR if scene.roomy else SHORT_BAR
    tight = is_tight(place)
    probability = layer.output in ("softmax", "sigmoid")
    known = not np.isnan(values).all()
    beside = (8 + bar + 8 + PERCENT if probability else 64.0) if tight and known else 0.0
    column = min(name_room(names), room - beside)
    for unit, name, y in zip(fold.shown, names, place.y, strict=False):
        value = np.float32(values[row[unit]]).item()
        wins = row[unit] in winning
        strong = not tight or wins
        shown = not math.isnan(value)
        yield element(
            "text", element("title", words(name)) + words(elide(name, column, BODY, bold=strong)), x=x,
            y=y + 4 if tight or not shown else y - 8 if probability else y - 4,
            font_weight=STRONG if strong else REGULAR,
        )  # fmt: skip
        if not shown:
            continue
        if not probability:
            if tight:
                yield text(signed(value), x + column + beside, y + 4, text_anchor="end")
            else:
                yield text(signed(value), x, y + 12)
            continue
        left = x + column + 8 if tight else x
        bar_y = y - 2.5 if tight else y - 1
        yield element("rect", x=left, y=bar_y, width=bar, height=5.0, rx=2.5, fill=css(ZERO))
        if value > 0:
            filled = max(1.5, bar * min(1.0, value))
            yield element("rect", x=left, y=bar_y, width=filled, height=5.0, rx=2.5,
                          fill=css(POSITIVE) if wins else INK_3)  # fmt: skip
        # A probability is never quite nothing.
        share = percent(max(value, 1e-9))
        place_x, place_y = (left + bar + 8, y + 4) if tight else (x, y + 17)
        yield text(share, place_x, place_y, ink=INK_1 if wins else INK_2, font_weight=STRONG if wins else REGULAR)
        if z is not None and not tight and scene.roomy and np.isfinite(z[row[unit]]):
            logit = f"z {signed(np.float32(z[row[unit]]).item())}"
            end = max(bar, text_width(share, SMALL, bold=wins) + text_width(logit, SMALL) + 8)
            if end <= room:
                yield text(logit, x + end, y + 17, text_anchor="end")


def badges(scene: Scene, y: float) -> Iterator[str]:
    """One pill for each finding, as many as fit."""
    x = 16.0
    for badge in scene.frame.badges:
        label = elide(badge.text, scene.width - 60, SMALL)
        width = text_width(label, SMALL) + 34
        if x + width > scene.width - 16:
            break
        triangle = element("path", d=f"M{x + 15:.1f} {y + 5:.1f} l5 9 h-10 Z", fill="none", stroke=WARNING)
        yield element("rect", element("title", words(badge.meaning)), x=x, y=y, width=width, height=20.0, rx=10.0,
                      fill=WARNING_TINT)  # fmt: skip
        yield triangle + text(label, x + 26, y + 14, ink=WARNING)
        x += width + 8


def status(scene: Scene, share: Shares, y: float, width: float) -> Iterator[str]:
    """How much is drawn, and what colours the units."""
    yield element("path", d=f"M0 {y:.1f} H{width:.1f}", stroke=LINE, fill="none")
    right = scene.frame.sample_name or "no sample: pass x= to colour the units"
    epoch = scene.frame.progress.epoch
    right += f" · epoch {epoch}" if epoch else ""
    right = elide(right, width * 0.36, SMALL)
    room = width - text_width(right, SMALL) - 48
    whole, brief = _drawn(scene, share, narrow=False), _drawn(scene, share, narrow=True)
    left = whole if text_width(whole, SMALL) <= room else elide(brief, room, SMALL)
    yield text(left, 16, y + 19)
    yield text(right, width - 16, y + 19, text_anchor="end")


def _drawn(scene: Scene, share: Shares, narrow: bool) -> str:
    if not share.edges:
        return "no weights to draw"
    what = "Σ|Δw|" if scene.changes else "Σ|w|" if scene.meaning == "weight" else "Σ|w·a|"
    if share.drawn == share.edges:
        return f"all {grouped(share.edges)} edges drawn"
    line = f"{grouped(share.drawn)} of {grouped(share.edges)} edges{'' if narrow else ' drawn'}"
    line += f": {percent(share.weight)} of {what}" if share.weight is not None else ""
    if share.contribution and not narrow:
        parts = [percent(part) for part in share.contribution]
        several = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
        line += f" · units shown carry {several} of the contribution in their layer"
    return line
