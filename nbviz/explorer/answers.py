"""What y says: class indices, labels, numbers of a regression; and what the model's answers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nbviz.attribution.labels import NumberedAnswers, answers_of, is_by_output, number_answers, plain_array
from nbviz.attribution.numbering import numbering_doubt

if TYPE_CHECKING:
    from nbviz.attribution.sites import Head


class Answers:
    """The answers to rows of data, as numbers beside one output of a model.

    Attributes:
        given: y as it was handed in, None without.
        values: (rows,), class indices, or the numbers of a regression; of several numbers (rows, outputs), of labels
            (rows, labels), 0 and 1; None without y.
        class_names: One for each class, two for a single sigmoid; of a regression one for each number.
    """

    def __init__(self, y: Any, rows: int, heads: Sequence[Head], place: int, class_names: Any) -> None:
        """Read y.

        Args:
            y: Class indices, one-hot rows, class names or other labels, numbers of a regression; of several outputs a
                list of these, or a dict by output; or None.
            rows: How many answers there should be.
            heads: All outputs of the model.
            place: Number of the one that is looked at.
            class_names: Names of its classes, or a dict by output, or None.

        Raises:
            ValueError: y or `class_names` do not fit the output.
        """
        self.given, self._heads, self._place = y, list(heads), place
        self._head = head = heads[place]
        named = class_names.get(head.name) if isinstance(class_names, Mapping) else class_names
        if isinstance(named, str):
            raise ValueError(f"Expected class_names as a list of names. Received the text {named!r}.")
        self._given_names = None if named is None else [str(name) for name in named]
        self._numbered = None if y is None else self._number(y, rows)
        self.class_names = self._name_classes()

    @property
    def values(self) -> np.ndarray | None:
        """See the class."""
        return None if self._numbered is None else self._numbered.values

    @property
    def is_regression(self) -> bool:
        """Whether the output is numbers rather than classes."""
        return self._head.kind == "linear"

    @property
    def is_binary(self) -> bool:
        """Whether one number speaks for the second of two classes."""
        return self._head.is_binary

    @property
    def has_labels(self) -> bool:
        """Whether a row has any of several labels, or none, instead of one class."""
        return self._head.has_labels

    @property
    def output_names(self) -> list[str]:
        """One for each number of the output: the class names, of a single sigmoid the second."""
        return self.class_names[1:] if self.is_binary and len(self.class_names) == 2 else self.class_names

    @property
    def has_two_classes(self) -> bool:
        """Whether a row is of one of two classes, so that one threshold decides."""
        return not self.is_regression and not self.has_labels and len(self.class_names) == 2

    def predicted(self, predictions: np.ndarray, threshold: float = 0.5) -> np.ndarray:
        """What the model says: (rows,) class indices, or (rows, labels) 0 and 1, each by itself above one half.

        Args:
            predictions: Probabilities, (rows, classes).
            threshold: Of two classes the second is read where its probability is above this.
        """
        if self.has_labels:
            return (predictions > 0.5).astype(int)  # as Keras' binary_accuracy counts
        if self.has_two_classes:
            return (predictions[:, 1] > threshold).astype(int)
        return np.asarray(predictions.argmax(axis=1))

    def misread(self, truth: np.ndarray, predictions: np.ndarray, threshold: float = 0.5) -> np.ndarray:
        """(rows,), whether the model is wrong: another class, or any label that is not right."""
        differs = self.predicted(predictions, threshold) != truth
        return np.asarray(differs.any(axis=1) if self.has_labels else differs)

    def doubt(self, rows: np.ndarray, predictions: np.ndarray) -> str | None:
        """A sentence where another numbering of the labels of y agrees far better with the model.

        Args:
            rows: Numbers of the rows.
            predictions: Of these rows, (rows, classes).
        """
        if self._numbered is None or self.is_regression or self.has_labels:
            return None
        numbers = self._numbered.values[rows]
        return numbering_doubt(self._numbered.numbers, numbers, self.predicted(predictions), len(self.class_names))

    def read_like_y(self, y: Any, rows: int) -> np.ndarray:
        """Answers of other rows, as `values`; labels that are no class indices mean what they mean in y.

        Raises:
            ValueError: They do not fit the output, or are labels that y has not.
        """
        assert self._numbered is not None
        meaning = {str(label): number for label, number in self._numbered.numbers.items()}
        labels = plain_array(self._own(y)) if meaning and not self.has_labels else None
        if labels is None or labels.ndim != 1 or len(labels) != rows:
            found = self._number(y, rows)
            if found.numbers and found.names is not None and not self.has_labels and not meaning:
                # y holds class indices: what order other labels have among themselves says nothing of the classes.
                raise _strange(set(map(str, found.numbers)) - set(map(str, range(len(self.class_names)))))
            return found.values
        strange = {str(label) for label in labels.tolist()} - set(meaning)
        if strange:
            raise _strange(strange)
        return np.array([meaning[str(label)] for label in labels.tolist()])

    def forms(self, given: Any, values: np.ndarray) -> list[Any]:
        """Forms of answers that a loss could want, the likeliest first.

        Args:
            given: As the user gave them.
            values: What they were read as.
        """
        if len(self._heads) > 1:
            return [self._of_all_outputs(given, len(values)) if is_by_output(given, self._heads) else given]
        by_output = given if isinstance(given, Mapping) else None
        given = self._own(given)
        array = np.zeros(0, object) if self.has_labels and values.ndim == 2 else plain_array(given)
        forms: list[Any] = [array] if array.dtype.kind in "biuf" else []
        if by_output is not None and forms:
            return [by_output]
        if self.has_labels:
            return [values.astype("float32")]
        if not self.is_regression:
            indices = values.astype("int64")
            forms += [indices, np.eye(len(self.class_names), dtype="float32")[indices]]
        return forms

    def _of_all_outputs(self, given: Any, rows: int) -> Any:
        """The answers of several outputs in the form they came in, labels numbered."""
        parts = []
        for place, head in enumerate(self._heads):
            part = answers_of(given, self._heads, place)
            try:
                numeric = plain_array(part).dtype.kind in "biuf"
            except ValueError:
                numeric = False
            parts.append(part if numeric else number_answers(part, rows, head).values)
        if isinstance(given, Mapping):
            return dict(given) | dict(zip((head.name for head in self._heads), parts, strict=True))
        return parts

    def _number(self, y: Any, rows: int) -> NumberedAnswers:
        return number_answers(self._own(y), rows, self._head, self._given_names)

    def _own(self, y: Any) -> Any:
        """The answers of the output that is looked at; of several outputs these alone may have been given."""
        alone = len(self._heads) > 1 and not is_by_output(y, self._heads)
        return y if alone else answers_of(y, self._heads, self._place)

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
        told = None if self._numbered is None else self._numbered.names
        word = "label" if self.has_labels else "class"
        return told or [f"{word} {index}" for index in range(wanted)]


def _strange(labels: set[str]) -> ValueError:
    some = ", ".join(map(repr, sorted(labels)[:5]))
    return ValueError(f"Expected labels of training_data among those of y. Received {some} too.")
