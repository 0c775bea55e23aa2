"""The answers that a method needs which measures the loss: asked for, counted, as numbers beside the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.answers.label_numbers import NumberedAnswers, labels_in, plain_array
from nbviz.attribution.answers.labels import answers_of, is_by_output, number_answers, number_some, target_columns
from nbviz.attribution.answers.numbering import is_trained, numbering_doubt
from nbviz.attribution.notes import note
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.rows import Rows
from nbviz.attribution.sites import Head
from nbviz.network.array_like import described, refuse_gaps
from nbviz.network.samples import Samples, read_samples
from nbviz.network.streams import has_answers, is_stream

_ROWS_COMPARED = 1000  # with the model's answers, to see whether labels are numbered in its order


def check_count(y: Any, explained: ExplainedOutputs, rows: int | None) -> None:
    """Whether there are as many answers as rows; more is not asked of those that a method does not need.

    Args:
        y: Answers as they came.
        explained: The model's outputs.
        rows: How many there are.

    Raises:
        TypeError: No list or array.
        ValueError: Another number of answers.
    """
    if y is None or is_by_output(y, explained.heads):
        return
    if not hasattr(y, "__len__") or isinstance(y, str):
        raise TypeError(f"Expected y as a list or array of answers, one per row of x. Received {described(y)}.")
    if len(y) != rows:
        raise ValueError(f"Expected y with {rows} entries, one per row of x. Received {len(y)}.")


def check_answers(explained: ExplainedOutputs, method: str, y: Any, x: Samples) -> None:
    """Whether there are answers for a method that needs them.

    Args:
        explained: The model's outputs.
        method: Name of the method.
        y: Answers as they came, None without.
        x: Rows as they came.

    Raises:
        ValueError: There are none, or the model answers otherwise than once for each row.
    """
    if len(explained.heads) > 1 and is_stream(x):
        raise ValueError(
            f"Expected arrays for {method!r} of a model with {len(explained.heads)} outputs. Received a data set."
        )
    if any(head.positions for head in explained.heads):
        raise ValueError(f"Expected one answer per row for {method!r}. Received an output with one per position.")
    streamed = is_stream(x)
    if streamed and has_answers(x) is False:
        raise ValueError(
            f"Expected a data set of (x, y) for {method!r}. Received one of x alone; zip the answers to it."
        )
    if y is None and not streamed:
        raise ValueError(
            f"Expected y for {method!r}, which measures the rise of the loss. Received none; without y use "
            'method="column_shuffle".'
        )


def answers_in_columns(
    explained: ExplainedOutputs, x: Samples, y: Any, names: Mapping[str, Sequence[str]]
) -> np.ndarray:
    """(rows, columns): y as numbers beside the outputs; warns where labels seem to be numbered in another order.

    Args:
        explained: The model's outputs.
        x: Rows, no data set.
        y: Their answers.
        names: Output -> names of its classes, where they were given.

    Raises:
        TypeError: Rows that are not numbers.
        ValueError: Rows or answers do not fit.
    """
    if is_stream(x):
        raise ValueError("Expected y inside the data set, as (x, y). Received y beside a data set.")
    arrays = read_samples(x, explained.specs)
    rows = np.linspace(0, len(arrays[0]) - 1, min(len(arrays[0]), _ROWS_COMPARED)).astype(int)
    wanted = target_columns(y, len(arrays[0]), explained.heads, names)
    start = 0
    for place, head in enumerate(explained.heads):
        first, start = start, start + head.classes
        if head.kind == "linear" or head.has_labels:
            continue
        numbered = number_answers(answers_of(y, explained.heads, place), len(arrays[0]), head, names.get(head.name))
        doubt = _doubt(explained, head, first, numbered, rows, [array[rows] for array in arrays])
        if doubt is not None:
            note(doubt)
    return wanted


def streamed_labels(rows: Rows) -> np.ndarray | None:
    """All different labels of the answers in a data set; None where they are no labels.

    Args:
        rows: Of a data set of (x, y).

    Raises:
        ValueError: Answers are missing.
    """

    def answers() -> Iterator[np.ndarray | None]:
        for batch in rows:
            if batch.y is not None:
                refuse_gaps("y", plain_array(batch.y), int(batch.places[0]))
            yield batch.y

    labels = labels_in(answers())
    if labels is None:  # so it may have looked at some of the batches only
        for _ in answers():
            pass
    return labels


def note_streamed_doubt(
    explained: ExplainedOutputs, rows: Rows, labels: np.ndarray | None, names: Mapping[str, Sequence[str]]
) -> None:
    """Warn where another numbering of the labels in a data set agrees far better with the model.

    Args:
        explained: The model's one output.
        rows: Of the data set.
        labels: All that it has, see `streamed_labels`.
        names: Output -> names of its classes, where they were given.

    Raises:
        ValueError: The answers do not fit.
    """
    [head] = explained.heads
    if head.kind == "linear" or head.has_labels or not is_trained(explained.model):
        return
    inputs, y = rows.draw_answered(_ROWS_COMPARED, 0)
    if y is None:
        return
    numbered = number_some(y, head, labels, names.get(head.name))
    doubt = _doubt(explained, head, 0, numbered, np.arange(len(y)), inputs)
    if doubt is not None:
        note(doubt)


def _doubt(
    explained: ExplainedOutputs,
    head: Head,
    first: int,
    numbered: NumberedAnswers,
    rows: np.ndarray,
    inputs: Sequence[np.ndarray],
) -> str | None:
    """A sentence where another numbering agrees far better with what the model says of some rows.

    Args:
        explained: The model's outputs.
        head: The one that the answers belong to.
        first: Number of its first column.
        numbered: The answers.
        rows: Numbers of the rows.
        inputs: These rows, one array for each input.
    """
    if not (numbered.any_order or numbered.others) or not is_trained(explained.model):
        return None
    answers = explained.answers(inputs)[:, first : first + head.classes]
    predicted = (answers[:, 0] > 0).astype(int) if head.is_binary else answers.argmax(axis=1)
    return numbering_doubt(numbered, rows, predicted, max(2, head.classes))
