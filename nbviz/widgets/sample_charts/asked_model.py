"""A model as it is asked about changed rows, and its answers in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nbviz.style.numbers import short
from nbviz.style.probability import probability_words
from nbviz.style.text import clean


@dataclass(frozen=True)
class AskedModel:
    """What answers, and what its answers are.

    Attributes:
        predict: Rows of shape (n, features), float32, to answers of shape (n, classes) or (n,).
        class_names: One for each output; None for a model whose answer is one number.
        output: `"probability"`, or what else the answers are called: `"value"`.
        exclusive: Whether one class excludes the others; labels do not.
        read_as: Of an answer of shape (outputs,) the class that it is read as; None for the most probable one.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    class_names: Sequence[str] | None = None
    output: str = "probability"
    exclusive: bool = True
    read_as: Callable[[np.ndarray], int] | None = None

    def ask(self, rows: np.ndarray) -> np.ndarray:
        """(n, outputs), float64: the answers to rows of shape (n, features).

        Raises:
            ValueError: The model has more or fewer answers than names.
        """
        answers = np.asarray(self.predict(rows.astype(np.float32)), dtype=float).reshape(len(rows), -1)
        expected = len(self.class_names or [0])
        if answers.shape[1] != expected:
            raise ValueError(f"Expected {expected} answers a row. Received {answers.shape[1]}.")
        return answers

    def words(self, answer: np.ndarray) -> str:
        """What one answer of shape (outputs,) says: `"Barolo with p 0.83"`, `"value 250"`."""
        if self.class_names is None:
            return f"{self.output} {short(float(answer[0]))}"
        if not self.exclusive:
            names = [clean(str(name)) for name in self.class_names]
            given = [f"{name} {probability_words(float(p))}" for name, p in zip(names, answer, strict=True) if p > 0.5]
            return ", ".join(given) or "no label"
        best = int(np.argmax(answer)) if self.read_as is None else self.read_as(answer)
        value = float(answer[best])
        said = probability_words(value) if self.output == "probability" else f"{self.output} {short(value)}"
        return f"{clean(str(self.class_names[best]))} with {said}"
