"""`Waterfall`: how a local explanation leads from the average to one sample's output, a column for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.widgets.index_trait import Index
from nbviz.widgets.sample_charts.waterfall_wire import (
    SIDE_BY_SIDE,
    WaterfallWire,
    adds_up,
    choose,
    packed,
    shaped,
    value_words,
)
from nbviz.widgets.view import View

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
        predicted: Index of the class it was read as; None where classes do not exclude each other, or are none.
        truth: Index of its own class, None where that is not known.
        over: The region of the output over which the outputs are means; empty for all of it.
    """

    local: LocalExplanation
    name: str
    feature_values: Sequence[float | str] | npt.NDArray[Any] | None = None
    probability: npt.ArrayLike | None = None
    predicted: int | None = None
    truth: int | None = None
    over: str = ""


class Waterfall(View):
    """From the average to one sample's output: a bar for each of the largest contributions, classes side by side.

    Every class has its own zero line; a logit is as wide in one column as in the next. Of more than four classes the
    predicted one, the true one and the next likely one stand side by side, and small bars tell of the others; a click
    on one puts it among the three.

    Attributes:
        selected_class: Index of the class that is brought forward, None for none; the same as the diagram's.
        selected_unit: Id of the selected unit; where it is that of a feature, its row is tinted. See `units`.
        edge_meaning: What the edges of a linked diagram should show: `"path"` while a feature and a class are selected,
            `"contribution"` while a class is.
        busy: What is being worked out to be shown next, and how far it is; "" for nothing.
        units: Id of each feature's unit in the diagram, None for one without.
        sample: What is shown, None at first.
    """

    _view_folder = "waterfall"
    # down: Python writes
    shown = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    busy = traitlets.Unicode().tag(sync=True)
    # shared
    selected_class = Index().tag(sync=True)
    selected_unit = Index().tag(sync=True)
    edge_meaning = traitlets.Enum(["weight", "weight_activation", "contribution", "path"], "weight").tag(sync=True)

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
        self._start_name, self._end_name = start_name, end_name
        self._title = title or self._way()
        self.units: list[int | None] = list(range(len(self._features)))
        self.sample: ExplainedSample | None = None
        super().__init__()
        self.observe(self._select, ["selected_class", "selected_unit"])

    def state(self, sample: ExplainedSample) -> dict[str, Any]:
        """Trait -> its value for a sample; changes nothing itself.

        Args:
            sample: The sample.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        local, given = sample.local, sample.feature_values
        shape = (len(self._features), len(self._classes))
        values = shaped("values", local.values, shape)
        start, end = shaped("start", local.start, shape[1:]), shaped("end", local.end, shape[1:])
        p = None if sample.probability is None else shaped("probability", sample.probability, shape[1:])
        if given is not None and len(given) != shape[0]:
            raise ValueError(f"Expected {shape[0]} feature_values. Received {len(given)}.")
        for name in ("predicted", "truth"):
            index = getattr(sample, name)
            if index is not None and not 0 <= index < shape[1]:
                raise ValueError(f"Expected {name} from 0 to {shape[1] - 1}. Received {index}.")
        feature = self.units.index(self.selected_unit) if self.selected_unit in self.units else None
        selected_class = self.selected_class if (self.selected_class or 0) < shape[1] else None
        chosen = choose(
            values,
            end if p is None else p,
            [sample.predicted, sample.truth],
            [selected_class, None if self.selected_unit is None else feature],
        )
        printed = value_words(given, shape[0])
        others = np.delete(np.arange(shape[1]), chosen.classes)
        wire: WaterfallWire = {
            "sample": sample.name,
            "title": self._title,
            "over": sample.over,
            "adds_up": adds_up(float(np.abs(start + values.sum(axis=0) - end).max()), float(np.abs(end).max())),
            "start_name": self._start_name,
            "end_name": self._end_name,
            "features": [self._features[index] for index in chosen.features],
            "feature_values": [printed[index] for index in chosen.features],
            "units": [self.units[index] for index in chosen.features],
            "more": shape[0] - len(chosen.features),
            "classes": chosen.classes,
            "class_names": [self._classes[index] for index in chosen.classes],
            "p": None if p is None else [_number(p[index]) for index in chosen.classes],
            "columns": chosen.columns,
            "predicted": sample.predicted,
            "truth": sample.truth,
            "others": len(others),
            "others_p": None if p is None or sample.predicted is None else _number(p[others].sum()),
            "per_class": shape[1] > SIDE_BY_SIDE,
        }
        return {"shown": wire, "numbers": packed(values, start, end, chosen)}

    def show(self, sample: ExplainedSample) -> None:
        """Show one sample; what is selected stays.

        Args:
            sample: The sample.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        self._set(self.state(sample))
        self.sample = sample

    def set_units(self, units: Sequence[int | None]) -> None:
        """Number the features anew, as after a block of the diagram was opened; see the attribute."""
        if list(units) != self.units:
            self.units = list(units)
            if self.sample is not None:
                self._set(self.state(self.sample))

    def __repr__(self) -> str:
        """Features, classes and the sample; no markup."""
        sample = "no sample" if self.sample is None else self.sample.name
        return f"Waterfall({len(self._features)} features, {len(self._classes)} classes, {sample})"

    def _set(self, state: dict[str, Any]) -> None:
        with self.hold_sync():
            for name, value in state.items():
                self.set_trait(name, value)

    def _select(self, change: traitlets.Bunch) -> None:
        """Send a class or a feature that the browser lacks."""
        if self.sample is None or change.new is None:
            return
        if change.name == "selected_class":
            lacks = change.new < len(self._classes) and change.new not in self.shown["classes"]
        else:
            lacks = change.new in self.units and change.new not in self.shown["units"]
        if lacks:
            self._set(self.state(self.sample))

    def _way(self) -> str:
        kind = "logit" if "logit" in self._end_name else self._end_name
        if len(self._classes) > SIDE_BY_SIDE:
            return "Why: the three classes that matter"
        return f"Why: from the average to this sample’s {kind}"  # noqa: RUF001


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
