"""The marks of a figure that `TimeCursor` moves: cursor, veil over the future, pointer, tag."""

from __future__ import annotations

from typing import Any

import bqplot
import numpy as np

from nbviz.style.theme import ACCENT, BACKGROUND, INK_2, INK_3
from nbviz.style.type_scale import SMALL

Unit = dict[str, bqplot.Scale]

VEIL = 0.68  # of the background: the future fades, and stays readable


def unit_scales() -> Unit:
    """Scales from 0 to 1 across the plot, whatever its axes say."""
    return {axis: bqplot.LinearScale(min=0, max=1, allow_padding=False) for axis in "xy"}


def upright(unit: Unit, colour: str, width: float, **more: Any) -> bqplot.Lines:
    """A line from bottom to top, hidden at first."""
    given = {"y": np.array([0.0, 1.0]), **more}
    return bqplot.Lines(
        x=np.ones(2), scales=unit, colors=[colour], stroke_width=width, visible=False, labels=[""], **given
    )


def cursor(unit: Unit) -> bqplot.Lines:
    """Where the shown moment stands."""
    return upright(unit, ACCENT, 2)


def pointer(unit: Unit) -> bqplot.Lines:
    """Where the mouse is."""
    return upright(unit, INK_3, 1)


def veil(unit: Unit) -> bqplot.Lines:
    """What lies over the future."""
    return upright(
        unit,
        "transparent",
        0,
        y=np.ones(2),
        fill="bottom",
        fill_colors=[BACKGROUND],
        fill_opacities=[VEIL],
    )


def tag_marks(unit: Unit) -> tuple[bqplot.Scatter, bqplot.Label, bqplot.Label]:
    """The cursor's tag, ground and words, and the pointer's words; above the plot."""

    def words(colour: str, weight: str) -> bqplot.Label:
        return bqplot.Label(
            x=np.zeros(0),
            y=np.zeros(0),
            text=np.array([], dtype=str),
            scales=unit,
            align="middle",
            default_size=SMALL,
            font_weight=weight,
            colors=[colour],
            apply_clip=False,
        )

    # A rectangle lies on its side only by turning it.
    turned = bqplot.LinearScale(min=0, max=180)
    box = bqplot.Scatter(
        x=np.zeros(0),
        y=np.zeros(0),
        rotation=np.zeros(0),
        scales={**unit, "rotation": turned},
        marker="rectangle",
        default_size=13 * 58,
        default_skew=0.65,
        colors=[ACCENT],
        stroke=ACCENT,
        stroke_width=6,
        apply_clip=False,
    )
    return box, words(BACKGROUND, "bold"), words(INK_2, "normal")
