"""What single rows are read as, and why, as the parts of the tab *Sample* take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nbviz.attribution.edges.explanation import Explanation, LocalExplanation
from nbviz.explorer.comparisons.compared_rows import compared_row
from nbviz.explorer.comparisons.mean_of_rows import RowGroup
from nbviz.explorer.explored_data import ExploredData
from nbviz.widgets.image_evidence.image_evidence_wire import ExplainedPicture
from nbviz.widgets.sample_charts.cell_rows_wire import Pair
from nbviz.widgets.sample_charts.sample_comparison import ComparedSample
from nbviz.widgets.sample_charts.waterfall import ExplainedSample


class ExplainedRows:
    """Explains rows of an output as the model is now; keeps nothing."""

    def __init__(self, data: ExploredData, threshold: Callable[[], float]) -> None:
        """Of what is explored.

        Args:
            data: What is explored.
            threshold: Asked for the probability of the second of two classes above which a row is read as it.
        """
        self._data, self._threshold = data, threshold

    def read_as(self, answer: np.ndarray) -> int:
        """The class that an answer of shape (classes,) is read as."""
        return int(self._data.answers.predicted(answer[None], self._threshold())[0])

    def sample(self, found: Explanation, row: np.ndarray, name: str, sample: int | None = None) -> ExplainedSample:
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
        images, p = self._data.images, self._probability(row)
        local = local if images is None else images.by_region(local)
        own = None if images is not None else row
        return ExplainedSample(local, name, own, p, *self._read_and_true(p, sample), over=self._over)

    def _picture(self, found: Explanation, row: np.ndarray, name: str, sample: int | None) -> ExplainedPicture:
        """What the evidence shows of a row: (features,), and its number where it is one of those looked at."""
        assert found.local is not None
        assert self._data.images is not None
        p = self._probability(row)
        images = self._data.images
        picture, note = images.picture(row), images.paths_note(found.reason, follows=self._data.explainer.follows_parts)
        return ExplainedPicture(
            found.local, picture, name, p, *self._read_and_true(p, sample), note=note, over=self._over
        )

    @property
    def _over(self) -> str:
        """Name of the region of the output that is explained; empty for all of it."""
        region = self._data.explainer.region
        return "" if region is None else region.name

    def _text(
        self, found: Explanation, inputs: Sequence[np.ndarray], name: str, sample: int | None
    ) -> ExplainedPicture:
        """What the evidence shows of a text: one array (1, ...), and its number where it is one of those looked at."""
        texts, answers = self._data.texts, self._data.answers
        assert found.local is not None
        assert texts is not None
        p = None if answers.is_regression else self._data.predictions(inputs)[0]
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
        if self._data.texts is not None:
            return self._text(found, inputs, name, sample)
        return self._picture(found, np.asarray(self._data.flat_of(inputs)[0]), name, sample)

    def _read_and_true(self, probability: np.ndarray | None, sample: int | None) -> tuple[int | None, int | None]:
        """The class that a row is read as, and its own; None where classes do not exclude each other, or are none."""
        answers, truth = self._data.answers, self._data.truth
        if probability is None or answers.is_regression or answers.is_binary or answers.has_labels:
            return None, None
        return self.read_as(probability), None if sample is None or truth is None else int(truth[sample])

    def _probability(self, row: np.ndarray) -> np.ndarray | None:
        """(classes,) of a row (features,); None where outputs are no classes, or others at every position."""
        answers = self._data.answers
        if answers.is_regression or answers.is_spread:
            return None
        answer = self._data.predict_flat(row[None])[0]
        return np.asarray(answer[1:] if answers.is_binary else answer)

    def credits_by_class(self, values: np.ndarray) -> np.ndarray:
        """(features, class names): contributions of features, of pictures of their regions, to each class.

        Args:
            values: To each output, (features, outputs): of a single sigmoid to the second class alone.
        """
        if self._data.images is not None:
            values = self._data.images.in_regions(values)
        # The logit of a sigmoid is that of the second class, less that of the first.
        return np.concatenate([np.zeros_like(values), values], axis=1) if self._data.answers.is_binary else values

    def compared(self, sample: int, found: Explanation | None = None) -> ComparedSample:
        """A row as a column of the comparison.

        Args:
            sample: The row.
            found: Why its outputs are what they are, where that is at hand.
        """
        row = [array[sample : sample + 1] for array in self._data.x]
        local = self._data.explainer.local(row) if found is None or found.local is None else found.local
        name = f"sample {sample}" if self._data.row_names is None else self._data.row_names[sample]
        explained = self._explained(local, self._data.flat_of(row)[0], name, sample)
        return compared_row(self._data, explained, sample, self._threshold())

    def mean_of(self, group: RowGroup, advance: Callable[[float], None]) -> ExplainedSample:
        """What the waterfall shows of the mean over some rows.

        Args:
            group: The rows.
            advance: Told how much is done, 0 to 1; may raise to stop it.
        """
        data = self._data
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

    def credits(self, sample: int, pair: Pair) -> np.ndarray:
        """(features, 2), contributions of a row to a pair of classes."""
        row = [array[sample : sample + 1] for array in self._data.x]
        if self._data.answers.is_binary:
            return self.credits_by_class(self._data.explainer.credits(row, [0]))[:, list(pair)]
        return self.credits_by_class(self._data.explainer.credits(row, pair))
