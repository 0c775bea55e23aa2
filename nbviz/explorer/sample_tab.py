"""The tab *Sample*: rows to pick, why the model says of one what it says, and which it misreads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets
import numpy as np

from nbviz.attribution.edges.explanation import Explanation, LocalExplanation
from nbviz.explorer.comparisons.compared_rows import compared_row
from nbviz.explorer.comparisons.mean_of_rows import MeanOfRows, RowGroup, rows_of
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.output_maps import OutputMaps
from nbviz.style.numbers import grouped, short
from nbviz.widgets.image_evidence.image_evidence import ImageEvidence
from nbviz.widgets.image_evidence.image_evidence_wire import ExplainedPicture
from nbviz.widgets.owner import drop_when_closed
from nbviz.widgets.predicted_values.predicted_values import PredictedValues
from nbviz.widgets.predicted_values.predicted_values_wire import OtherRows
from nbviz.widgets.sample_charts.cell_rows import CellNames, CellRows
from nbviz.widgets.sample_charts.cell_rows_wire import Pair
from nbviz.widgets.sample_charts.comparison_wire import MOST_COMPARED
from nbviz.widgets.sample_charts.confusion import Confusion, count_cells
from nbviz.widgets.sample_charts.confusion_wire import MOST_CELLS
from nbviz.widgets.sample_charts.label_confusion import LabelConfusion
from nbviz.widgets.sample_charts.output_pictures import OutputPictures
from nbviz.widgets.sample_charts.sample_comparison import ComparedSample, ComparisonNames, SampleComparison
from nbviz.widgets.sample_charts.threshold_curves import DEFAULT, ThresholdCurves
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_charts.waterfall_wire import SIDE_BY_SIDE
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, LabelPredictions, ValuePredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

PARTS = (
    *("sample_picker", "pictures", "confusion", "labels", "waterfall", "comparison", "evidence", "predicted_values"),
    *("threshold_curves", "cell_rows"),
)  # attributes; one that somebody closes is None from then on


WidgetStates = dict[ipywidgets.Widget, dict[str, Any]]  # trait -> its value


@dataclass(frozen=True, eq=False)
class AskedRow:
    """A row that was explained last.

    Attributes:
        row: (features,), its inputs side by side.
        name: What it is called.
        sample: Which of the rows that are explored it is, None for one that is none of them.
        given: What `NetworkDiagram.explain_at` takes for it.
    """

    row: np.ndarray
    name: str
    sample: int | None
    given: Any


# Parts in the order in which one goes through them, by what the rows are: that of the sheets, explorer/sample_tab.css.
_ORDER = {
    "columns": ("picker", "evidence", "pictures", "fall", "rows", "confusion", "threshold", "predicted"),
    "many": ("picker", "evidence", "pictures", "fall", "confusion", "threshold", "rows", "predicted"),
    "images": ("evidence", "confusion", "threshold", "picker", "pictures", "fall", "rows", "predicted"),
    "sequences": ("evidence", "picker", "pictures", "fall", "rows", "confusion", "threshold", "predicted"),
    "texts": ("evidence", "confusion", "picker", "threshold", "pictures", "fall", "rows", "predicted"),
    "maps": ("pictures", "picker", "evidence", "fall", "rows", "confusion", "threshold", "predicted"),
}


class SampleTab(ipywidgets.Box):
    """What is said of single rows: none of its parts knows another.

    Attributes:
        data: What is explored.
        predictions: What the model says of its rows, (rows, classes); see `ExploredData.predictions`.

    The other attributes are those of `ModelExplorer`.
    """

    def __init__(self, data: ExploredData, tell: Callable[[str | None], None]) -> None:
        """Make the parts that the answers and the inputs allow.

        Args:
            data: What is explored.
            tell: Given what went wrong in the background, None once something succeeds.
        """
        self.data = data
        self.mean = MeanOfRows(self._mean_of, self._show_mean, self._say_busy, tell)
        self._pictured: int | None = None  # whose pictures are shown
        super().__init__()
        self.add_class("nbviz-explorer-sample")
        self.make_anew()

    def make_anew(self) -> None:
        """Make the parts of the output that is explored now; those there were are closed."""
        before = [part for child in self.children for part in (child, *self._held_by(child))]
        self.asked: AskedRow | None = None
        self.mean.ask(None)
        data = self.data
        self.predictions = data.predictions()
        self.maps = OutputMaps(data) if OutputMaps.are_possible(data) else None
        self.pictures = None if self.maps is None else OutputPictures()
        self.sample_picker: SamplePicker | None = self._make_picker()
        self.confusion = self._make_confusion()
        self.labels = self._make_labels()
        self.waterfall = self._make_waterfall()
        self.comparison = self._make_comparison()
        if self.comparison is not None and self.sample_picker is not None:
            self.sample_picker.most_compared = MOST_COMPARED
        if self.confusion is not None:
            self.confusion.offers_mean = self.waterfall is not None
        self.evidence = self._make_evidence()
        self.predicted_values = self._make_predicted_values()
        self.threshold_curves = self._make_threshold_curves()
        self.cell_rows = self._make_cell_rows()
        if self.threshold_curves is not None:
            self.threshold_curves.observe(lambda _: self._read_anew(), "threshold")
        parts = {
            "evidence": self.evidence,
            "picker": self.sample_picker,
            "pictures": self.pictures,
            "fall": self._fall(),
            "confusion": self.confusion if self.labels is None else self.labels,
            "rows": self.cell_rows,
            "predicted": self.predicted_values,
            "threshold": self.threshold_curves,
        }
        found = {name: part for name in _ORDER[self._rows_are] if (part := parts[name]) is not None}
        self.set_trait("children", list(found.values()))
        for name, part in found.items():
            part.add_class(f"nbviz-explorer-{name}")
        kind = self._rows_are
        looks = {
            **{f"of-{each}": kind == each for each in _ORDER if each not in ("columns", "many")},
            "of-columns": kind in ("columns", "many"),
            "many": kind == "many",
            "explained": self.evidence is not None,
            "mapped": self.confusion is not None and len(self.data.answers.class_names) > MOST_CELLS,
        }
        for name, holds in looks.items():
            (self.add_class if holds else self.remove_class)(f"nbviz-explorer-{name}")
        drop_when_closed(self, *PARTS)
        for part in before:
            part.close()

    def update(self) -> None:
        """Ask the live model again."""
        data = self.data
        shown = self.predictions = data.predictions()
        if self.maps is not None:
            self.maps.read_again()
            self.show_pictures(self._pictured)
        if self.predicted_values is not None:
            self.predicted_values.set_predictions(shown, self._trained_on())
        if self.labels is not None and data.truth is not None:
            self.labels.update(data.truth, self._predicted)
        if self.threshold_curves is not None and data.truth is not None:
            self.threshold_curves.update(data.truth, shown[:, 1])
        self._show_classes()
        if self.comparison is not None:
            self.comparison.update()

    def __repr__(self) -> str:
        """How many rows; no markup."""
        return f"SampleTab({grouped(len(self.data.rows))} rows)"

    def show_pictures(self, sample: int | None) -> None:
        """Show what goes in and what comes out of a row; of no row the last one stays."""
        if self.maps is not None and self.pictures is not None and sample is not None:
            self._pictured = sample
            self.pictures.show(self.maps.at(sample))

    def _read_anew(self) -> None:
        self._show_classes()
        if self.comparison is not None:
            self.comparison.update()

    def _show_classes(self) -> None:
        """Say anew which class each row is read as."""
        data = self.data
        exclusive = not (data.answers.is_regression or data.answers.has_labels)
        picker = self.sample_picker
        if self.maps is not None or data.answers.is_spread:
            if picker is not None:
                picker.set_predictions(self._of_maps())
            return
        if picker is not None:
            picker.set_predictions(self.predictions, self._predicted if exclusive else None)
        if self.confusion is not None and data.truth is not None:
            self.confusion.update(data.truth, self._predicted, _title_at(self.threshold))
        if self.cell_rows is not None:
            self.cell_rows.update(self._predicted, self.predictions)
        sample = None if self.waterfall is None else self.waterfall.sample
        if self.waterfall is not None and sample is not None and sample.predicted is not None:
            predicted = self.read_as(np.asarray(sample.probability))
            if predicted != sample.predicted:
                self.waterfall.show(replace(sample, predicted=predicted))
        picture = None if self.evidence is None else self.evidence.explained
        if self.evidence is not None and picture is not None and picture.predicted is not None:
            predicted = self.read_as(np.asarray(picture.probability))
            if predicted != picture.predicted:
                self.evidence.show(replace(picture, predicted=predicted))

    def at_threshold(
        self, threshold: float, credits: dict[int, np.ndarray], beside: Sequence[ComparedSample]
    ) -> WidgetStates:
        """Widget -> trait -> its value where rows are read at another threshold; changes nothing itself.

        Args:
            threshold: The probability of the second of two classes above which a row is read as it.
            credits: Row -> contributions of its features, of those at hand, as `CellRows.state` takes them.
            beside: The rows that can be put side by side.
        """
        truth, curves = self.data.truth, self.threshold_curves
        assert truth is not None
        assert curves is not None
        read = self.data.answers.predicted(self.predictions, threshold)
        states = curves.state(threshold)
        if self.sample_picker is not None:
            states[self.sample_picker] = self.sample_picker.state(self.predictions, read)
        if self.confusion is not None:
            states[self.confusion] = self.confusion.state(count_cells(truth, read, 2), _title_at(threshold))
        if self.cell_rows is not None:
            states[self.cell_rows] = self.cell_rows.state(credits, read)
        if self.comparison is not None:
            columns = [
                compared_row(self.data, each.explained, each.sample, threshold, self.predictions[each.sample])
                for each in beside
                if each.sample is not None
            ]
            states[self.comparison] = self.comparison.state(columns)
        return states

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background; answers whether all of it is done."""
        end = None if timeout is None else time.monotonic() + timeout
        return all(
            part is None or part.wait(None if end is None else max(0.0, end - time.monotonic()))
            for part in (self.cell_rows, self.comparison, self.mean)
        )

    @property
    def _rows_are(self) -> str:
        """Key of `_ORDER`."""
        if self.maps is not None:
            return "maps"
        if self.evidence is None:
            return "many" if self.has_many_classes else "columns"
        if self.data.images is None:
            return "texts"
        return "sequences" if self.data.images.form.is_sequence else "images"

    @property
    def several_values(self) -> bool:
        """Whether the model answers with several numbers, of which one is looked at at a time."""
        answers = self.data.answers
        return answers.is_regression and len(answers.class_names) > 1

    @property
    def threshold(self) -> float:
        """Of two classes the probability of the second above which a row is read as it."""
        return DEFAULT if self.threshold_curves is None else self.threshold_curves.threshold

    def read_as(self, answer: np.ndarray) -> int:
        """The class that an answer of shape (classes,) is read as."""
        return int(self.data.answers.predicted(answer[None], self.threshold)[0])

    @property
    def _predicted(self) -> np.ndarray:
        return self.data.answers.predicted(self.predictions, self.threshold)

    @property
    def first_sample(self) -> int:
        """A misread row, where there is one: that is where questions begin."""
        wrong = self.misread()
        return int(wrong[0]) if len(wrong) else 0

    @property
    def has_many_classes(self) -> bool:
        """Whether there are so many that the parts need more room."""
        return len(self.data.answers.output_names) > SIDE_BY_SIDE

    def predicted_classes(self) -> np.ndarray:
        """(rows,), index of the class that is read, of labels of the likeliest; of a regression zeros."""
        if self.data.answers.is_regression:
            return np.zeros(len(self.predictions), int)
        return np.asarray(self.predictions.argmax(axis=1)) if self.data.answers.has_labels else self._predicted

    def misread(self) -> np.ndarray:
        """Rows that are read as another class than their own, or of which a label is wrong; none without y."""
        if self.data.truth is None or self.data.answers.is_regression:
            return np.zeros(0, int)
        return np.flatnonzero(self.data.answers.misread(self.data.truth, self.predictions, self.threshold))

    def explained_sample(
        self, found: Explanation, row: np.ndarray, name: str, sample: int | None = None
    ) -> ExplainedSample:
        """What the waterfall shows of a row.

        Args:
            found: Why the outputs are what they are.
            row: Its features, (features,).
            name: What it is called.
            sample: Which of the rows that are explored it is, None for one that is none of them.
        """
        assert found.local is not None
        return self._explained(found.local, row, name, sample)

    def _explained(self, local: LocalExplanation, row: np.ndarray, name: str, sample: int | None) -> ExplainedSample:
        images, p = self.data.images, self._probability(row)
        local = local if images is None else images.by_region(local)
        return ExplainedSample(local, name, None if images is not None else row, p, *self._read_and_true(p, sample))

    def group(self, cell: Sequence[int]) -> RowGroup:
        """The rows of a class, or of a cell of the confusion matrix, as the model reads them now.

        Args:
            cell: The true class, and the one that is read where it is a cell.

        Raises:
            ValueError: There is no such row.
        """
        return rows_of(self.data, self._predicted, cell)

    def look_at_mean(self, group: RowGroup | None) -> None:
        """Explain the mean of some rows in the place of a single one; None for none."""
        self.mean.ask(group)
        if self.sample_picker is not None:
            self.sample_picker.mean_name = "" if group is None else group.name
        if self.comparison is not None:
            self.comparison.set_mean(None)

    def _mean_of(self, group: RowGroup, advance: Callable[[float], None]) -> ExplainedSample:
        """What the waterfall shows of the mean over some rows."""
        data = self.data
        rows = [array[group.rows] for array in data.x]
        local, p = data.explainer.mean_local(rows, advance), None
        if not (data.answers.is_regression or data.answers.is_spread):
            p = data.predictions(rows).mean(axis=0)
        return ExplainedSample(
            local if data.images is None else data.images.by_region(local),
            group.name,
            data.flat_of(rows).mean(axis=0) if data.images is None else None,
            p[1:] if p is not None and data.answers.is_binary else p,
        )

    def _say_busy(self, words: str) -> None:
        if self.waterfall is not None:
            self.waterfall.busy = words

    def _show_mean(self, mean: ComparedSample) -> None:
        if self.waterfall is not None:
            self.waterfall.show(mean.explained)
        if self.comparison is not None:
            self.comparison.set_mean(mean)

    def explain(self, found: Explanation, asked: AskedRow) -> None:
        """Show in the waterfall why the outputs of a row are what they are."""
        self.asked = asked
        if self.waterfall is not None:
            self.waterfall.show(self.explained_sample(found, asked.row, asked.name, asked.sample))

    def explained_picture(self, found: Explanation, row: np.ndarray, name: str, sample: int | None) -> ExplainedPicture:
        """What the evidence shows of a row: (features,), and its number where it is one of those looked at."""
        assert found.local is not None
        assert self.data.images is not None
        p = self._probability(row)
        images = self.data.images
        picture, note = images.picture(row), images.paths_note(found.reason, follows=self.data.explainer.follows_parts)
        return ExplainedPicture(found.local, picture, name, p, *self._read_and_true(p, sample), note=note)

    def explained_text(
        self, found: Explanation, inputs: Sequence[np.ndarray], name: str, sample: int | None
    ) -> ExplainedPicture:
        """What the evidence shows of a text: one array (1, ...), and its number where it is one of those looked at."""
        texts, answers = self.data.texts, self.data.answers
        assert found.local is not None
        assert texts is not None
        p = None if answers.is_regression else self.data.predictions(inputs)[0]
        if p is not None and answers.is_binary:
            p = p[1:]
        return texts.explained(
            found.local,
            inputs,
            name,
            probability=p,
            read_and_true=self._read_and_true(p, sample),
            ids=found.feature_ids,
            paths=found.reason,
        )

    def evidence_of(
        self, found: Explanation, inputs: Sequence[np.ndarray], name: str, sample: int | None
    ) -> ExplainedPicture:
        """What the evidence shows of a row: one array (1, ...) for each input."""
        if self.data.texts is not None:
            return self.explained_text(found, inputs, name, sample)
        return self.explained_picture(found, np.asarray(self.data.flat_of(inputs)[0]), name, sample)

    def _read_and_true(self, probability: np.ndarray | None, sample: int | None) -> tuple[int | None, int | None]:
        """The class that a row is read as, and its own; None where classes do not exclude each other, or are none."""
        answers, truth = self.data.answers, self.data.truth
        if probability is None or answers.is_regression or answers.is_binary or answers.has_labels:
            return None, None
        return self.read_as(probability), None if sample is None or truth is None else int(truth[sample])

    def _probability(self, row: np.ndarray) -> np.ndarray | None:
        """(classes,) of a row (features,); None where outputs are no classes, or others at every position."""
        answers = self.data.answers
        if answers.is_regression or answers.is_spread:
            return None
        answer = self.data.predict_flat(row[None])[0]
        return np.asarray(answer[1:] if answers.is_binary else answer)

    def credits_by_class(self, values: np.ndarray) -> np.ndarray:
        """(features, class names): contributions of features, of pictures of their regions, to each class.

        Args:
            values: To each output, (features, outputs): of a single sigmoid to the second class alone.
        """
        if self.data.images is not None:
            values = self.data.images.in_regions(values)
        # The logit of a sigmoid is that of the second class, less that of the first.
        return np.concatenate([np.zeros_like(values), values], axis=1) if self.data.answers.is_binary else values

    def _of_maps(self) -> np.ndarray:
        """What rows with pictures are sorted by: their error, else the mean of what comes out."""
        errors = None if self.maps is None else self.maps.errors
        channels = len(self.data.answers.output_names)
        return self.predictions[:, -channels:].mean(axis=1) if errors is None else errors

    def _make_picker(self) -> SamplePicker:
        data = self.data
        if self.maps is not None or data.answers.is_spread:
            has_errors = self.maps is not None and self.maps.errors is not None
            word = "mean squared error" if has_errors else "mean output"
            return SamplePicker(ValuePredictions(self._of_maps(), word=word), names=self.data.row_names)
        pictures = None if data.images is None else data.images.thumbnails()
        if data.answers.is_regression:
            values = ValuePredictions(self.predictions, data.truth, data.answers.class_names)
            return SamplePicker(values, names=self.data.row_names, pictures=pictures)
        predictions: ClassPredictions | LabelPredictions
        if data.answers.has_labels:
            predictions = LabelPredictions(self.predictions, data.truth, data.answers.class_names)
        else:
            predictions = ClassPredictions(self.predictions, data.truth, class_names=data.answers.class_names)
        return SamplePicker(predictions, names=self.data.row_names, pictures=pictures)

    def _make_confusion(self) -> Confusion | None:
        data = self.data
        if data.truth is None or data.answers.is_regression or data.answers.has_labels:
            return None
        return Confusion(data.truth, data.answers.predicted(self.predictions), data.answers.class_names)

    def _make_labels(self) -> LabelConfusion | None:
        data = self.data
        if data.truth is None or not data.answers.has_labels:
            return None
        return LabelConfusion(data.truth, data.answers.predicted(self.predictions), data.answers.class_names)

    def _make_waterfall(self) -> Waterfall | None:
        if self._start_name is None or not self.data.explainer.credits_all or self.data.texts is not None:
            return None
        regression = self.data.answers.is_regression
        return Waterfall(
            self.data.credited_names,
            self.data.answers.output_names,
            start_name=self._start_name,
            end_name="prediction" if regression else self.data.explainer.output_words,
            title="What raises the prediction, from the average to this sample\u2019s" if regression else None,
        )

    def compared(self, sample: int, found: Explanation | None = None) -> ComparedSample:
        """A row as a column of the comparison.

        Args:
            sample: The row.
            found: Why its outputs are what they are, where that is at hand.
        """
        row = [array[sample : sample + 1] for array in self.data.x]
        local = self.data.explainer.local(row) if found is None or found.local is None else found.local
        name = f"sample {sample}" if self.data.row_names is None else self.data.row_names[sample]
        explained = self._explained(local, self.data.flat_of(row)[0], name, sample)
        return compared_row(self.data, explained, sample, self.threshold)

    def _make_comparison(self) -> SampleComparison | None:
        data, start = self.data, self._start_name
        if self.waterfall is None or start is None or len(data.rows) < 2:
            return None
        end = "prediction" if data.answers.is_regression else data.explainer.output_words
        names = ComparisonNames(data.credited_names, data.answers.output_names, start, end)
        return SampleComparison(len(data.rows), names, self.compared)

    def _fall(self) -> ipywidgets.Widget | None:
        """The waterfall, in whose place samples are compared."""
        return self.waterfall if self.comparison is None else ipywidgets.Box([self.waterfall, self.comparison])

    @staticmethod
    def _held_by(part: ipywidgets.Widget) -> list[ipywidgets.Widget]:
        return list(part.children) if type(part) is ipywidgets.Box else []

    def _make_predicted_values(self) -> PredictedValues | None:
        data = self.data
        if data.truth is None or not data.answers.is_regression:
            return None
        return PredictedValues(
            data.truth, self.predictions, data.answers.class_names, names=self.data.row_names, others=self._trained_on()
        )

    def _trained_on(self) -> OtherRows | None:
        if self.data.trained_on is None:
            return None
        rows, truth = self.data.trained_on
        return OtherRows("rows trained on", truth.reshape(len(truth), -1), self.data.predictions(rows))

    def _make_threshold_curves(self) -> ThresholdCurves | None:
        data = self.data
        if data.truth is None or not data.answers.has_two_classes:
            return None
        return ThresholdCurves(data.truth, self.predictions[:, 1], data.answers.class_names)

    def _make_cell_rows(self) -> CellRows | None:
        data = self.data
        if self.confusion is None or self.waterfall is None or data.truth is None:
            return None
        return CellRows(
            data.truth,
            self._predicted,
            self.predictions,
            CellNames(data.answers.class_names, data.credited_names, self.data.row_names),
            self._credits,
        )

    def _credits(self, sample: int, pair: Pair) -> np.ndarray:
        """(features, 2), contributions to a pair of classes."""
        row = [array[sample : sample + 1] for array in self.data.x]
        if self.data.answers.is_binary:
            return self.credits_by_class(self.data.explainer.credits(row, [0]))[:, list(pair)]
        return self.credits_by_class(self.data.explainer.credits(row, pair))

    def _make_evidence(self) -> ImageEvidence | None:
        data = self.data
        of = data.images if data.texts is None else data.texts
        if of is None or self._start_name is None:
            return None
        return ImageEvidence(of.plan(data.answers.output_names, self._start_name, data.explainer.output_words))

    @property
    def _start_name(self) -> str | None:
        """What a row is compared with; None where rows cannot be explained."""
        background = self.data.explainer.background
        explainer = self.data.explainer
        if explainer.refusal is not None or background is None:
            return None
        if self.data.texts is not None:
            # What a mask leaves out is so on the whole way.
            return f"average of {len(background[0])} rows, padded alike"
        if self.data.images is None and not explainer.feature_ids:
            return None  # pictures that pictures come out of: their own place says what is made of them
        return f"average of {len(background[0])} rows"


def _title_at(threshold: float) -> str:
    return "Confusion" if threshold == DEFAULT else f"Confusion at threshold {short(threshold)}"
