"""`TimeCursor`: moves charts drawn by bqplot to a moment of training, in the browser alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

import ipywidgets
import traitlets

from nbviz.widgets.index_trait import Index
from nbviz.widgets.view import View


class TimePlot(TypedDict):
    """A figure whose width is time. Marks of the cursor stand on scales from 0 to 1."""

    place: str  # class of the figure in the page, by which a pointer on it is told
    cursor: ipywidgets.Widget  # Lines: the shown moment
    veil: ipywidgets.Widget  # Lines, filled: what comes after it
    pointer: ipywidgets.Widget  # Lines: where the mouse is
    tag: NotRequired[ipywidgets.Widget]  # Label: the shown moment in words,
    box: NotRequired[ipywidgets.Widget]  # Scatter: on this ground,
    pointer_tag: NotRequired[ipywidgets.Widget]  # Label: and the pointer's
    curves: list[ipywidgets.Widget]  # Lines: x in epochs
    dots: NotRequired[ipywidgets.Widget]  # Scatter: on the curves, at the shown moment
    ends: list[ipywidgets.Widget]  # Label, one for each of `curves`: names, then values
    form: Literal["number", "percent"]
    top: float  # height of the tag, where 1 is the top of the plot
    lines: NotRequired[list[ipywidgets.Widget]]  # Lines: all that stand on the scale of the heights,
    linear: NotRequired[ipywidgets.Widget]  # which is this one,
    log: NotRequired[ipywidgets.Widget]  # and the other one
    axes: NotRequired[list[ipywidgets.Widget]]  # of the two


class RidgePlot(TypedDict):
    """A figure with a ridge for some of the moments."""

    ridges: ipywidgets.Widget  # Lines, one curve a moment
    shown: ipywidgets.Widget  # Lines: the shown one once more
    labels: ipywidgets.Widget  # Label, one a moment
    shown_label: ipywidgets.Widget  # Label: the shown one's
    past: list[str]  # stroke and fill of a ridge,
    present: list[str]  # of the shown one,
    future: list[str]  # and of those after it


class Timing(TypedDict):
    """What changes while training goes on.

    Attributes:
        revision: Of what is drawn; a new one makes the browser place everything anew.
        steps: Of the moments, rising.
        steps_per_epoch: None where it is not known: time is told in updates.
        live: Step of the live model while moments lie after it; None where it is at the end.
        end: Greatest epoch on the axis.
        heights: For each time plot, places of its `ends` from 0 to 1: on the linear scale, on the logarithmic one.
        ridges: For each ridge plot, the steps of its ridges.
        words: For each ridge plot, their labels; empty for rows without one.
        shown_words: The same, of every row, for the one that is shown.
    """

    revision: int
    steps: list[int]
    steps_per_epoch: int | None
    live: int | None
    end: float
    heights: list[list[list[list[float]]]]
    ridges: list[list[int]]
    words: list[list[str]]
    shown_words: list[list[str]]


class TimeCursor(View):
    """Has no view of its own: sets cursors, tags and faded futures on the models of other widgets, without a kernel.

    Attributes:
        shown_frame: Step of the moment shown, None for live.
        log: Whether heights are logarithmic where a plot has two scales.
        time_plots, ridge_plots: What to move.
        timing: See `Timing`; written last, since the browser then draws anew.
    """

    _view_folder = "training_charts"
    # down: Python writes
    time_plots = traitlets.List(traitlets.Dict()).tag(sync=True, **ipywidgets.widget_serialization)
    ridge_plots = traitlets.List(traitlets.Dict()).tag(sync=True, **ipywidgets.widget_serialization)
    timing = traitlets.Dict().tag(sync=True)
    # shared
    shown_frame = Index().tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        """Traits as given."""
        super().__init__(**{"timing": empty_timing(), **traits})


def empty_timing() -> dict[str, Any]:
    """Before there is anything to show."""
    timing: Timing = {
        "revision": 0,
        "steps": [],
        "steps_per_epoch": None,
        "live": None,
        "end": 1.0,
        "heights": [],
        "ridges": [],
        "words": [],
        "shown_words": [],
    }
    return dict(timing)


def epoch_words(step: int, steps_per_epoch: int | None) -> str:
    """A moment as the tag names it: `"44"`, within an epoch `"43.5"`."""
    if not steps_per_epoch:
        return str(step)
    return short_epoch(step / steps_per_epoch)


def short_epoch(epoch: float) -> str:
    """`"44"`, `"43.5"`."""
    return f"{epoch:.0f}" if math.isclose(epoch, round(epoch), abs_tol=1e-9) else f"{epoch:.1f}"


def at_or_before(steps: Sequence[int], step: int) -> int | None:
    """Index of the latest step at or before, of the first if there is none; None without steps."""
    if not steps:
        return None
    return max((index for index, own in enumerate(steps) if own <= step), default=0)
