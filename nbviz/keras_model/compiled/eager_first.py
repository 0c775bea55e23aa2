"""Functions that run eagerly until that has cost about what compiling them costs, and compiled from then on.

In a notebook almost every call is a first one, and tracing a backward pass through a loop takes as long as twenty
eager ones. What is compared are counts, not times: two runs of one program take the same way, to the last digit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible, eager_of, is_compiled, to_numpy
from nbviz.keras_model.compiled.judge import first_difference
from nbviz.network.samples import InputSpec

# Measured on dense, convolutional and recurrent nets and on a Transformer: tracing and optimizing a graph takes as
# long as the overhead of 7 to 20 eager calls on a few rows. In calls on many rows eager operations lose besides what
# a graph joins: one overhead more for about this many numbers of the layers.
CALLS, NUMBERS = 8, 4_000_000
MOST_DIFFERENT = 3  # comparisons that a graph may fail
_CLOSE = 1e-4  # of the largest answer


class EagerFirst:
    """A function of batches of a model's inputs."""

    def __init__(self, run: Callable[..., Any], specs: Sequence[InputSpec], numbers_per_row: int) -> None:
        """Nothing is traced yet.

        Args:
            run: The function.
            specs: What it takes.
            numbers_per_row: What the layers work out for one row.
        """
        self._function = compiled_if_possible(run, specs, at_once=False)
        self._numbers_per_row = numbers_per_row
        self._spent = 0.0
        self._differed = 0
        self._chosen: Callable[..., Any] | None = None

    def __call__(self, *inputs: Any) -> Any:
        """What the function returns for these inputs."""
        if self._chosen is not None:
            return self._chosen(*inputs)
        eager = eager_of(self._function)
        self._spent += 1 + len(inputs[0]) * self._numbers_per_row / NUMBERS
        try:
            answers = eager(*inputs)
        except Exception:
            # A stateful layer takes other numbers of rows in a graph alone.
            if not is_compiled(self._function):
                raise
            answers = self._function(*inputs)
            self._chosen = self._function
            return answers
        if self._spent > CALLS:
            self._choose(inputs, answers)
        return answers

    def _choose(self, inputs: Sequence[Any], answers: Any) -> None:
        # What eager layers answer is right by definition: a graph that answers otherwise, or not at all, is not taken.
        with contextlib.suppress(Exception):
            if is_compiled(self._function):
                if not first_difference(_arrays(self._function(*inputs)), _arrays(answers), _CLOSE):
                    self._chosen = self._function
                    return
                self._differed += 1  # perhaps another thread changed the weights meanwhile
                if self._differed < MOST_DIFFERENT:
                    return
        self._chosen = eager_of(self._function)


def _arrays(answers: Any) -> list[np.ndarray]:
    return [to_numpy(answer) for answer in keras.tree.flatten(answers)]
