"""Curves as a static picture, for a notebook that runs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nbviz.style.colour import GROUND, INK_1, INK_3, LINE, css
from nbviz.style.text import html_text
from nbviz.style.tokens import LIGHT
from nbviz.style.type_scale import REGULAR, SMALL, STRONG
from nbviz.widgets.axis_ticks import tick_labels, ticks
from nbviz.widgets.training_charts.metrics.curves import Curve, is_share, metrics_of, title, value_words
from nbviz.widgets.training_charts.metrics.limits import limits, log_limits

WIDTH, LEFT, RIGHT = 640, 56, 130  # px
HEIGHT, TOP, FOOT = 140, 34, 26  # px of a plot, above it, below the last
WARNING = LIGHT["warning"]
CLASSES = [LIGHT[f"class{index}"] for index in range(3)]
FONT = f"font: {SMALL}px system-ui, sans-serif"


def draw_curves(
    curves: Sequence[Curve],
    runs: Sequence[str],
    end: float,
    *,
    log: bool = False,
    named: Sequence[tuple[float, str]] = (),
) -> str:
    """A self-contained `<svg>`: a plot for each metric, one below the other.

    Args:
        curves: What is drawn; single batches and ways left behind are not.
        runs: Names of the runs; of a single one the name is not told.
        end: Greatest epoch on the axis.
        log: Whether the axis of the loss is logarithmic.
        named: Epoch and words of what the plot of the loss tells beside an upright line.
    """
    drawn = [curve for curve in curves if curve.kind in ("train", "validation")]
    metrics = metrics_of(drawn)
    parts = [_plot(metric, drawn, runs, end, index, log) for index, metric in enumerate(metrics)]
    parts += [_mark(epoch / end, words, line) for line, (epoch, words) in enumerate(named) if "loss" in metrics]
    height = len(metrics) * (HEIGHT + TOP) + FOOT
    foot = height - FOOT + 14
    parts += [
        _words(LEFT + share * _room(), foot, words, INK_3, "middle")
        for share, words in zip(_shares(end), tick_labels(_epochs(end)).values(), strict=True)
    ]
    parts.append(_words(WIDTH - RIGHT + 14, foot, "epoch", INK_3))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'style="{FONT}"><rect width="100%" height="100%" fill="{css(GROUND)}"/>{"".join(parts)}</svg>'
    )


def _mark(share: float, words: str, line: int) -> str:
    """An upright line in the plot of the loss, which is the first, and what it says."""
    x, right = LEFT + share * _room(), share < 0.7
    return f'<path d="M{x:.1f} {TOP}V{TOP + HEIGHT}" stroke="{WARNING}" stroke-dasharray="2 3"/>' + _words(
        x + (5 if right else -5), TOP + 12 + 14 * line, words, WARNING, "start" if right else "end"
    )


def _plot(metric: str, curves: Sequence[Curve], runs: Sequence[str], end: float, index: int, log: bool) -> str:
    own = [curve for curve in curves if curve.metric == metric]
    share = is_share(metric, own)
    factor = 100.0 if share else 1.0
    values = np.concatenate([curve.y for curve in own]) * factor
    firsts = [curve.y[0] * factor for curve in own if np.isfinite(curve.y[0])]
    first = float(np.median(firsts)) if firsts and metric == "loss" else float("nan")
    low, high, marks = limits(values, first, share=share)
    decades = log_limits(values) if log and metric == "loss" else None
    if decades is not None:
        low, high, marks = decades
    base = index * (HEIGHT + TOP) + TOP + HEIGHT

    def at(value: float) -> float:
        part = (value - low) / (high - low)
        if decades is not None:
            part = math.log(value / low) / math.log(high / low) if value > 0 else 0.0
        return base - HEIGHT * min(1.0, max(0.0, part))

    parts = [_words(2, base - HEIGHT - 14, title(metric, share), INK_1, weight=STRONG)]
    for mark, words in tick_labels(marks, alike=decades is None).items():
        y = at(float(mark))
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{LINE}"/>')
        parts.append(_words(LEFT - 8, y + 4, words, INK_3, "end"))
    ends: list[tuple[float, str, str, int]] = []
    for curve in own:
        strong = curve.kind == "validation" or not any(other.kind == "validation" for other in own)
        colour = CLASSES[runs.index(curve.run) % len(CLASSES)] if len(runs) > 1 else INK_1 if strong else INK_3
        known = np.isfinite(curve.y)
        points = " ".join(
            f"{LEFT + x / end * _room():.1f},{at(y * factor):.1f}"
            for x, y in zip(curve.x[known], curve.y[known], strict=True)
        )
        faint = "" if strong or len(runs) == 1 else ' opacity="0.45"'
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{faint}/>')
        if strong or len(runs) == 1:
            name = curve.run if len(runs) > 1 else curve.kind
            words = f"{name} {value_words(curve.y[-1] * factor, share)}"
            y = at(curve.y[-1] * factor) if np.isfinite(curve.y[-1]) else base
            ends.append((y, words, colour, STRONG if strong else REGULAR))
    height = -np.inf
    for y, words, colour, weight in sorted(ends):
        height = max(y + 4, height + 14)
        parts.append(_words(WIDTH - RIGHT + 8, height, words, colour, weight=weight))
    return "".join(parts)


def _room() -> float:
    return WIDTH - LEFT - RIGHT


def _epochs(end: float) -> list[float]:
    return [tick for tick in ticks(0.0, end, 7) if end < 2 or tick == int(tick)]


def _shares(end: float) -> list[float]:
    return [tick / end for tick in _epochs(end)]


def _words(x: float, y: float, words: str, colour: str, anchor: str = "start", weight: int = REGULAR) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{html_text(words)}</text>"
    )
