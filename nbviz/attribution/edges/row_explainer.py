"""Explains single rows: what each feature adds to the outputs, compared with other rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from nbviz.attribution.edges.explanation import LocalExplanation, OutputRegion, OutputWords
from nbviz.attribution.edges.feature_paths import WantedPaths, explain_row, loops_in, why_not_explained
from nbviz.attribution.edges.row_credits import credits_for, explain_mean
from nbviz.attribution.edges.straight_paths import straight_paths
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.rows import BACKGROUND_ROWS, draw_rows
from nbviz.keras_model import ModelReader
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.network.architecture import OutputKind
from nbviz.network.samples import numbers_of_a_row
from nbviz.network.unit_ids import unit_ids
from nbviz.style.numbers import grouped

MOST_CLASSES = 12  # up to so many the explanation has all of them
_LARGE_PICTURE, _LARGEST_PICTURE = 2**12, 2**19  # numbers
_LIKELIEST = 4  # classes that a large picture is explained for
_ROWS_BESIDE_A_PICTURE = 50  # of the background: each costs a picture at every point of its path
_LONGEST_LOOP = 1000  # steps
_WORDS: dict[OutputKind, OutputWords] = {"softmax": "centred logit", "sigmoid": "logit", "linear": "output"}


def explainable(reader: ModelReader) -> dict[str, int]:
    """Layers of the picture that make an output -> its number among the outputs.

    First those of one number for each class, then those of one for each class at every position: pictures, sequences.
    """
    heads = explained_outputs(reader.model, output_kind=reader.output_kind).heads
    architecture = reader.architecture
    drawn = [layer for layer in architecture.layers if layer.kind != "input" and layer.has_units]
    places = {layer.name: reader.head_of(layer.name) for layer in (*architecture.outputs, *drawn)}
    found = [(name, place) for name, place in places.items() if place is not None]
    return dict(sorted(found, key=lambda each: heads[each[1]].positions))


class RowExplainer:
    """Explains one output of a model, row by row.

    Attributes:
        feature_ids: Ids of the input units that get credit, in the order of the explanation's features; none of
            pictures and sequences, whose numbers are no units.
        first_column: Number of the output's first class among all columns of the explained outputs.
        output: The output that is explained.
        layer: Name of the layer of the picture that makes it.
        region: Of the output, over which the mean is explained; None for all of it.
        background: Rows that a sample is compared with, one array for each input; None where single rows cannot be
            explained.
        refusal: Why single rows cannot be explained, None where they can.
    """

    def __init__(
        self,
        reader: ModelReader,
        background: Sequence[np.ndarray] | None,
        seed: int = 0,
        output: str | None = None,
        region: OutputRegion | None = None,
    ) -> None:
        """Find what is explained.

        Args:
            reader: The model.
            background: Rows that a sample is compared with, one array for each input; up to 100 of them are drawn.
            seed: Of the draw.
            output: Name of the output that is explained; None for the first.
            region: Of an output with positions, over which the mean is taken; None for all of it.

        Raises:
            ValueError: A model that no gradient leads through, or no such output.
            RuntimeError: Keras runs on another backend than TensorFlow.
        """
        self._reader, self.region = reader, region
        self.feature_ids: tuple[int, ...] = ()
        self.refusal: str | None = None
        self.background: list[np.ndarray] | None = None
        explained = self._explained()
        places = explainable(reader)
        if not places:
            raise ValueError(
                "Expected an output with one number for each class. Received a model without one; "
                "nbviz.NetworkDiagram draws it."
            )
        names = [explained.heads[place].name for place in places.values()]
        wanted = names[0] if output is None else output
        if wanted not in names:
            unseen = wanted in [head.name for head in explained.heads]
            why = ", which no layer of the diagram makes; nbviz.attributions takes it" if unseen else ""
            raise ValueError(f"Expected output among {names}. Received {output!r}{why}.")
        self.layer, head = list(places.items())[names.index(wanted)]
        self.first_column = sum(each.classes for each in explained.heads[:head])
        self._columns = np.arange(self.first_column, self.first_column + explained.heads[head].classes)
        self.output = explained.heads[head]
        self.refusal = why_not_explained(explained)
        if self.refusal is not None:
            return
        of_pictures = any(len(site.shape) > 1 for site in explained.roots)
        self._axes = max(len(site.shape) for site in explained.roots)
        every_id = unit_ids(reader.architecture)
        ids: list[int] = []
        for site in explained.roots:
            layer = reader.architecture.inputs[site.numbers_of or 0]
            # Of a picture, a sequence, or a text that is one string, the input is one unit.
            if len(site.shape) == 1 or (site.summed and layer.has_units and layer.units == site.shape[0]):
                ids += every_id[layer.name]
        self.feature_ids = tuple(ids)
        numbers = 0 if background is None else self._numbers(explained, background)
        if background is None:
            self.refusal = "without x there is nothing to compare a sample with"
        elif len(background[0]) < 2:
            self.refusal = "one row is nothing to compare a sample with: pass background= with two rows or more"
        elif of_pictures and numbers > _LARGEST_PICTURE:
            what = "a picture" if self._axes == 3 else "a sequence"
            self.refusal = (
                f"{what} of {grouped(numbers)} numbers is too large to explain at once, {grouped(_LARGEST_PICTURE)} "
                "are the most; nbviz.attributions takes it"
            )
        elif self._axes == 2 and background[0].shape[1] > _LONGEST_LOOP and (loop := loops_in(explained)):
            layer_of = loop.split(" goes ")[0]
            self.refusal = (
                f"through the loop of {layer_of} a sequence of {grouped(background[0].shape[1])} steps takes too long, "
                f"{grouped(_LONGEST_LOOP)} are the most"
            )
        else:
            most = _ROWS_BESIDE_A_PICTURE if of_pictures and numbers > _LARGE_PICTURE else BACKGROUND_ROWS
            rows = draw_rows(background, most, np.random.default_rng([seed, 1]))
            self.background = [array.copy() for array in rows]  # the user may change theirs

    @property
    def output_words(self) -> OutputWords:
        """What is explained."""
        return _WORDS[self.output.kind]

    @property
    def classes(self) -> int:
        """Number of classes of the output."""
        return len(self._columns)

    def credits(self, inputs: Sequence[np.ndarray], classes: Sequence[int]) -> np.ndarray:
        """(features, classes asked for): what `explain` finds for a sample as `local.values`, of some classes only.

        Args:
            inputs: The sample, one array for each input.
            classes: Indices of classes of the first output, a few.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        background = self._compared_with()
        columns = [int(self._columns[index]) for index in classes]
        explained = self._explained()
        return credits_for(explained, straight_paths(explained, inputs, background), columns)

    def local(
        self, inputs: Sequence[np.ndarray], advance: Callable[[float], None] = lambda share: None
    ) -> LocalExplanation:
        """What `explain` finds for a sample as `local`, without paths.

        Args:
            inputs: The sample, one array for each input.
            advance: Told how much is done, 0 to 1; may raise, to stop.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        background = self._compared_with()
        credited = self._credited(inputs)
        if credited is None:
            credited = self._columns
        explained = self._explained()
        between = straight_paths(explained, inputs, background)
        return self._of_output(explain_row(explained, between, WantedPaths(credited=credited), advance=advance))

    def mean_local(
        self, inputs: Sequence[np.ndarray], advance: Callable[[float], None] = lambda share: None
    ) -> LocalExplanation:
        """The mean of what `local` finds for each of some rows, of all classes.

        Args:
            inputs: The rows, one array for each input.
            advance: Told how much is done, 0 to 1; may raise, to stop.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        background = self._compared_with()
        return explain_mean(self._explained(), inputs, background, self._columns, advance)

    def _compared_with(self) -> list[np.ndarray]:
        """The background of what is about to be explained.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        if self.refusal is not None or self.background is None:
            raise ValueError(f"Expected a model whose rows can be explained. Received one where {self.refusal}.")
        check_gradients()
        return self.background

    def _of_output(self, local: LocalExplanation) -> LocalExplanation:
        """The same, of the classes of the output that is explained alone."""
        columns = self._columns
        return dataclasses.replace(
            local, values=local.values[:, columns], start=local.start[columns], end=local.end[columns]
        )

    def _credited(self, inputs: Sequence[np.ndarray]) -> np.ndarray | None:
        """Numbers of the classes whose credits are worked out, None for all: of pictures each costs as much."""
        if self.credits_all:
            return None
        answers = self._explained().answers(inputs)[0, self._columns]
        return np.sort(self._columns[np.argsort(-answers, kind="stable")[: self._most_credited]])

    @property
    def credits_all(self) -> bool:
        """Whether the explanation of a row has the credits of all classes, and not of the likeliest alone."""
        return bool(self.feature_ids) or self.classes <= self._most_credited

    @property
    def _most_credited(self) -> int:
        numbers = self._numbers(self._explained(), self.background or [])
        return MOST_CLASSES if numbers <= _LARGE_PICTURE else _LIKELIEST

    @staticmethod
    def _numbers(explained: ExplainedOutputs, rows: Sequence[np.ndarray]) -> int:
        """Numbers of a row where the paths run: of a token all coordinates of its embedding."""
        if explained.roots[0].summed:
            return numbers_of_a_row(rows) * (explained.roots[0].shape[-1] or 1)
        return numbers_of_a_row(rows)

    def _explained(self) -> ExplainedOutputs:
        region = None if self.region is None else self.region.positions
        return explained_outputs(self._reader.model, output_kind=self._reader.output_kind, output_region=region)
