"""The tab *Sample*: rows to pick, why the model says of one what it says, and which it misreads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets
import numpy as np

from nbviz.attribution.edges.explanation import Explanation
from nbviz.explorer.comparisons.compared_rows import compared_row
from nbviz.explorer.comparisons.mean_of_rows import MeanOfRows, RowGroup, rows_of
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.output_maps import OutputMaps
from nbviz.explorer.sample.explained_rows import ExplainedRows
from nbviz.explorer.sample.part_maker import PartMaker, rows_trained_on, sizes_of_maps
from nbviz.style.numbers import grouped, short
from nbviz.widgets.output_pictures.output_pictures import OutputPictures
from nbviz.widgets.owner import drop_when_closed
from nbviz.widgets.sample_charts.comparison_wire import MOST_COMPARED
from nbviz.widgets.sample_charts.confusion import count_cells
from nbviz.widgets.sample_charts.confusion_wire import MOST_CELLS
from nbviz.widgets.sample_charts.sample_comparison import ComparedSample
from nbviz.widgets.sample_charts.threshold_curves import DEFAULT
from nbviz.widgets.sample_charts.waterfall_wire import SIDE_BY_SIDE

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
        explained: Tells what a row is read as, and why.
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
        self.explained = ExplainedRows(data, lambda: self.threshold)
        self.mean = MeanOfRows(self.explained.mean_of, self._show_mean, self._say_busy, tell)
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
        make = PartMaker(data, self.explained, self.predictions, self.maps)
        self.pictures = None
        if self.maps is not None:
            self.pictures = OutputPictures(data.output_regions, data.answers.output_names)
            self.pictures.selected_region = data.region_number
        self.sample_picker = make.picker()
        self.confusion = make.confusion()
        self.labels = make.labels()
        self.waterfall = make.waterfall()
        self.comparison = None if self.waterfall is None else make.comparison()
        if self.comparison is not None and self.sample_picker is not None:
            self.sample_picker.most_compared = MOST_COMPARED
        if self.confusion is not None:
            self.confusion.offers_mean = self.waterfall is not None
        self.evidence = make.evidence()
        self.predicted_values = make.predicted_values()
        self.threshold_curves = make.threshold_curves()
        has_cells = self.confusion is not None and self.waterfall is not None
        self.cell_rows = make.cell_rows(self._predicted) if has_cells else None
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
        # A live view of one of ours takes the classes that it is made with, and none that come later.
        for name, part in found.items():
            part.add_class(f"nbviz-explorer-{name}")
        self.set_trait("children", list(found.values()))
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
            self.predicted_values.set_predictions(shown, rows_trained_on(data))
        if self.labels is not None and data.truth is not None:
            self.labels.update(data.truth, self._predicted)
        if self.threshold_curves is not None and data.truth is not None:
            self.threshold_curves.update(data.truth, shown[:, 1])
        self._show_classes()
        if self.comparison is not None:
            self.comparison.update()

    def look_at_region(self) -> None:
        """Tell of the region of the output that is explored from now on; why comes with the next explanation."""
        self.predictions = self.data.predictions()
        if self.pictures is not None:
            self.pictures.selected_region = self.data.region_number
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
                picker.set_predictions(sizes_of_maps(data, self.predictions, self.maps))
            return
        if picker is not None:
            picker.set_predictions(self.predictions, self._predicted if exclusive else None)
        if self.confusion is not None and data.truth is not None:
            self.confusion.update(data.truth, self._predicted, _title_at(self.threshold))
        if self.cell_rows is not None:
            self.cell_rows.update(self._predicted, self.predictions)
        sample = None if self.waterfall is None else self.waterfall.sample
        if self.waterfall is not None and sample is not None and sample.predicted is not None:
            predicted = self.explained.read_as(np.asarray(sample.probability))
            if predicted != sample.predicted:
                self.waterfall.show(replace(sample, predicted=predicted))
        picture = None if self.evidence is None else self.evidence.explained
        if self.evidence is not None and picture is not None and picture.predicted is not None:
            predicted = self.explained.read_as(np.asarray(picture.probability))
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
        return answers.is_regression and not answers.is_spread and len(answers.class_names) > 1

    @property
    def threshold(self) -> float:
        """Of two classes the probability of the second above which a row is read as it."""
        return DEFAULT if self.threshold_curves is None else self.threshold_curves.threshold

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
            self.waterfall.show(self.explained.sample(found, asked.row, asked.name, asked.sample))

    def _fall(self) -> ipywidgets.Widget | None:
        """The waterfall, in whose place samples are compared."""
        return self.waterfall if self.comparison is None else ipywidgets.Box([self.waterfall, self.comparison])

    @staticmethod
    def _held_by(part: ipywidgets.Widget) -> list[ipywidgets.Widget]:
        return list(part.children) if type(part) is ipywidgets.Box else []


def _title_at(threshold: float) -> str:
    return "Confusion" if threshold == DEFAULT else f"Confusion at threshold {short(threshold)}"
