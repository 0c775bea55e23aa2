"""`Waterfall`: how a local explanation leads from the average to one sample's output, a column for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import short, signed
from nbviz.style.probability import probability_words
from nbviz.style.text import html_text
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.waterfall_figure import HEAD, Heading, States, WaterfallFigure, apply
from nbviz.widgets.sample_charts.waterfall_steps import MOST_CLASSES, MOST_FEATURES, Steps, shown_classes, steps

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import LocalExplanation


@dataclass(frozen=True, eq=False)
class ExplainedSample:
    """A sample, and why its outputs are what they are.

    Attributes:
        local: From the average, (classes,), over contributions, (features, classes), to the outputs, (classes,).
        name: `"sample 32"`.
        feature_values: The sample's own values, one a feature: numbers, or words as they are shown; None to tell none.
        probability: Of each class, shape (classes,); None where the outputs are no classes.
    """

    local: LocalExplanation
    name: str
    feature_values: Sequence[float | str] | npt.NDArray[Any] | None = None
    probability: npt.ArrayLike | None = None


class Waterfall(Owner, ipywidgets.VBox):
    """From the average to one sample's output: a bar for each of the largest contributions, classes side by side.

    Every class has its own zero line; a logit is as wide in one column as in the next.

    Attributes:
        selected_class: Index of the class whose column is brought forward, None for none.
        selected_feature: Index of the feature whose row is tinted, None for none.
        sample: What is shown, None at first.
    """

    selected_class = traitlets.Int(None, allow_none=True)
    selected_feature = traitlets.Int(None, allow_none=True)

    def __init__(
        self,
        feature_names: Sequence[str],
        class_names: Sequence[str],
        *,
        start_name: str = "average",
        end_name: str = "logit",
        title: str | None = None,
    ) -> None:
        """An empty chart; `show` fills it.

        Args:
            feature_names: One for each feature.
            class_names: One for each class.
            start_name: What the stack begins with: `"average of 60 others"`.
            end_name: What the numbers are: `"logit"`, `"centred logit"`, `"value"`.
            title: What is shown; by default the way to the sample's numbers.

        Raises:
            ValueError: No features or no classes.
        """
        if not len(feature_names) or not len(class_names):
            raise ValueError(
                f"Expected at least one feature and one class. Received {len(feature_names)} and {len(class_names)}."
            )
        self._features, self._classes = [str(name) for name in feature_names], [str(name) for name in class_names]
        self._start_name, self._end_name, self._title = start_name, end_name, title
        features = len(self._features)
        own = features if features <= MOST_FEATURES + 1 else MOST_FEATURES
        self._columns = min(len(self._classes), MOST_CLASSES)
        self.sample: ExplainedSample | None = None
        self._head, self._names = ipywidgets.HTML(), ipywidgets.HTML()
        self._names.add_class("nbviz-fall-names")
        self._bars = WaterfallFigure(1 + own + (features > own) + 1, self._columns)
        body = ipywidgets.HBox([self._names, self._bars.figure])
        body.add_class("nbviz-fall-body")
        super().__init__([self._head, body])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-fall")
        self.observe(self._select, ["selected_class", "selected_feature"])
        self.own_parts()

    def states(
        self, sample: ExplainedSample, *, selected_class: int | None = None, selected_feature: int | None = None
    ) -> States:
        """All that changes with the sample: widget -> trait -> value. Changes nothing itself.

        Args:
            sample: The sample.
            selected_class: Its column is brought forward.
            selected_feature: Its row is tinted.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        local, given = sample.local, sample.feature_values
        shape = (len(self._features), len(self._classes))
        contributions = _shaped("values", local.values, shape)
        before, after = _shaped("start", local.start, shape[1:]), _shaped("end", local.end, shape[1:])
        p = None if sample.probability is None else _shaped("probability", sample.probability, shape[1:])
        if given is not None and len(given) != shape[0]:
            raise ValueError(f"Expected {shape[0]} feature_values. Received {len(given)}.")
        classes = shown_classes(after, selected_class, self._columns)
        stack = steps(contributions[:, classes], before[classes], after[classes])
        gap = float(np.abs(before + contributions.sum(axis=0) - after).max())
        row = stack.features.index(selected_feature) + 1 if selected_feature in stack.features else None
        column = classes.index(selected_class) if selected_class in classes else None
        captions = ["" if p is None else probability_words(float(p[index])) for index in classes]
        headings = [Heading(self._classes[index], words) for index, words in zip(classes, captions, strict=True)]
        return {
            self._head: {"value": self._head_html(gap, float(np.abs(after).max()))},
            self._names: {"value": self._names_html(stack, sample, row)},
            **self._bars.states(stack, headings, row, column),
        }

    def show(self, sample: ExplainedSample) -> None:
        """Show one sample; what is selected stays.

        Args:
            sample: The sample.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        apply(self._states_of(sample))
        self.sample = sample

    def __repr__(self) -> str:
        """Features, classes and the sample; no markup."""
        sample = "no sample" if self.sample is None else self.sample.name
        return f"Waterfall({len(self._features)} features, {len(self._classes)} classes, {sample})"

    def _states_of(self, sample: ExplainedSample) -> States:
        return self.states(sample, selected_class=self.selected_class, selected_feature=self.selected_feature)

    def _select(self, _: object) -> None:
        if self.sample is not None:
            apply(self._states_of(self.sample))

    def _head_html(self, gap: float, size: float) -> str:
        kind = "logit" if "logit" in self._end_name else self._end_name
        title = html_text(self._title or f"Why: from the average to this sample\u2019s {kind}")
        if not np.isfinite(gap):
            words = "does not add up: NaN among the contributions"
        else:
            # Below the rounding of float32 there is nothing to report.
            words = f"adds up to within {short(gap)}" if gap > 1e-6 * max(1.0, size) else "adds up exactly"
        return (
            '<div class="nbviz-part-head">'
            f'<span class="nbviz-part-title">{title}</span>'
            f'<span class="nbviz-part-caption">{words}</span></div>'
        )

    def _names_html(self, stack: Steps, sample: ExplainedSample, row: int | None) -> str:
        start = f'<div class="nbviz-fall-quiet"><span>{html_text(self._start_name)}</span></div>'
        printed = _value_words(sample.feature_values, len(self._features))
        rows = [start]
        for index, feature in enumerate(stack.features, start=1):
            kind = ' class="nbviz-fall-selected"' if index == row else ""
            name, value = html_text(self._features[feature]), html_text(printed[feature])
            value = f"<i>{value}</i>" if value else ""
            rows.append(f'<div{kind}><span title="{name}">{name}</span>{value}</div>')
        if stack.rest:
            rows.append(f'<div class="nbviz-fall-quiet"><span>{len(stack.rest)} smaller, summed</span></div>')
        end = html_text(f"{self._end_name}, {sample.name}")
        rows.append(f'<div class="nbviz-fall-total"><span title="{end}">{end}</span></div>')
        return f'<div class="nbviz-fall-rows" style="padding-top:{HEAD}px">{"".join(rows)}</div>'


def _value_words(values: Any, count: int) -> list[str]:
    if values is None:
        return [""] * count
    numbers = [None if isinstance(value, str) else float(value) for value in values]
    # Standardised values read as deviations; raw ones, never negative, need no plus.
    deviations = any(number is not None and number < 0 for number in numbers)
    return [
        str(value) if number is None else signed(number) if deviations else short(number)
        for value, number in zip(values, numbers, strict=True)
    ]


def _shaped(argument: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise ValueError(f"Expected {argument} of shape {shape}. Received {array.shape}.")
    return array
