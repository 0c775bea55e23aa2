"""What an explorer explores: a model, rows of data with their answers, and what the model says of them."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.edges.explainer import Explainer
from nbviz.attribution.explain import importance
from nbviz.attribution.labels import class_indices, targets
from nbviz.attribution.layer_importance import layer_importance
from nbviz.attribution.methods.method_table import METHODS
from nbviz.attribution.outputs import explained_outputs
from nbviz.attribution.table.importance import Importance
from nbviz.explorer.answers import NEED_ANSWERS, are_indices, labels_beside_indices, places_of_names
from nbviz.keras_model import Model, ModelReader
from nbviz.network.samples import Samples, column_names, read_samples

MOST_ROWS = 1000  # explained, offered and looked at
WEIGHTS_ALONE = ("connection_weights", "garson")


class Subject:
    """A model and the rows it is explored with.

    Attributes:
        model: The model; looking at it changes nothing.
        x: The rows looked at, one array for each input: those given, or 1,000 of them, drawn.
        rows: Their numbers in the x that was given.
        given_rows: How many rows were given.
        truth: Class indices of these rows, or the numbers of a regression, (rows,); None without y.
        feature_names: Of the flat inputs, side by side; of a layer's shape they are counted.
        class_names: Of the first output.
        is_regression: Whether the first output is numbers rather than classes.
    """

    def __init__(
        self,
        model: Model,
        x: Samples,
        y: Any,
        *,
        feature_names: Any,
        class_names: Any,
        background: Samples | None,
        seed: int,
    ) -> None:
        """Check everything, and draw rows where there are many.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: x, y, names or background that do not fit; the message says what would.
        """
        self.model = model
        reader = self.reader = ModelReader(model)
        arrays = read_samples(x, reader.specs)
        self.given_rows = len(arrays[0])
        self._given = arrays
        self.rows = np.arange(self.given_rows)
        if self.given_rows > MOST_ROWS:
            self.rows = np.sort(np.random.default_rng(seed).choice(self.given_rows, MOST_ROWS, replace=False))
            arrays = [array[self.rows] for array in arrays]
        self.x = arrays
        self.seed = seed
        self._background = None if background is None else read_samples(background, reader.specs)
        self._explainer = Explainer(reader, self._background or arrays, seed)
        self._head = self._explainer.output
        self._class_names = class_names
        self._feature_names = _names_of_inputs(feature_names, x, reader)
        self.is_regression = self._head.kind == "linear"
        self._given_answers = y
        self._answers = None if y is None else self._read_answers(y, self.given_rows)
        self.truth = None if self._answers is None else self._answers[self.rows]
        self.class_names = self._name_classes(y)
        self._asking = threading.Lock()  # warnings are filtered for the whole process

    @property
    def explainer(self) -> Explainer:
        """Explains single rows."""
        return self._explainer

    @property
    def background(self) -> list[np.ndarray]:
        """Rows that others are compared with."""
        return self._background or self.x

    @property
    def is_binary(self) -> bool:
        """Whether one number speaks for the second of two classes."""
        return self._head.kind == "sigmoid" and self._head.classes == 1

    @property
    def flat(self) -> np.ndarray | None:
        """The rows as one table (rows, features); None for images, sequences and tokens."""
        if self._explainer.refusal is not None and not self._explainer.feature_ids:
            return None
        explained = explained_outputs(self.model)
        return np.concatenate([self.x[site.input] for site in explained.roots if site.input is not None], axis=1)

    @property
    def feature_names(self) -> list[str]:
        """Names of the columns of `flat`."""
        names: list[str] = []
        for site in explained_outputs(self.model).roots:
            count = math.prod(size or 1 for size in site.shape)
            given = self._feature_names.get(site.name)
            names += [str(name) for name in given] if given is not None else [f"x{index}" for index in range(count)]
        return names

    @property
    def given_form(self) -> Any:
        """The rows as a model of one or several inputs takes them."""
        return self._as_given(self.x)

    @property
    def output_names(self) -> list[str]:
        """One for each number of the first output: the class names, of a single sigmoid the second."""
        return self.class_names[1:] if self.is_binary and len(self.class_names) == 2 else self.class_names

    def data_to_train_on(
        self, data: tuple[Any, Any] | None
    ) -> tuple[Any, list[Any], tuple[Any, list[Any]] | None] | None:
        """Rows to train on, forms of their answers that a loss could want, and the same of rows to validate with.

        Args:
            data: Rows and answers; None for all rows that were given, without validation.

        Returns:
            Rows as the model takes them, the likeliest form first; None without y.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Rows or answers do not fit, or came without y.
        """
        if self._answers is None:
            if data is not None:
                raise ValueError(
                    "Expected y beside training_data: x and y are measured after each epoch. Received None."
                )
            return None
        own = self._as_given(self._given), self._forms(self._given_answers, self._answers)
        if data is None:
            return *own, None
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise ValueError(f"Expected training_data as a pair (x, y). Received {type(data).__name__}.")
        arrays = read_samples(data[0], self.reader.specs)
        answers = self._read_like_y(data[1], len(arrays[0]))
        return self._as_given(arrays), self._forms(data[1], answers), own

    def _read_like_y(self, y: Any, rows: int) -> np.ndarray:
        """Answers of other rows; labels that are no class indices mean what they mean in y."""
        answers = self._read_answers(y, rows)
        labels, own = np.asarray(y), np.asarray(self._given_answers)
        if self.is_regression or labels.ndim != 1 or own.ndim != 1 or are_indices(labels, len(self.class_names)):
            return answers
        assert self._answers is not None
        meaning = dict(zip(own.tolist(), self._answers.tolist(), strict=True))
        strange = sorted({str(label) for label in labels.tolist() if label not in meaning})
        if strange:
            raise ValueError(
                f"Expected labels of training_data among those of y. Received {', '.join(map(repr, strange[:5]))} too."
            )
        return np.array([meaning[label] for label in labels.tolist()])

    def _forms(self, given: Any, answers: np.ndarray) -> list[Any]:
        """Forms of answers that a loss could want, the likeliest first."""
        if isinstance(given, Mapping) or len(getattr(self.model, "outputs", None) or ()) > 1:
            return [given]
        array = np.asarray(given)
        forms: list[Any] = [array] if array.dtype.kind in "biuf" else []
        if not self.is_regression:
            indices = answers.astype("int64")
            forms += [indices, np.eye(len(self.class_names), dtype="float32")[indices]]
        return forms

    @property
    def names_by_layer(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Names of features and of classes, by the layers of the picture."""
        layer_of = zip(self.reader.specs, self.reader.architecture.inputs, strict=True)
        features = {
            layer.name: [str(name) for name in self._feature_names[spec.name]]
            for spec, layer in layer_of
            if spec.name in self._feature_names and layer.has_units
        }
        return features, {self.reader.architecture.outputs[0].name: self.output_names}

    def inputs_of(self, row: np.ndarray) -> Any:
        """One row of the flat table as the model takes it."""
        return self._as_given(self._inputs(np.asarray(row)[None]))

    def predictions(self, rows: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """(rows, classes): probabilities, two for a single sigmoid; of a regression the outputs themselves.

        Args:
            rows: One array for each input; None for the rows looked at.
        """
        explained = explained_outputs(self.model, "probability")
        first = self._explainer.first_column
        answers = explained.answers(self.x if rows is None else rows)[:, first : first + self._head.classes]
        return np.concatenate([1 - answers, answers], axis=1) if self.is_binary else answers

    def predict_flat(self, table: np.ndarray) -> np.ndarray:
        """Predictions for rows of the flat table; inputs that are not in it stay as in the first row."""
        return self.predictions(self._inputs(table))

    def importance(self, method: str, layer: str | None = None) -> Importance:
        """Importance of the features, or of a layer's units, for the classes of the first output."""
        first = self._explainer.first_column
        options: dict[str, Any] = {"classes": list(range(first, first + self._head.classes))}
        if layer is not None and method not in METHODS:
            raise ValueError(f"Expected method among {list(METHODS)}. Received {method!r}.")
        with self._asking, warnings.catch_warnings():
            # Overlapping features are told in the matrix.
            warnings.simplefilter("ignore", UserWarning)
            return importance(
                self.model,
                self._as_given(self.x),
                self.truth if method in NEED_ANSWERS else None,
                method=method,
                layer=layer,
                background=self._as_given(self._background) if self._background is not None else None,
                feature_names=self._feature_names if layer is None else None,
                class_names={self._head.name: self.output_names},
                seed=self.seed,
                **options,
            )

    def channel_importance(self) -> dict[str, Importance]:
        """Importance of the channels of each layer that is drawn by them, gradient x activation, in one pass for all.

        Of a convolution it is that of what leaves the layers passed through behind it, as the picture shows it.
        """
        drawn = [layer for layer in self.reader.architecture.layers if layer.kind in ("conv", "maps")]
        # `layer_importance` takes the last axis for the units.
        layers = [layer for layer in drawn if not layer.channels_first]
        if not layers:
            return {}
        first = self._explainer.first_column
        with self._asking:
            tables = layer_importance(
                self.model,
                self._as_given(self.x),
                classes=list(range(first, first + self._head.classes)),
                class_names={self._head.name: self.output_names},
                seed=self.seed,
            )
        found = {}
        for layer in layers:
            known = [tables[name] for name in (layer.name, *layer.members) if name in tables]
            # What is passed through behind them may be a Flatten.
            fitting = [table for table in known if len(table.features) == layer.units]
            if fitting:
                found[layer.name] = fitting[-1]
        return found

    @property
    def methods(self) -> list[str]:
        """Methods that these data and this model allow, as far as that is known beforehand."""
        out = set(WEIGHTS_ALONE)
        if self.truth is None:
            out |= set(NEED_ANSWERS)
        if len(explained_outputs(self.model).heads) > 1:
            out |= set(NEED_ANSWERS)
        return [name for name in METHODS if name not in out]

    def _inputs(self, table: np.ndarray) -> list[np.ndarray]:
        inputs = [np.repeat(array[:1], len(table), axis=0) for array in self.x]
        start = 0
        for site in explained_outputs(self.model).roots:
            assert site.input is not None
            width = site.shape[0] or 1
            inputs[site.input] = table[:, start : start + width].astype(self.x[site.input].dtype)
            start += width
        return inputs

    def _as_given(self, arrays: Sequence[np.ndarray]) -> Any:
        return arrays[0] if len(arrays) == 1 else list(arrays)

    def _read_answers(self, y: Any, rows: int) -> np.ndarray:
        if isinstance(y, Mapping):
            if self._head.name not in y:
                raise ValueError(
                    f"Expected y with the answers of the first output, {self._head.name!r}. "
                    f"Received a dict with the keys {list(y)}."
                )
            y = y[self._head.name]
        array = np.asarray(y)
        if array.ndim == 0 or len(array) != rows:
            received = "a single value" if array.ndim == 0 else f"{len(array)}"
            raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {received}.")
        array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        names = self._given_class_names()
        if self.is_regression:
            if array.dtype.kind in "OUS" and any(isinstance(value, str) for value in array.flat):
                raise ValueError(
                    f"Expected numbers in y: the output {self._head.name!r} is a regression. Received text; of a "
                    "classifier with logits, compile it with a loss with from_logits=True."
                )
            return np.asarray(targets(array, self._head)[:, 0])
        if array.dtype.kind in "OUS" and names is not None and array.ndim == 1:
            places = places_of_names(array, names)
            if places is not None:
                return places
        if self.is_binary:
            if array.ndim == 2 and array.shape[1] == 2 and array.dtype.kind in "biuf" and np.isfinite(array).all():
                return np.asarray(array.argmax(axis=1))
            targets(array, self._head)  # checks for gaps and shape
            return class_indices(array, 2)
        return np.asarray(targets(array, self._head).argmax(axis=1))

    def _given_class_names(self) -> list[str] | None:
        given = self._class_names
        if isinstance(given, Mapping):
            given = given.get(self._head.name)
        return None if given is None else [str(name) for name in given]

    def _name_classes(self, y: Any) -> list[str]:
        wanted = 2 if self.is_binary else self._head.classes
        names = self._given_class_names()
        if names is not None:
            if self.is_binary and len(names) == 1:
                return [f"not {names[0]}", *names]
            if len(names) != wanted:
                raise ValueError(f"Expected {wanted} class_names for {self._head.name!r}. Received {len(names)}.")
            return names
        if self.is_regression:
            return [self._head.name] if wanted == 1 else [f"output {index}" for index in range(wanted)]
        labels = labels_beside_indices(y[self._head.name] if isinstance(y, Mapping) else y, wanted)
        return labels or [f"class {index}" for index in range(wanted)]


def _names_of_inputs(feature_names: Any, x: Samples, reader: ModelReader) -> dict[str, Sequence[str]]:
    """Names by input, for the inputs that have some."""
    names: dict[str, Sequence[str]] = dict(column_names(x, reader.specs))
    if feature_names is None:
        return names
    if isinstance(feature_names, Mapping):
        return names | dict(feature_names)
    if len(reader.specs) > 1:
        raise ValueError(
            f"Expected feature_names as a dict by input among {[spec.name for spec in reader.specs]}. "
            "Received one list."
        )
    return {reader.specs[0].name: list(feature_names)}
