"""`SampleComparison`: two to six samples side by side, feature by feature, on one scale."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import traitlets

from nbviz.network.arguments import a_list
from nbviz.style.text import clean
from nbviz.widgets.index_trait import Index
from nbviz.widgets.sample_charts.comparison_wire import (
    MOST_COMPARED,
    ComparedColumnWire,
    ComparisonWire,
    packed_columns,
    sent_classes,
    sent_features,
)
from nbviz.widgets.sample_charts.waterfall import ExplainedSample
from nbviz.widgets.sample_charts.waterfall_wire import shaped, value_words
from nbviz.widgets.scheduling.background_worker import Check, Worker
from nbviz.widgets.view import View


@dataclass(frozen=True, eq=False)
class ComparedSample:
    """A sample, or the mean of several, as a column.

    Attributes:
        explained: Why its outputs are what they are.
        sample: Its row, None for a mean of several.
        read: As what it was read, in words; `""` where outputs are no classes.
        true: What is true, in words; `""` where that is not known.
        is_wrong: Whether it is misread.
    """

    explained: ExplainedSample
    sample: int | None = None
    read: str = ""
    true: str = ""
    is_wrong: bool = False


@dataclass(frozen=True)
class ComparisonNames:
    """What is compared is called.

    Attributes:
        features: One for each feature.
        classes: One for each class, or number.
        start: What each sum begins with: `"average of 60 rows"`.
        end: What the numbers are: `"centred logit"`.
    """

    features: Sequence[str]
    classes: Sequence[str]
    start: str = "average"
    end: str = "logit"


def checked_samples(samples: Any, count: int) -> list[int]:
    """Rows to be compared.

    Args:
        samples: None of them, or two to six.
        count: How many rows there are.

    Raises:
        ValueError: Too few or too many, no rows of x, or one twice.
    """
    rows = a_list("compared_samples", samples, "rows")
    for row in rows:
        if isinstance(row, (bool, np.bool_)) or not isinstance(row, (int, np.integer)) or not 0 <= row < count:
            raise ValueError(f"Expected compared_samples from 0 to {count - 1}. Received {row!r} among them.")
    if len(set(rows)) < len(rows):
        twice = next(row for row in rows if rows.count(row) > 1)
        raise ValueError(f"Expected compared_samples that differ. Received {twice} more than once.")
    if len(rows) == 1 or len(rows) > MOST_COMPARED:
        raise ValueError(
            f"Expected 2 to {MOST_COMPARED} compared_samples, or none. Received {len(rows)}; selected_sample looks at "
            "one."
        )
    return [int(row) for row in rows]


class SampleComparison(View):
    """Samples side by side: what each feature contributes to a class, signed bars on one scale, and what they sum to.

    Attributes:
        compared_samples: Rows that are compared, two to six; none where nothing is compared.
        selected_sample: Index of the selected row, None for none; the same as the diagram's.
        selected_class: Index of the class that is told, None for the one that the first sample was read as.
        selected_unit: Id of the selected unit; where it is that of a feature, its row is tinted. See `units`.
        edge_meaning: What the edges of a linked diagram should show, as for `Waterfall`.
        units: Id of each feature's unit in the diagram, None for one without.
        error: Why samples could not be explained, None for nothing.
    """

    _view_folder = "sample_comparison"
    # down: Python writes
    table = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    error = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    # shared
    compared_samples = traitlets.List(traitlets.Int()).tag(sync=True)
    selected_sample = Index(of=lambda view: view._count).tag(sync=True)
    selected_class = Index().tag(sync=True)
    selected_unit = Index().tag(sync=True)
    edge_meaning = traitlets.Enum(["weight", "weight_activation", "contribution", "path"], "weight").tag(sync=True)

    def __init__(self, count: int, names: ComparisonNames, explain: Callable[[int], ComparedSample]) -> None:
        """Nothing is compared yet.

        Args:
            count: Rows that there are.
            names: Of features and classes.
            explain: Given the index of a row, explains it. Called in a thread of this widget.

        Raises:
            ValueError: No features or no classes.
        """
        self._count, self._explain = count, explain
        self._features = [clean(str(name)) for name in names.features]
        self._classes = [clean(str(name)) for name in names.classes]
        if not self._features or not self._classes:
            raise ValueError(
                f"Expected at least one feature and one class. Received {len(self._features)} and {len(self._classes)}."
            )
        self._start, self._end_name = names.start, names.end
        self.units: list[int | None] = list(range(len(self._features)))
        self._known: dict[int, ComparedSample] = {}  # of the model as it is
        self._shown: list[ComparedSample] = []
        self._mean: ComparedSample | None = None
        self._lock = threading.RLock()  # means and samples are worked out in threads of their own
        self._worker = Worker(self._failed)
        super().__init__()
        self.observe(lambda _: self._look(), "compared_samples")
        self.observe(self._select, ["selected_class", "selected_unit"])

    @property
    def columns(self) -> list[ComparedSample]:
        """What is shown, a column each."""
        return list(self._shown)

    def update(self) -> None:
        """Explain anew what is compared: the model is another."""
        self._known = {}
        self._look()

    def set_mean(self, mean: ComparedSample | None) -> None:
        """Have the mean of several rows stand before the samples, wherever some are compared; None for none."""
        with self._lock:
            self._mean = mean
            if self.compared_samples:
                self._show(self._shown)

    def state(self, columns: Sequence[ComparedSample]) -> dict[str, Any]:
        """Trait -> its value for some columns; changes nothing itself.

        Args:
            columns: What is at hand; the browser shows those that are compared.

        Raises:
            ValueError: Shapes do not fit the names.
        """
        if not columns:
            return {"table": {}, "numbers": b""}
        shape = len(self._features), len(self._classes)
        explained = [column.explained for column in columns]
        values = np.stack([shaped("values", each.local.values, shape) for each in explained])
        start = np.stack([shaped("start", each.local.start, shape[1:]) for each in explained])
        end = np.stack([shaped("end", each.local.end, shape[1:]) for each in explained])
        p = np.full(end.shape, np.nan)
        for at, each in enumerate(explained):
            if each.probability is not None:
                p[at] = shaped("probability", each.probability, shape[1:])
        has_p = bool(np.isfinite(p).all())
        feature = self.units.index(self.selected_unit) if self.selected_unit in self.units else None
        selected_class = self.selected_class if (self.selected_class or 0) < shape[1] else None
        rank = p if has_p else end
        known = [index for each in explained for index in (each.predicted, each.truth)]
        classes = sent_classes(shape[1], selected_class, known, list(rank))
        features = sent_features(values[:, :, classes], None if self.selected_unit is None else feature)
        wire: ComparisonWire = {
            "features": [self._features[index] for index in features],
            "units": [self.units[index] for index in features],
            "more": shape[0] - len(features),
            "classes": classes,
            "class_names": [self._classes[index] for index in classes],
            "all_classes": shape[1],
            "start_name": self._start,
            "end_name": self._end_name,
            "has_p": has_p,
            "columns": [self._column(*each, features) for each in zip(columns, rank, strict=True)],
        }
        numbers = packed_columns(values[:, :, classes], start[:, classes], end[:, classes], p[:, classes], features)
        return {"table": wire, "numbers": numbers}

    def set_units(self, units: Sequence[int | None]) -> None:
        """Number the features anew, as after a block of the diagram was opened; see the attribute."""
        if list(units) != self.units:
            self.units = list(units)
            self._show(self._shown)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for samples that are being explained; answers whether all are."""
        return self._worker.wait(timeout)

    def __repr__(self) -> str:
        """Which samples; no markup."""
        rows = ", ".join(map(str, self.compared_samples))
        return f"SampleComparison({len(self._features)} features, {f'samples {rows}' if rows else 'no samples'})"

    def _end(self) -> None:
        self._worker.close()

    @traitlets.validate("compared_samples")
    def _valid_samples(self, proposal: traitlets.Bunch) -> list[int]:
        try:
            return checked_samples(proposal.value, self._count)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

    def _column(self, column: ComparedSample, rank: np.ndarray, features: Sequence[int]) -> ComparedColumnWire:
        printed = value_words(column.explained.feature_values, len(self._features))
        predicted = column.explained.predicted
        return {
            "sample": -1 if column.sample is None else column.sample,
            "name": clean(column.explained.name),
            "feature_values": [printed[index] for index in features],
            "read": clean(column.read),
            "true": clean(column.true),
            "is_wrong": column.is_wrong,
            "likely": int(np.nan_to_num(rank, nan=-np.inf).argmax()) if predicted is None else predicted,
        }

    def _show(self, columns: Sequence[ComparedSample]) -> None:
        with self._lock, self.hold_sync():
            known = [column for column in columns if column.sample is not None]
            self._shown = [*([self._mean] if self._mean is not None and known else []), *known]
            for name, value in self.state(self._shown).items():
                self.set_trait(name, value)

    def _look(self) -> None:
        if not self.compared_samples:
            self._worker.cancel("samples")
            with self._lock:
                self._show([])
                self.error = None
            return
        self._worker.submit("samples", self._work_out)

    def _work_out(self, check: Check) -> None:
        known, wanted = self._known, list(self.compared_samples)
        for sample in wanted:
            check()
            if sample not in known:
                known[sample] = self._explain(sample)
        check()
        with self._lock:
            if known is self._known and wanted == self.compared_samples:
                self._show([known[sample] for sample in wanted])
                self.error = None

    def _failed(self, _kind: str, error: Exception) -> None:
        self.error = f"These samples could not be compared: {error}"

    def _select(self, change: traitlets.Bunch) -> None:
        """Send a class or a feature that the browser lacks."""
        if not self._shown or change.new is None:
            return
        table = cast(ComparisonWire, self.table)
        if change.name == "selected_class":
            lacks = change.new < len(self._classes) and change.new not in table["classes"]
        else:
            lacks = change.new in self.units and change.new not in table["units"]
        if lacks:
            self._show(self._shown)
