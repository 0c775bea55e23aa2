"""What is said of a row that stands beside others: as what it is read, and what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbviz.style.numbers import short
from nbviz.widgets.sample_charts.sample_comparison import ComparedSample

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData
    from nbviz.widgets.sample_charts.waterfall import ExplainedSample


def compared_row(
    data: ExploredData, explained: ExplainedSample, sample: int, threshold: float, answer: np.ndarray | None = None
) -> ComparedSample:
    """A row as a column.

    Args:
        data: What is explored.
        explained: Why the row's outputs are what they are.
        sample: The row.
        threshold: Of two classes the second is read where its probability is above this.
        answer: What the model says of it, (classes,); None to ask.
    """
    answers = data.answers
    truth = None if data.truth is None else data.truth[sample]
    if answers.is_regression or answers.is_spread:
        values = [] if truth is None else np.ravel(truth).tolist()
        return ComparedSample(explained, sample, true=short(values[0]) if len(values) == 1 else "")
    if answer is None:
        answer = data.predictions([array[sample : sample + 1] for array in data.x])[0]
    read = answers.predicted(answer[np.newaxis], threshold)[0]
    return ComparedSample(
        explained,
        sample,
        read=_words(read, answers.class_names),
        true="" if truth is None else _words(truth, answers.class_names),
        is_wrong=truth is not None and bool(np.any(read != truth)),
    )


def _words(classes: np.ndarray, names: list[str]) -> str:
    """A class index, or 0 and 1 for each of several labels, in words."""
    if np.ndim(classes) == 0:
        return names[int(classes)]
    return ", ".join(names[label] for label in np.flatnonzero(classes)) or "no label"
