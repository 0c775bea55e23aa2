"""What the panels of `WeightHistograms` share: a figure for one layer, and the words above it."""

from __future__ import annotations

from collections.abc import Sequence

import bqplot
import ipywidgets

from nbviz.style.text import html_text

RIGHT, FOOT = 18, 24  # px of margin


def head(layer: str, caption: str) -> str:
    """Name of the layer, and what is shown of it."""
    return (
        f'<div class="nbviz-panel-name" title="{html_text(layer)}">'
        f'{html_text(layer)}</div><div class="nbviz-part-caption">{html_text(caption)}</div>'
    )


def size_words(shape: Sequence[int]) -> str:
    """`"13 × 32"`."""
    return " × ".join(map(str, shape))


def panel_figure(
    marks: Sequence[bqplot.Mark], axes: Sequence[bqplot.Axis], height: int, left: int, top: int
) -> bqplot.Figure:
    """A figure as wide as its panel.

    Args:
        marks: The later, the further in front.
        axes: Of the marks' scales.
        height: Px.
        left: Px of margin.
        top: Px of margin.
    """
    return bqplot.Figure(
        marks=list(marks),
        axes=list(axes),
        padding_x=0,
        padding_y=0,
        fig_margin={"top": top, "bottom": FOOT, "left": left, "right": RIGHT},
        display_toolbar=False,
        layout=ipywidgets.Layout(
            width="100%", min_width="0", max_width="100%", height=f"{height}px", min_height=f"{height}px"
        ),
    )
