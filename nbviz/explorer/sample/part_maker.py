"""Makes the parts of the tab *Sample*: which of them answers and inputs allow, and what each is told at first."""

from __future__ import annotations

import numpy as np

from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.output_maps import OutputMaps
from nbviz.explorer.sample.explained_rows import ExplainedRows
from nbviz.widgets.image_evidence.image_evidence import ImageEvidence
from nbviz.widgets.predicted_values.predicted_values import PredictedValues
from nbviz.widgets.predicted_values.predicted_values_wire import OtherRows
from nbviz.widgets.sample_charts.cell_rows import CellNames, CellRows
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.label_confusion import LabelConfusion
from nbviz.widgets.sample_charts.sample_comparison import ComparisonNames, SampleComparison
from nbviz.widgets.sample_charts.threshold_curves import ThresholdCurves
from nbviz.widgets.sample_charts.waterfall import Waterfall
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, LabelPredictions, ValuePredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker


class PartMaker:
    """Makes each part, or None where there is nothing for it to show."""

    def __init__(
        self, data: ExploredData, rows: ExplainedRows, predictions: np.ndarray, maps: OutputMaps | None
    ) -> None:
        """Nothing is made yet.

        Args:
            data: What is explored.
            rows: Tells why rows are read as they are.
            predictions: What the model says of the rows, (rows, classes).
            maps: Of a model that answers at every position what comes out of rows; None for others.
        """
        self._data, self._rows, self._predictions, self._maps = data, rows, predictions, maps

    def picker(self) -> SamplePicker:
        """Of the rows."""
        data = self._data
        if self._maps is not None or data.answers.is_spread:
            has_errors = self._maps is not None and self._maps.errors is not None
            word = "mean squared error" if has_errors else "mean output"
            sizes = sizes_of_maps(data, self._predictions, self._maps)
            return SamplePicker(ValuePredictions(sizes, word=word), names=data.row_names)
        pictures = None if data.images is None else data.images.thumbnails()
        if data.answers.is_regression:
            values = ValuePredictions(self._predictions, data.truth, data.answers.class_names)
            return SamplePicker(values, names=data.row_names, pictures=pictures)
        predictions: ClassPredictions | LabelPredictions
        if data.answers.has_labels:
            predictions = LabelPredictions(self._predictions, data.truth, data.answers.class_names)
        else:
            predictions = ClassPredictions(self._predictions, data.truth, class_names=data.answers.class_names)
        return SamplePicker(predictions, names=data.row_names, pictures=pictures)

    def confusion(self) -> Confusion | None:
        """Of classes that exclude each other."""
        data = self._data
        if data.truth is None or data.answers.is_regression or data.answers.has_labels:
            return None
        return Confusion(data.truth, data.answers.predicted(self._predictions), data.answers.class_names)

    def labels(self) -> LabelConfusion | None:
        """Of several labels."""
        data = self._data
        if data.truth is None or not data.answers.has_labels:
            return None
        return LabelConfusion(data.truth, data.answers.predicted(self._predictions), data.answers.class_names)

    def waterfall(self) -> Waterfall | None:
        """Of rows whose every feature has its credit."""
        data, start = self._data, self._start_name
        if start is None or not data.explainer.credits_all or data.texts is not None:
            return None
        regression = data.answers.is_regression
        return Waterfall(
            data.credited_names,
            data.answers.output_names,
            start_name=start,
            end_name="prediction" if regression else data.explainer.output_words,
            title="What raises the prediction, from the average to this sample\u2019s" if regression else None,
        )

    def comparison(self) -> SampleComparison | None:
        """Of rows that a waterfall can be of."""
        data, start = self._data, self._start_name
        if start is None or len(data.rows) < 2:
            return None
        end = "prediction" if data.answers.is_regression else data.explainer.output_words
        names = ComparisonNames(data.credited_names, data.answers.output_names, start, end)
        return SampleComparison(len(data.rows), names, self._rows.compared)

    def predicted_values(self) -> PredictedValues | None:
        """Of a regression."""
        data = self._data
        if data.truth is None or not data.answers.is_regression:
            return None
        names = data.answers.class_names
        return PredictedValues(data.truth, self._predictions, names, names=data.row_names, others=rows_trained_on(data))

    def threshold_curves(self) -> ThresholdCurves | None:
        """Of two classes."""
        data = self._data
        if data.truth is None or not data.answers.has_two_classes:
            return None
        return ThresholdCurves(data.truth, self._predictions[:, 1], data.answers.class_names)

    def cell_rows(self, predicted: np.ndarray) -> CellRows | None:
        """Of the cells of a confusion matrix, where a waterfall can be of their rows.

        Args:
            predicted: As what each row is read, (rows,).
        """
        data = self._data
        if data.truth is None:
            return None
        names = CellNames(data.answers.class_names, data.credited_names, data.row_names)
        return CellRows(data.truth, predicted, self._predictions, names, self._rows.credits)

    def evidence(self) -> ImageEvidence | None:
        """In pictures, sequences and texts."""
        data = self._data
        of = data.images if data.texts is None else data.texts
        if of is None or self._start_name is None:
            return None
        return ImageEvidence(of.plan(data.answers.output_names, self._start_name, data.explainer.output_words))

    @property
    def _start_name(self) -> str | None:
        """What a row is compared with; None where rows cannot be explained."""
        explainer = self._data.explainer
        background = explainer.background
        if explainer.refusal is not None or background is None:
            return None
        if self._data.texts is not None:
            # What a mask leaves out is so on the whole way.
            return f"average of {len(background[0])} rows, padded alike"
        if self._data.images is None and not explainer.feature_ids:
            return None  # pictures that pictures come out of: their own place says what is made of them
        return f"average of {len(background[0])} rows"


def sizes_of_maps(data: ExploredData, predictions: np.ndarray, maps: OutputMaps | None) -> np.ndarray:
    """What rows that maps come out of are sorted by: their error, else the mean of what comes out."""
    if maps is not None and maps.errors is not None:
        return maps.errors
    channels = len(data.answers.output_names)
    return np.asarray(predictions[:, -channels:].mean(axis=1))


def rows_trained_on(data: ExploredData) -> OtherRows | None:
    """What a regression was trained on, where these are other rows than those that are explored."""
    if data.trained_on is None:
        return None
    rows, truth = data.trained_on
    return OtherRows("rows trained on", truth.reshape(len(truth), -1), data.predictions(rows))
