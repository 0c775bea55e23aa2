"""The tab *Sample*: rows to pick, why the model says of one what it says, and which it misreads."""

from __future__ import annotations

import ipywidgets
import numpy as np

from nbviz.attribution.edges.explanation import Explanation
from nbviz.explorer.explored_data import MOST_ROWS, ExploredData
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.label_confusion import LabelConfusion
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, LabelPredictions, ValuePredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

MOST_CONFUSED = 100  # classes of a confusion matrix: its cells are their square


class SampleTab(ipywidgets.Box):
    """What is said of single rows: none of its parts knows another.

    Attributes:
        data: What is explored.
        predictions: What the model says of its rows, (rows, classes); see `ExploredData.predictions`.

    The other attributes are those of `ModelExplorer`.
    """

    def __init__(self, data: ExploredData) -> None:
        """Make the parts that the answers and the inputs allow.

        Args:
            data: What is explored.
        """
        self.data = data
        self.predictions = data.predictions()
        self.sample_picker = self._make_picker()
        self.confusion = self._make_confusion()
        self.labels = self._make_labels()
        self.waterfall = self._make_waterfall()
        parts = (self.sample_picker, self.waterfall, self.confusion, self.labels)
        super().__init__([part for part in parts if part is not None])
        self.add_class("nbviz-explorer-sample")

    def update(self) -> None:
        """Ask the live model again."""
        data = self.data
        shown = self.predictions = data.predictions()
        self.sample_picker.set_predictions(shown[:, 0] if data.answers.is_regression else shown)
        table = self.confusion if self.labels is None else self.labels
        if table is not None and data.truth is not None:
            table.update(data.truth, data.answers.predicted(shown))

    @property
    def first_sample(self) -> int:
        """A misread row, where there is one: that is where questions begin."""
        wrong = self.misread()
        return int(wrong[0]) if len(wrong) else 0

    @property
    def too_many_to_confuse(self) -> bool:
        """Whether there are more classes than a confusion matrix has room for."""
        answers = self.data.answers
        exclusive = not (answers.is_regression or answers.has_labels)
        return exclusive and len(answers.class_names) > MOST_CONFUSED

    def predicted_classes(self) -> np.ndarray:
        """(rows,), index of the likeliest class; of a regression zeros."""
        if self.data.answers.is_regression:
            return np.zeros(len(self.predictions), int)
        return np.asarray(self.predictions.argmax(axis=1))

    def misread(self) -> np.ndarray:
        """Rows whose likeliest class is not their own, or of which a label is wrong; none without y."""
        if self.data.truth is None or self.data.answers.is_regression:
            return np.zeros(0, int)
        return np.flatnonzero(self.data.answers.misread(self.data.truth, self.predictions))

    def explained_sample(self, found: Explanation, row: np.ndarray, name: str) -> ExplainedSample:
        """What the waterfall shows of a row."""
        assert found.local is not None
        answer, answers = self.data.predict_flat(row[None])[0], self.data.answers
        probability = None if answers.is_regression else answer[1:] if answers.is_binary else answer
        return ExplainedSample(found.local, name, row, probability)

    def _make_picker(self) -> SamplePicker:
        data = self.data
        names = None
        if data.given_rows > MOST_ROWS:
            names = [f"row {row}" for row in data.rows]
        if data.answers.is_regression:
            truth = None if data.truth is None else data.truth.astype(float)
            return SamplePicker(ValuePredictions(self.predictions[:, 0], truth), names=names)
        predictions: ClassPredictions | LabelPredictions
        if data.answers.has_labels:
            predictions = LabelPredictions(self.predictions, data.truth, data.answers.class_names)
        else:
            predictions = ClassPredictions(self.predictions, data.truth, class_names=data.answers.class_names)
        return SamplePicker(predictions, names=names)

    def _make_confusion(self) -> Confusion | None:
        data = self.data
        if data.truth is None or data.answers.is_regression or data.answers.has_labels or self.too_many_to_confuse:
            return None
        return Confusion(data.truth, self.predictions.argmax(axis=1), data.answers.class_names)

    def _make_labels(self) -> LabelConfusion | None:
        data = self.data
        if data.truth is None or not data.answers.has_labels:
            return None
        return LabelConfusion(data.truth, data.answers.predicted(self.predictions), data.answers.class_names)

    def _make_waterfall(self) -> Waterfall | None:
        explainer = self.data.explainer
        if explainer.refusal is not None or explainer.background is None:
            return None
        return Waterfall(
            self.data.feature_names,
            self.data.answers.output_names,
            start_name=f"average of {len(explainer.background[0])} rows",
            end_name=explainer.output_words,
        )
