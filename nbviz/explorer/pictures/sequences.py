"""Sequences that a model is explored with: pictures of features and steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions
from nbviz.attribution.images.sequence_regions import KINDS, sequence_regions, step_words
from nbviz.explorer.pictures.explored_images import ExploredImages
from nbviz.widgets.image_evidence.image_evidence_wire import EvidencePlan
from nbviz.widgets.image_importance.image_importance_wire import MappedPictures
from nbviz.widgets.planes import PlaneNames


class ExploredSequences(ExploredImages):
    """The sequences among what is explored.

    Attributes:
        names: Of the features.
    """

    def __init__(self, form: ImageForm, x: np.ndarray, regions: Any, classes: int, names: Sequence[str]) -> None:
        """Look at the sequences.

        Args:
            form: Their sizes.
            x: Rows of data, (n, steps, features).
            regions: As for `sequence_regions`.
            classes: How many there are.
            names: Of the features; none for x0, x1, ...

        Raises:
            ValueError: Names or regions that do not fit.
        """
        if names and len(names) != form.rows:
            raise ValueError(
                f"Expected {form.rows} feature_names, one for each number of a step. Received {len(names)}."
            )
        self.names = [str(name) for name in names] or [f"x{number}" for number in range(form.rows)]
        super().__init__(form, x, regions, classes)
        over_rows = np.moveaxis(np.asarray(x, np.float64), 2, 0).reshape(form.rows, -1)
        self._lows, self._highs = over_rows.min(axis=1), over_rows.max(axis=1)

    @property
    def words(self) -> str:
        """What the rows of a table are."""
        return self.regions.words if self.regions.words in KINDS else "regions"

    @property
    def mapped(self) -> MappedPictures:
        """What maps are drawn of."""
        return MappedPictures(self.form, self.regions, self.mean, self.low, self.high, self._plane_names)

    def plan(self, classes: Sequence[str], start_name: str, end_name: str) -> EvidencePlan:
        """What holds for the evidence in all sequences."""
        return EvidencePlan(
            self.form, self.regions, self.low, self.high, tuple(classes), start_name, end_name, self._plane_names
        )

    def thumbnails(self) -> None:
        """None: a series is not told from another at this size."""
        return

    def square_name(self, number: int) -> str:
        """What a square of a map is called: `"step 12 of heart_rate"`."""
        feature, column = divmod(number, self.form.squares[1])
        first = column * self.form.block[1]
        last = min(self.form.columns, first + self.form.block[1]) - 1
        return f"{step_words(first, last)} of {self.names[feature]}"

    def paths_note(self, reason: str | None, *, follows: bool) -> str:
        """How the path of a step is lit, or why it cannot be."""
        if follows:
            return (
                "With a running kernel a click on a cell lights the path of that step, one in the list that of a row."
            )
        return f"No path is lit from a step: {reason}. Its colour has all that it brings." if reason else ""

    @property
    def _plane_names(self) -> PlaneNames:
        return PlaneNames(tuple(self.names), self._lows, self._highs)

    def _read_regions(self, regions: Any) -> Regions:
        return sequence_regions(self.form, self.names, regions)
