"""What an explorer explores: a model, rows of data with their answers, and what the model says of them."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.answers.answers import Answers
from nbviz.attribution.answers.labels import is_by_output
from nbviz.attribution.edges.explainer import Explainer
from nbviz.attribution.edges.row_explainer import explainable
from nbviz.attribution.images.regions import Regions
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.sites import Output
from nbviz.attribution.stated_probabilities import check_stated
from nbviz.explorer.given.answers_alone import of_which_output, told_output
from nbviz.explorer.given.flat_rows import side_by_side, taken_apart
from nbviz.explorer.given.given_data import GivenData, names_given
from nbviz.explorer.pictures.explored_images import offered
from nbviz.explorer.pictures.kinds_of_rows import kind_of_rows
from nbviz.explorer.pictures.regions_of_output import region_number, region_of, regions_of_output
from nbviz.explorer.training_rows import TrainingRows, shared_rows
from nbviz.keras_model import Model, ModelReader
from nbviz.keras_model.graph import arranged
from nbviz.keras_model.known_values import check_known
from nbviz.keras_model.outputs.output_names import output_names
from nbviz.network.arguments import errors_of, whole_number
from nbviz.network.named_columns import NamedColumns
from nbviz.network.names import coming_out
from nbviz.network.paths import by_path
from nbviz.network.samples import column_names, held_at_once, read_samples
from nbviz.training.loop.fit_check import has_loss_of_its_own

MOST_ROWS = 1000  # explained, offered and looked at


class ExploredData:
    """A model and the rows it is explored with.

    Attributes:
        model: The model; looking at it changes nothing.
        x: The rows looked at, one array for each input: those given, or 1,000 of them, drawn.
        rows: Their numbers in the x that was given.
        given_rows: How many rows were given.
        answers: What y says of all of these.
        truth: Of the rows looked at the class indices, or the numbers of a regression, (rows,), of several labels or
            numbers (rows, classes); None without y.
        trained_on: Rows of `training_data`, at most 1,000 of them, drawn: one array for each input, and their answers
            as in `truth`; None without.
        feature_names: Of the flat inputs, side by side; of a layer's shape they are counted.
        explainer: Explains single rows.
        head: The output that is explored.
        given_names: Names of columns by input, where there are any.
        given_background: Rows that others are compared with, where these are no rows of x.
        y_words: Of which output y is taken to be, where it does not say so; `""` for nothing.
        images: The pictures, or sequences, that the rows are; None where they are neither.
        texts: The texts that the rows are; None where they are none.
    """

    def __init__(self, model: Model, given: GivenData, seed: int) -> None:
        """Check everything, and draw rows where there are many.

        Args:
            model: A built `keras.Model`.
            given: The data.
            seed: Of the draws.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: x, y, names or background that do not fit; the message says what would.
        """
        whole_number("seed", seed, 0)
        self.model = model
        reader = self.reader = ModelReader(model, output_kind=given.output_kind)
        x, y, _ = held_at_once(given.x, given.y, reader.specs)
        if isinstance(y, Mapping):
            y = {key: part for key, part in y.items() if part is not None}  # of an output without answers
        named = names_given(given.feature_names, reader)
        self._columns = NamedColumns(reader.specs, named)
        x = self._columns.read(x)
        arrays = read_samples(x, reader.specs)
        _check_sizes(arrays, [spec.name for spec in reader.specs])
        check_known(model, reader.specs, arrays)
        self.given_rows = len(arrays[0])
        self._given = arrays
        self.rows = np.arange(self.given_rows)
        if self.given_rows > MOST_ROWS:
            self.rows = np.sort(np.random.default_rng(seed).choice(self.given_rows, MOST_ROWS, replace=False))
            arrays = [array[self.rows] for array in arrays]
        self.x = arrays
        self.seed = seed
        background = self._columns.in_order(given.background, "columns of background")
        with errors_of("The background"):
            self.given_background = None if background is None else read_samples(background, reader.specs)
            if self.given_background is not None:
                check_known(model, reader.specs, self.given_background)
        output = told_output(given, y, output_names(model))
        self.explainer = Explainer(reader, self.given_background or arrays, seed, output)
        self.given_names: dict[str, Sequence[str]] = dict(column_names(x, reader.specs)) | named
        self.images, self.texts = kind_of_rows(
            reader,
            self.explained,
            arrays,
            given,
            head=self.explainer.output,
            names=named.get(reader.specs[0].name, ()),
        )
        check_stated(self.explained(), arrays)
        self.y_words = of_which_output(given, y, self.given_rows, self.explained().heads, self.explainer.output.name)
        # What is no dict is of the output that was looked at first.
        self._first, self._y, self._class_names = self.explainer.output.name, y, given.class_names
        self._look_at(self.explainer, self._answers_of(self.explainer.output.name))
        if given.output_region is not None:
            name = self.explainer.output.name
            self.look_at_region(region_number(self.output_regions, given.output_region, name))
        self.trained_on: tuple[list[np.ndarray], np.ndarray] | None = None
        self._training: tuple[list[np.ndarray], Any, np.ndarray, int] | None = None

    @property
    def head_names(self) -> list[str]:
        """Names of all outputs, in the model's order."""
        return [head.name for head in self.explained().heads]

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs that can be explored, in the order of the picture."""
        found = [self.head_names[place] for place in explainable(self.reader).values()]
        return [name for name in found if name not in self.not_explored]

    @property
    def not_explored(self) -> dict[str, str]:
        """Names of the outputs that cannot be explored, and why not."""
        drawn, reasons = set(explainable(self.reader).values()), {}
        for place, head in enumerate(self.explained().heads):
            if place not in drawn:
                reasons[head.name] = "no layer of the diagram makes it"
            elif head.positions and self.texts is not None:
                reasons[head.name] = "it answers at every token"
        return reasons

    def look_at_output(self, name: str) -> None:
        """Explore another output, one of `outputs`, from now on."""
        explainer = Explainer(self.reader, self.given_background or self.x, self.seed, name)
        self._look_at(explainer, self._answers_of(name))
        self._read_training()

    def look_at_region(self, number: int | None) -> None:
        """Explore the mean over a region of the output from now on, one of `output_regions`; None for all of it."""
        region, name = region_of(self.output_regions, number), self.explainer.output.name
        explainer = Explainer(self.reader, self.given_background or self.x, self.seed, name, region)
        self._look_at(explainer, self.answers)

    @property
    def region_number(self) -> int | None:
        """Of the region of the output that is explored; None for all of it."""
        return None if self.explainer.region is None else self.explainer.region.number

    @property
    def output_regions(self) -> Regions | None:
        """Regions of the pictures that come out of the output that is explored; None where none do."""
        head = self.explainer.output
        place = self.head_names.index(head.name)
        return regions_of_output(self.model, place, self.images, self.x) if head.positions else None

    @functools.cached_property
    def row_names(self) -> list[str] | None:
        """What rows are called where only some of those given are looked at: by their number among all of them."""
        return [f"row {row}" for row in self.rows] if self.given_rows > MOST_ROWS else None

    def name_of(self, sample: int) -> str:
        """What a row that is looked at is called."""
        return f"sample {sample}" if self.row_names is None else self.row_names[sample]

    def _look_at(self, explainer: Explainer, answers: Answers) -> None:
        self.explainer, self.answers, self.head = explainer, answers, explainer.output
        self.truth = None if answers.values is None else answers.values[self.rows]

    def _answers_of(self, name: str) -> Answers:
        heads = self.explained().heads
        place = self.head_names.index(name)
        y, named = self._y, self._class_names
        lacks = False
        if isinstance(y, Mapping):
            held = by_path(y, self.head_names)
            lacks = name not in held and held.keys() <= set(self.head_names)  # a key that is no output is refused
        if name != self._first:
            named = named if isinstance(named, Mapping) else None
            lacks |= not is_by_output(y, heads)
        y = None if lacks else y
        return Answers(y, self.given_rows, heads, place, named)

    def read_again(self) -> None:
        """Read the model again where its layers have been changed.

        Raises:
            ValueError: It takes or answers something else than before.
        """
        if not self.reader.stale:
            return
        reader = ModelReader(self.model, output_kind=self.reader.output_kind)
        region = self.explainer.region
        explainer = Explainer(reader, self.given_background or self.x, self.seed, self.head.name, region)
        before, now = self.head, explainer.output
        if reader.specs != self.reader.specs or (before.name, before.classes) != (now.name, now.classes):
            raise ValueError(
                "Expected the model to take and to answer what it did. Received one that was changed in this; "
                "explore it anew."
            )
        self.reader, self.explainer, self.head = reader, explainer, now

    def x_of(self, rows: np.ndarray) -> list[np.ndarray]:
        """Some of the rows looked at, one array for each input."""
        return self.x if len(rows) == len(self.rows) else [array[rows] for array in self.x]

    @property
    def background(self) -> list[np.ndarray]:
        """Rows that others are compared with."""
        return self.given_background or self.x

    @property
    def flat(self) -> np.ndarray | None:
        """The rows as one table (rows, features); None for pictures, sequences and tokens."""
        if not self.explainer.feature_ids or self.images is not None or self.texts is not None:
            return None
        return self.flat_of(self.x)

    def flat_of(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """(rows, features): one array for each input as a table like `flat`, where there is one."""
        return side_by_side([rows[number] for number in self._flat_inputs])

    @property
    def offer(self) -> str | None:
        """What flat rows may be, in words; None where there is nothing to offer."""
        known = self.images is not None or self.texts is not None or self.given_names
        return None if known else offered(self.reader.specs)

    @property
    def credited_names(self) -> list[str]:
        """Names of what gets the credit in the explanation of a row: of pictures their regions."""
        return self.feature_names if self.images is None else list(self.images.regions.names)

    @property
    def feature_names(self) -> list[str]:
        """Names of the columns of `flat`."""
        names: list[str] = []
        for site in self.explained().roots:
            count = math.prod(size or 1 for size in site.shape)
            given = self.given_names.get(site.name)
            names += [str(name) for name in given] if given is not None else [f"x{index}" for index in range(count)]
        return names

    @property
    def given_form(self) -> Any:
        """The rows as a model of one or several inputs takes them."""
        return self.as_given(self.x)

    def training_rows(self, data: tuple[Any, Any] | None) -> TrainingRows | None:
        """Rows to train on; None without y.

        Args:
            data: Rows and answers; None for all rows that were given, without validation.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Rows or answers do not fit, or came without y.
        """
        answers = self.answers
        if answers.values is None:
            if data is not None:
                raise ValueError(
                    "Expected y beside training_data: x and y are measured after each epoch. Received None."
                )
            return None
        as_given = has_loss_of_its_own(self.model)
        own = self.as_given(self._given), answers.forms(answers.given, answers.values, as_given=as_given)
        explored = len(self.rows)
        if data is None:
            return TrainingRows(*own, None, self.given_rows, explored, explored, are_given=True)
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise ValueError(f"Expected training_data as a pair (x, y). Received {type(data).__name__}.")
        given_x = self._columns.in_order(data[0], "columns of training_data")
        with errors_of("The training_data"):
            arrays = read_samples(given_x, self.reader.specs)
            self._check_tokens(arrays)
            values = answers.read_like_y(data[1], len(arrays[0]))
        count = min(MOST_ROWS, len(values))
        some = np.sort(np.random.default_rng([self.seed, 2]).choice(len(values), count, replace=False))
        self._training = [array[some] for array in arrays], data[1], some, len(values)
        self._read_training()
        x, forms = self.as_given(arrays), answers.forms(data[1], values, as_given=as_given)
        shared = shared_rows(self.x, arrays)
        return TrainingRows(x, forms, own, len(arrays[0]), explored, shared, are_given=False)

    def _check_tokens(self, arrays: Sequence[np.ndarray]) -> None:
        """Raise ValueError where the model does not know a token or a word."""
        check_known(self.model, self.reader.specs, arrays)
        if self.texts is not None:  # what embeds them may be a layer of the user's own
            for start in range(0, len(arrays[0]), MOST_ROWS):
                self.texts.check(arrays[0][start : start + MOST_ROWS])

    def _read_training(self) -> None:
        """Have `trained_on` hold the answers of `training_data` for the output that is looked at."""
        self.trained_on = None
        if self._training is None or self.answers.values is None:
            return
        arrays, y, some, count = self._training
        with contextlib.suppress(ValueError):  # of this output `training_data` has no answers
            self.trained_on = arrays, self.answers.read_like_y(y, count)[some]

    @property
    def names_by_layer(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Names of features and of classes, by the layers of the picture."""
        layer_of = zip(self.reader.specs, self.reader.architecture.inputs, strict=True)
        features = {
            layer.name: [str(name) for name in self.given_names[spec.name]]
            for spec, layer in layer_of
            if spec.name in self.given_names and layer.has_units
        }
        first = self.reader.architecture.inputs[0]
        if self.images is not None and not features and first.has_units:
            features = {first.name: self.images.form.pixel_names()}
        if self.texts is not None and not features and first.has_units and first.units == self.texts.length:
            features = {first.name: [f"token {place}" for place in range(first.units)]}
        drawn = {layer.name for layer in self.reader.architecture.outputs}
        maps = {layer.name for layer in coming_out(self.reader.architecture)}
        classes = {}
        for layer, place in explainable(self.reader).items():
            name = self.head_names[place]
            answers = self.answers if name == self.head.name else self._answers_of(name)
            if (layer in drawn and (answers is self.answers or answers.are_named)) or (
                layer in maps and answers.are_named  # others are numbered
            ):
                classes[layer] = answers.output_names
        return features, classes

    def inputs_of(self, row: np.ndarray) -> Any:
        """One row of the flat table as the model takes it."""
        return self.as_given(self._inputs(np.asarray(row)[None]))

    def predictions(self, rows: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """(rows, classes): probabilities, two for a single sigmoid; of a regression the outputs themselves.

        Args:
            rows: One array for each input; None for the rows looked at.
        """
        explained = self.explained("probability")
        first = self.explainer.first_column
        answers = explained.answers(self.x if rows is None else rows)[:, first : first + self.head.classes]
        return np.concatenate([1 - answers, answers], axis=1) if self.answers.is_binary else answers

    def predict_flat(self, table: np.ndarray) -> np.ndarray:
        """Predictions for rows of the flat table; inputs that are not in it stay as in the first row."""
        return self.predictions(self._inputs(table))

    def explained(self, output: Output = "logit") -> ExplainedOutputs:
        """The outputs, as methods of importance take them."""
        region = None if self.explainer.region is None else self.explainer.region.positions
        return explained_outputs(self.model, output, output_kind=self.reader.output_kind, output_region=region)

    def _inputs(self, table: np.ndarray) -> list[np.ndarray]:
        return taken_apart(table, self.x, self._flat_inputs)

    @property
    def _flat_inputs(self) -> list[int]:
        return [site.numbers_of for site in self.explained().roots if site.numbers_of is not None]

    def as_given(self, arrays: Sequence[np.ndarray]) -> Any:
        """Rows, one array for each input, as a model of one or several inputs takes them."""
        if len(arrays) == 1:
            return arrays[0]
        given = arranged(self.model, arrays)
        return given if isinstance(given, dict) else list(arrays)


def _check_sizes(arrays: Sequence[np.ndarray], names: Sequence[str]) -> None:
    for array, name in zip(arrays, names, strict=True):
        if 0 in array.shape[1:]:
            raise ValueError(
                f"Expected rows of {name!r} with a step at least. Received x of shape {array.shape}, which has none."
            )
