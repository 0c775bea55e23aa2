"""`ThresholdCurves`: from which probability on a row is read as the second of two classes, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import percent, short
from nbviz.style.text import clean, html_text
from nbviz.style.theme import ACCENT, INK_1, LINE_STRONG
from nbviz.widgets.axis_ticks import set_ticks, tick_labels
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.ranking import Ranking, ranking, rates

SIDE = 150  # px of a plot
MARGIN = {"top": 8, "bottom": 36, "left": 40, "right": 12}
DEFAULT = 0.5


class ThresholdCurves(Owner, ipywidgets.VBox):
    """ROC and precision-recall curves of a binary classifier, and the threshold on them.

    Attributes:
        threshold: A row is read as the second class if its probability is above this, 0 to 1.
        ranking: The curves; None unless there are rows of both classes.
        slider: Moves the threshold.
    """

    threshold = traitlets.Float(DEFAULT)

    def __init__(self, truth: npt.ArrayLike, probability: npt.ArrayLike, class_names: Sequence[str]) -> None:
        """Draw.

        Args:
            truth: Class indices, (rows,), 0 and 1.
            probability: Of the second class, (rows,).
            class_names: Of both classes.

        Raises:
            ValueError: Not two classes, or lengths that do not fit.
        """
        if len(class_names) != 2:
            raise ValueError(f"Expected the names of two classes. Received {len(class_names)}.")
        self._names = [clean(str(name)) for name in class_names]
        self._truth = np.asarray(truth)
        self._head, self._words = ipywidgets.HTML(), ipywidgets.HTML()
        self.slider = ipywidgets.FloatSlider(
            value=DEFAULT,
            min=0,
            max=1,
            step=0.01,
            description="threshold",
            readout_format=".2f",
            layout=ipywidgets.Layout(width="auto"),
        )
        self._roc, self._recall = _Plot("share of false alarms", chance=True), _Plot("recall")
        said = ipywidgets.VBox([self._head, self.slider, self._words])
        said.add_class("nbviz-threshold-said")
        self._plots = ipywidgets.HBox(
            [
                _titled("ROC: share found", self._roc.figure),
                _titled("Precision over recall", self._recall.figure),
            ]
        )
        self._plots.add_class("nbviz-threshold-plots")
        super().__init__([said, self._plots])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-threshold")
        traitlets.link((self.slider, "value"), (self, "threshold"))
        self.update(self._truth, probability)
        self.observe(lambda _: self._mark(), "threshold")
        self.own_parts()

    def update(self, truth: npt.ArrayLike, probability: npt.ArrayLike) -> None:
        """Draw anew, after the model has changed; arguments and errors as for the class, the threshold stays."""
        true, p = np.asarray(truth), np.asarray(probability, dtype=float)
        if true.ndim != 1 or true.shape != p.shape:
            raise ValueError(
                f"Expected truth and probability of the same shape (rows,). Received {true.shape} and {p.shape}."
            )
        self._truth, self._p = true, p
        found: Ranking | None = ranking(true, p)
        self.ranking = found
        shown = None if found is None else ""
        self._plots.layout.display = "none" if shown is None else None
        if found is not None:
            self._roc.draw(found.false_alarms, found.found, steps=False)
            self._recall.draw(found.found, found.precision, steps=True)
        self._mark()

    def without_kernel(self) -> dict[ipywidgets.Widget, dict[str, Any]]:
        """Widget -> trait -> its value where nobody counts what another threshold misreads; changes nothing itself."""
        rest = "Another threshold needs a running kernel."
        return {self.slider.layout: {"display": "none"}, self._words: {"value": self._said(self.threshold, rest)}}

    def state(self, threshold: float) -> dict[ipywidgets.Widget, dict[str, Any]]:
        """Widget -> trait -> its value at another threshold; changes nothing itself."""
        shown: dict[ipywidgets.Widget, dict[str, Any]] = {self._words: {"value": self._said(threshold)}}
        if self.ranking is not None:
            now = rates(self._truth, self._p, threshold)
            shown |= self._roc.state(now.false_alarms, now.found) | self._recall.state(now.found, now.precision)
        return shown

    @traitlets.validate("threshold")
    def _within(self, proposal: traitlets.Bunch) -> float:
        if not 0 <= proposal.value <= 1:
            raise traitlets.TraitError(f"Expected a threshold from 0 to 1. Received {proposal.value}.")
        return float(proposal.value)

    def _mark(self) -> None:
        found = self.ranking
        title = '<div class="nbviz-part-title">Threshold</div>'
        if found is None:
            only = self._names[int(self._truth[0])] if len(self._truth) else "no class"
            self._head.value = (
                f'{title}<div class="nbviz-part-caption">no curves: they need rows of both classes, and all are '
                f"{html_text(only)}</div>"
            )
        else:
            self._head.value = (
                f'{title}<div class="nbviz-part-caption">area under the ROC curve {_area(found.auc)} · average '
                f"precision {_area(found.average_precision)}</div>"
            )
            now = rates(self._truth, self._p, self.threshold)
            self._roc.mark(now.false_alarms, now.found)
            self._recall.mark(now.found, now.precision)
        self._words.value = self._said(self.threshold)

    def _said(self, threshold: float, rest: str = "") -> str:
        first, second = map(html_text, self._names)
        rule = f"A row is read as <b>{second}</b> where its probability is above {short(threshold)}. {rest}".strip()
        if self.ranking is None:
            return f'<div class="nbviz-threshold-words">{rule}</div>'
        now = rates(self._truth, self._p, threshold)
        rows = (
            ("recall", now.found, f"of the rows of {second} are found"),
            ("precision", now.precision, f"of the rows read as {second} are {second}"),
            ("false alarms", now.false_alarms, f"of the rows of {first} are read as {second}"),
        )
        lines = "".join(
            f"<div><span>{name}</span><b>{percent(share)}</b><i>{meaning}</i></div>" for name, share, meaning in rows
        )
        return f'<div class="nbviz-threshold-words">{rule}{lines}</div>'

    def __repr__(self) -> str:
        """The areas; no markup."""
        if self.ranking is None:
            return "ThresholdCurves(rows of one class only)"
        return (
            f"ThresholdCurves(AUC {_area(self.ranking.auc)}, average precision "
            f"{_area(self.ranking.average_precision)}, threshold {short(self.threshold)})"
        )


class _Plot:
    """One curve from 0 to 1 both ways, and where the threshold is on it."""

    def __init__(self, across: str, chance: bool = False) -> None:
        scales = {axis: bqplot.LinearScale(min=0, max=1, allow_padding=False) for axis in "xy"}

        def line(colour: str, width: float, **more: Any) -> bqplot.Lines:
            return bqplot.Lines(
                x=np.zeros(2), y=np.zeros(2), scales=scales, colors=[colour], stroke_width=width, labels=[""], **more
            )

        self._curve = line(INK_1, 1.5)
        self._here = bqplot.Scatter(
            x=np.zeros(1), y=np.zeros(1), scales=scales, colors=[ACCENT], default_size=64, apply_clip=False
        )
        behind = [line(LINE_STRONG, 1, line_style="dashed")] if chance else []
        for diagonal in behind:
            diagonal.x = diagonal.y = np.array([0.0, 1.0])
        axes = [
            bqplot.Axis(scale=scales["x"], grid_lines="solid", label=across, label_offset="26px"),
            bqplot.Axis(scale=scales["y"], side="left", grid_lines="solid"),
        ]
        for axis in axes:
            # At the foot both would be written at one place.
            places = [0.5, 1.0] if axis is axes[0] else [0.0, 0.5, 1.0]
            set_ticks(axis, places, tick_labels(places))
        self.figure = bqplot.Figure(
            marks=[*behind, self._curve, self._here],
            axes=axes,
            padding_x=0,
            padding_y=0,
            fig_margin=MARGIN,
            display_toolbar=False,
            layout=ipywidgets.Layout(
                width="100%",
                height=f"{SIDE + MARGIN['top'] + MARGIN['bottom']}px",
                min_width="0",
                min_height="0",
                max_width="100%",
            ),
        )

    def draw(self, x: np.ndarray, y: np.ndarray, *, steps: bool) -> None:
        if steps:  # between two thresholds precision does not run in a straight line: the sum takes the later one
            x, y = np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
        with self._curve.hold_sync():
            self._curve.x, self._curve.y = np.asarray(x), np.asarray(y)

    def state(self, x: float, y: float) -> dict[ipywidgets.Widget, dict[str, Any]]:
        return {self._here: {"x": np.array([x]), "y": np.array([y])}}

    def mark(self, x: float, y: float) -> None:
        with self._here.hold_sync():
            self._here.x, self._here.y = np.array([x]), np.array([y])


def _titled(words: str, figure: bqplot.Figure) -> ipywidgets.VBox:
    title = ipywidgets.HTML(f'<div class="nbviz-threshold-title">{words}</div>')
    return ipywidgets.VBox([title, figure])


def _area(share: float) -> str:
    """Three decimals: areas of good models differ in the third."""
    return f"{share:.3f}"
