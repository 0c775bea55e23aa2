"""Tables of importance of what an explorer explores: of its features, its regions or tokens, its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nbviz.attribution.checks.no_floor import NoFloorError
from nbviz.attribution.checks.noise_floor import NoiseFloorRun, prepare_noise_floor
from nbviz.attribution.explain import importance
from nbviz.attribution.layer_importance import layer_importance
from nbviz.attribution.methods.method_table import METHODS, find_method
from nbviz.attribution.notes import untold
from nbviz.attribution.table.importance import Importance
from nbviz.explorer.pictures.explored_images import SomeClasses
from nbviz.explorer.training_rows import TrainingRows

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData

MOST_ANSWERS = 50_000  # rows times classes that a table is worked out from: each takes gradients of its own
FEWEST_ROWS = 50  # all the same, for standard errors that mean something
MOST_NUMBERS_FIRST = 200_000  # that layers work out for the rows of the first table: about half a second
FIRST_ROWS = 16, 50  # of it, where all would be too many: at least and at most


class DataTables:
    """Works out tables for the output that is explored; keeps none of them."""

    def __init__(self, data: ExploredData) -> None:
        """Of what is explored."""
        self._data = data
        self._mapped_classes: dict[str, SomeClasses] = {}  # by output

    @property
    def tabled(self) -> np.ndarray:
        """Which of the rows looked at tables are worked out from: of many classes not all."""
        count = max(FEWEST_ROWS, MOST_ANSWERS // self._data.head.classes)
        if self._data.images is not None:
            count = min(count, self._data.images.rows_of_tables(self._data.head.classes))
        if count >= len(self._data.rows):
            return np.arange(len(self._data.rows))
        return np.sort(np.random.default_rng([self._data.seed, 1]).choice(len(self._data.rows), count, replace=False))

    def first_rows(self, method: str) -> np.ndarray | None:
        """Some rows for a first table, drawn, where that of all takes long; None for all."""
        tabled, numbers = self.tabled, self._data.explained().numbers_per_row
        fewest, most = FIRST_ROWS
        if method not in self.methods or len(tabled) <= most or len(tabled) * numbers <= MOST_NUMBERS_FIRST:
            return None
        count = max(fewest, min(most, MOST_NUMBERS_FIRST // numbers))
        return np.sort(np.random.default_rng([self._data.seed, 2]).choice(tabled, count, replace=False))

    def importance(self, method: str, layer: str | None = None, rows: np.ndarray | None = None) -> Importance:
        """Importance of the features, of pictures of their regions, or of a layer's units, for the output explored.

        Args:
            method: How it is measured.
            layer: Whose units; None for the features.
            rows: Some of the rows, compared with the same background as all are; None for all.
        """
        tabled = self.tabled if rows is None else rows
        first = self._data.explainer.first_column
        options: dict[str, Any] = {"classes": list(range(first, first + self._data.head.classes))}
        needs_answers = find_method(method).kind == "global"
        given = self._data.given_background or (self._data.x if len(tabled) < len(self._data.rows) else None)
        if self._data.texts is not None and layer is None:
            with untold():
                return self._data.texts.importance(
                    self._data.model,
                    self._data.x_of(tabled)[0],
                    self._data.answers.output_names,
                    columns=options["classes"],
                    method=method,
                    background=None if given is None else self._data.as_given(given),
                    seed=self._data.seed,
                    output_kind=self._data.reader.output_kind,
                )
        of_regions = self._data.images is not None and layer is None
        if of_regions and self.few_classes is not None:
            head = self._data.head.name
            some = self._mapped_classes.get(head) or self._classes_that_matter(self.few_classes)
            self._mapped_classes[head] = some
            options |= {"classes": [first + index for index in some.ids], "some": some}
        if not of_regions:
            options |= {"layer": layer, "feature_names": self._names_of_columns if layer is None else None}
        with untold():  # overlapping features are told in the matrix
            table: Importance = (
                self._data.images.importance if self._data.images is not None and of_regions else importance
            )(
                self._data.model,
                self._data.as_given(self._data.x_of(tabled)),
                self._data.truth[tabled] if needs_answers and self._data.truth is not None else None,
                method=method,
                background=None if given is None else self._data.as_given(given),
                class_names={self._data.head.name: self._data.answers.output_names},
                seed=self._data.seed,
                output_kind=self._data.reader.output_kind,
                output_region=self._positions,
                **options,
            )
        return self._named(table)

    @property
    def _positions(self) -> np.ndarray | None:
        """Those of the output over which its mean is explored; None for all."""
        region = self._data.explainer.region
        return None if region is None else region.positions

    def _named(self, table: Importance) -> Importance:
        """The same with the name of the region of the output."""
        region = self._data.explainer.region
        if region is None:
            return table
        return replace(table, attrs=table.attrs | {"positions": f"mean over its {region.name}"})

    @property
    def _names_of_columns(self) -> dict[str, Sequence[str]]:
        """Names of features of the inputs that have columns: those of a sequence have steps besides."""
        spread = {site.name for site in self._data.explained().roots if len(site.shape) > 1}
        return {name: names for name, names in self._data.given_names.items() if name not in spread}

    @property
    def few_classes(self) -> int | None:
        """How many of the classes have maps, where pictures are so large that not all have; else None."""
        most = None if self._data.images is None else self._data.images.most_classes()
        return most if most is not None and most < self._data.head.classes else None

    def choose_classes_anew(self) -> None:
        """Have the next table choose the classes that have maps by what the model says now; until then they stay."""
        self._mapped_classes.clear()

    def _classes_that_matter(self, count: int) -> SomeClasses:
        """Those that rows of the tables are read as, or are, most often; then the likeliest."""
        said = self._data.predictions(self._data.x_of(self.tabled))
        classes = said.shape[1]
        if self._data.answers.is_regression:
            return SomeClasses(list(range(count)), classes)
        seen = [
            self._data.answers.predicted(said),
            *([] if self._data.truth is None else [self._data.truth[self.tabled]]),
        ]
        votes = sum(each.sum(axis=0) if each.ndim == 2 else np.bincount(each, minlength=classes) for each in seen)
        order = np.lexsort((-said.mean(axis=0), -np.asarray(votes)))
        return SomeClasses(np.sort(order[:count]).tolist(), classes)

    def noise_floor(self, method: str, rows: TrainingRows | None) -> NoiseFloorRun:
        """A noise floor for the table of the features, to be worked out in another thread.

        Args:
            method: How importance is measured.
            rows: What the model is trained on; None without y.

        Raises:
            NoFloorError: There is none for this model, or these rows.
        """
        if rows is None:
            raise NoFloorError(
                "Expected y for a noise floor, which copies of the model are trained to answer. Received None.",
                "it needs y, since a copy of the model is trained for it",
            )
        if self._data.images is not None or self._data.texts is not None:
            what = "tokens of a text"
            if self._data.images is not None:
                what = f"regions of a {self._data.images.form.plural.removesuffix('s')}"
            raise NoFloorError(
                f"Expected rows of single columns for a noise floor. Received rows whose table has {what}.",
                f"it is that of single columns, not of {what}",
            )
        kinds = self._data.reader.output_kind
        kind = kinds.get(self._data.head.name) if isinstance(kinds, Mapping) else kinds
        return prepare_noise_floor(
            self._data.model, rows.x, rows.forms[0], method=method, seed=self._data.seed, output_kind=kind
        )

    def channel_importance(self, rows: np.ndarray | None = None) -> dict[str, Importance]:
        """Importance of the channels of each layer that is drawn by them, gradient x activation, in one pass for all.

        Of a convolution it is that of what leaves the layers passed through behind it, as the picture shows it.

        Args:
            rows: As for `importance`.
        """
        drawn = [layer for layer in self._data.reader.architecture.layers if layer.kind in ("conv", "maps")]
        # `layer_importance` takes the last axis for the units.
        layers = [layer for layer in drawn if not layer.channels_first]
        if not layers:
            return {}
        first = self._data.explainer.first_column
        with untold():
            tables = layer_importance(
                self._data.model,
                self._data.as_given(self._data.x_of(self.tabled if rows is None else rows)),
                classes=list(range(first, first + self._data.head.classes)),
                class_names={self._data.head.name: self._data.answers.output_names},
                seed=self._data.seed,
                output_kind=self._data.reader.output_kind,
                output_region=self._positions,
            )
        found = {}
        for layer in layers:
            known = [tables[name] for name in (layer.name, *layer.members) if name in tables]
            # What is passed through behind them may be a Flatten.
            fitting = [table for table in known if len(table.features) == layer.units]
            if fitting:
                found[layer.name] = self._named(fitting[-1])
        return found

    @property
    def methods(self) -> list[str]:
        """Methods that these data and this model allow, as far as that is known beforehand."""
        without_answers = (
            self._data.truth is None or len(self._data.explained().heads) > 1 or self._data.texts is not None
        )
        left_out = ("weights", "global") if without_answers else ("weights",)
        return [name for name, method in METHODS.items() if method.kind not in left_out]
