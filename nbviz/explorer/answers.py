"""What y says: class indices, names of classes, numbers of a regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nbviz.attribution.labels import class_indices, targets

if TYPE_CHECKING:
    from nbviz.attribution.sites import Head


class Answers:
    """The answers to rows of data, as numbers beside one output of a model.

    Attributes:
        given: y as it was handed in, None without.
        values: (rows,), class indices, or the numbers of a regression; None without y.
        class_names: One for each class, two for a single sigmoid; of a regression one for each number.
    """

    def __init__(self, y: Any, rows: int, head: Head, class_names: Any) -> None:
        """Read y.

        Args:
            y: Class indices, one-hot rows, class names or other labels, numbers of a regression, a dict of these by
                output, or None.
            rows: How many answers there should be.
            head: The output.
            class_names: Names of its classes, or a dict by output, or None.

        Raises:
            ValueError: y or `class_names` do not fit the output.
        """
        self.given, self._head = y, head
        named = class_names.get(head.name) if isinstance(class_names, Mapping) else class_names
        self._given_names = None if named is None else [str(name) for name in named]
        self.values = None if y is None else self._read(y, rows)
        self.class_names = self._name_classes()

    @property
    def is_regression(self) -> bool:
        """Whether the output is numbers rather than classes."""
        return self._head.kind == "linear"

    @property
    def is_binary(self) -> bool:
        """Whether one number speaks for the second of two classes."""
        return self._head.kind == "sigmoid" and self._head.classes == 1

    @property
    def output_names(self) -> list[str]:
        """One for each number of the output: the class names, of a single sigmoid the second."""
        return self.class_names[1:] if self.is_binary and len(self.class_names) == 2 else self.class_names

    def read_like_y(self, y: Any, rows: int) -> np.ndarray:
        """(rows,) answers of other rows; labels that are no class indices mean what they mean in y.

        Raises:
            ValueError: They do not fit the output, or are labels that y has not.
        """
        answers = self._read(y, rows)
        labels, own = np.asarray(y), np.asarray(self.given)
        if self.is_regression or labels.ndim != 1 or own.ndim != 1 or _are_indices(labels, len(self.class_names)):
            return answers
        assert self.values is not None
        meaning = dict(zip(own.tolist(), self.values.tolist(), strict=True))
        strange = sorted({str(label) for label in labels.tolist() if label not in meaning})
        if strange:
            raise ValueError(
                f"Expected labels of training_data among those of y. Received {', '.join(map(repr, strange[:5]))} too."
            )
        return np.array([meaning[label] for label in labels.tolist()])

    def forms(self, given: Any, values: np.ndarray) -> list[Any]:
        """Forms of answers that a loss could want, the likeliest first.

        Args:
            given: As the user gave them.
            values: What they were read as.
        """
        if isinstance(given, Mapping):
            return [given]
        array = np.asarray(given)
        forms: list[Any] = [array] if array.dtype.kind in "biuf" else []
        if not self.is_regression:
            indices = values.astype("int64")
            forms += [indices, np.eye(len(self.class_names), dtype="float32")[indices]]
        return forms

    def _read(self, y: Any, rows: int) -> np.ndarray:
        array = np.asarray(self._of_the_output(y))
        if array.ndim == 0 or len(array) != rows:
            received = "a single value" if array.ndim == 0 else f"{len(array)}"
            raise ValueError(f"Expected y with {rows} answers, one for each row of x. Received {received}.")
        array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        if self.is_regression:
            if array.dtype.kind in "OUS" and any(isinstance(value, str) for value in array.flat):
                raise ValueError(
                    f"Expected numbers in y: the output {self._head.name!r} is a regression. Received text; of a "
                    "classifier with logits, compile it with a loss with from_logits=True."
                )
            return np.asarray(targets(array, self._head)[:, 0])
        if array.dtype.kind in "OUS" and self._given_names is not None and array.ndim == 1:
            indices = _indices_of_names(array, self._given_names)
            if indices is not None:
                return indices
        if self.is_binary:
            if array.ndim == 2 and array.shape[1] == 2 and array.dtype.kind in "biuf" and np.isfinite(array).all():
                return np.asarray(array.argmax(axis=1))
            targets(array, self._head)  # checks for gaps and shape
            return class_indices(array, 2)
        return np.asarray(targets(array, self._head).argmax(axis=1))

    def _of_the_output(self, y: Any) -> Any:
        if not isinstance(y, Mapping):
            return y
        if self._head.name not in y:
            raise ValueError(
                f"Expected y with the answers of the first output, {self._head.name!r}. "
                f"Received a dict with the keys {list(y)}."
            )
        return y[self._head.name]

    def _name_classes(self) -> list[str]:
        wanted = 2 if self.is_binary else self._head.classes
        names = self._given_names
        if names is not None:
            if self.is_binary and len(names) == 1:
                return [f"not {names[0]}", *names]
            if len(names) != wanted:
                raise ValueError(f"Expected {wanted} class_names for {self._head.name!r}. Received {len(names)}.")
            return names
        if self.is_regression:
            return [self._head.name] if wanted == 1 else [f"output {index}" for index in range(wanted)]
        labels = _labels_beside_indices(self._of_the_output(self.given), wanted)
        return labels or [f"class {index}" for index in range(wanted)]


def _indices_of_names(labels: np.ndarray, names: Sequence[str]) -> np.ndarray | None:
    """Class indices of labels that are class names; None where they are other labels altogether."""
    found = set(map(str, labels))
    twice = sorted(name for name in found if names.count(name) > 1)
    if twice:
        raise ValueError(
            f"Expected class_names that differ, since y holds names. Received {twice[0]!r} twice; "
            "give y as class indices."
        )
    # One name is that of the second of two classes: its absence is the first.
    if len(names) == 1 and names[0] in found and len(found) <= 2:
        return np.array([int(str(label) == names[0]) for label in labels])
    unknown = sorted(found - set(names))
    if unknown and len(unknown) < len(found):
        raise ValueError(
            f"Expected labels of y among the class_names {names}. Received {', '.join(map(repr, unknown[:5]))} too."
        )
    indices = {name: index for index, name in enumerate(names)}
    return None if unknown else np.array([indices[str(label)] for label in labels])


def _are_indices(labels: np.ndarray, classes: int) -> bool:
    """Whether labels are whole numbers from 0 to classes - 1."""
    return labels.dtype.kind in "biuf" and bool(np.isin(labels, np.arange(classes)).all())


def _labels_beside_indices(y: Any, classes: int) -> list[str] | None:
    """The labels of y, sorted as they are numbered, where they are no class indices."""
    labels = None if y is None else np.asarray(y)
    if labels is None or labels.size != len(labels):
        return None
    different = np.unique(labels)
    if different.dtype.kind in "OUS":
        return [str(label) for label in different]
    if len(different) != classes or (different[0] >= 0 and different[-1] < classes):
        return None
    return [f"{label:g}" for label in different]
