"""What y says: class indices, labels, numbers of a regression; and what the model's answers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbviz.attribution.answers.label_numbers import NumberedAnswers, categories_of, plain_array
from nbviz.attribution.answers.labels import answers_of, in_class_order, is_by_output, number_answers
from nbviz.attribution.answers.numbering import numbering_doubt
from nbviz.attribution.classes import names_of_classes
from nbviz.network.array_like import refuse_gaps
from nbviz.network.paths import by_path, exchanged

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
            class_names: Names of the classes of this output, or a dict by output, or None.

        Raises:
            ValueError: y or `class_names` do not fit the output.
        """
        self.given, self._heads, self._place = y, list(heads), place
        self._head = head = heads[place]
        if class_names is not None and not isinstance(class_names, Mapping):
            class_names = {head.name: class_names}
        self._names = names_of_classes(self._heads, class_names)
        self._given_names = self._names.get(head.name)
        self._numbered: NumberedAnswers | None = None
        self._numbered = None if y is None or head.positions else self._number(y, rows)
        self.class_names = self._name_classes()

    @property
    def values(self) -> np.ndarray | None:
        """See the class."""
        return None if self._numbered is None else self._numbered.values

    @property
    def are_named(self) -> bool:
        """Whether somebody has told what the classes are called: in `class_names`, or by the labels of y."""
        return self._given_names is not None or (self._numbered is not None and self._numbered.names is not None)

    @property
    def own_given(self) -> Any:
        """What was handed in for this output, None without."""
        return None if self.given is None else self._own(self.given)

    @property
    def is_spread(self) -> bool:
        """Whether there is an answer at every position, as in a picture: y then is as it is."""
        return self._head.positions

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
        return numbering_doubt(self._numbered, rows, self.predicted(predictions), len(self.class_names))

    def read_like_y(self, y: Any, rows: int) -> np.ndarray:
        """Answers of other rows, as `values`; labels that are no class indices mean what they mean in y.

        Raises:
            ValueError: They do not fit the output, or are labels that y has not.
        """
        assert self._numbered is not None
        meaning = {str(label): number for label, number in self._numbered.numbers.items()}
        labels = plain_array(self._own(y)) if meaning and not self.has_labels else None
        if labels is not None and labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels is None or labels.ndim != 1 or len(labels) != rows:
            found = self._number(y, rows)
            if found.numbers and found.names is not None and not self.has_labels and not meaning:
                # y holds class indices: what order other labels have among themselves says nothing of the classes.
                raise _strange(set(map(str, found.numbers)) - set(map(str, range(len(self.class_names)))))
            return found.values
        refuse_gaps("y", labels)
        strange = {str(label) for label in labels.tolist()} - set(meaning)
        if strange:
            raise _strange(strange)
        return np.array([meaning[str(label)] for label in labels.tolist()])

    def forms(self, given: Any, values: np.ndarray, *, as_given: bool) -> list[Any]:
        """Forms of answers that a loss could want, the likeliest first.

        Args:
            given: As the user gave them.
            values: What they were read as.
            as_given: Whether the loss may want labels that are no class indices, as losses of the user's own do.
        """
        if len(self._heads) > 1:
            by_output = given if is_by_output(given, self._heads) else {self._head.name: given}
            return [self._of_all_outputs(by_output, values, as_given)]
        own = self._own(given)
        numbers = self._numbers_in(own, values, self._head, as_given)
        if numbers is not None and isinstance(given, Mapping) and not isinstance(own, pd.DataFrame):
            return [given]
        forms: list[Any] = [] if numbers is None else [numbers]
        if self.has_labels:
            return [values.astype("float32")]
        if not self.is_regression:
            indices = values.astype("int64")
            forms += [indices, np.eye(len(self.class_names), dtype="float32")[indices]]
        return forms

    def _numbers_in(self, given: Any, values: np.ndarray, head: Head, as_given: bool) -> np.ndarray | None:
        """The numbers of y as they were given, where a loss that takes them learns what they were read as."""
        try:
            array = plain_array(in_class_order(given, head, self._names_told(head)))
        except ValueError:
            return None  # a list of labels in each row
        if array.dtype.kind not in "biuf":
            return None
        if head.kind == "linear" or (array.ndim == 2 and array.shape[1] > 1):
            return array
        flat = array.reshape(-1)
        same = flat.shape == values.shape and bool((flat == values).all())
        share = head.is_binary and bool(((flat >= 0) & (flat <= 1)).all()) and categories_of(given) is None
        return array if same or share or (as_given and categories_of(given) is None) else None

    def _of_all_outputs(self, given: Any, values: np.ndarray, as_given: bool) -> Any:
        """The answers of several outputs in the form they came in, labels numbered."""
        parts: list[tuple[str, Any]] = []
        held = by_path(given, [head.name for head in self._heads]) if isinstance(given, Mapping) else None
        for place, head in enumerate(self._heads):
            if held is not None and head.name not in held:
                continue  # whether the model can be trained without them is seen where that is tried
            part = in_class_order(answers_of(given, self._heads, place), head, self._names.get(head.name))
            if head.positions or head.kind == "linear":
                parts.append((head.name, part))
                continue
            read = values
            if place != self._place:
                read = number_answers(part, len(values), head, self._names.get(head.name)).values
            numbers = self._numbers_in(part, read, head, as_given)
            parts.append((head.name, read if numbers is None else numbers))
        return [part for _, part in parts] if held is None else exchanged(given, dict(parts))

    def _number(self, y: Any, rows: int) -> NumberedAnswers:
        return number_answers(self._own(y), rows, self._head, self._names_told(self._head))

    def _names_told(self, head: Head) -> list[str] | None:
        """Names of an output's classes: as they were given, else as the columns of y say."""
        told = None
        if head is self._head and self._numbered is not None and not self._numbered.numbers:
            told = self._numbered.names
        return self._names.get(head.name, told)

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
        if self.is_spread:
            return [self._head.name] if self._head.classes == 1 else [f"channel {index}" for index in range(wanted)]
        if self.is_regression:
            return [self._head.name] if wanted == 1 else [f"output {index}" for index in range(wanted)]
        told = None if self._numbered is None else self._numbered.names
        word = "label" if self.has_labels else "class"
        return told or [f"{word} {index}" for index in range(wanted)]


def _strange(labels: set[str]) -> ValueError:
    some = ", ".join(map(repr, sorted(labels)[:5]))
    return ValueError(f"Expected labels among those of y. Received {some} too.")
