"""Answers that come as one array for a model of several outputs: of which output they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.answers.labels import is_by_output, number_answers
from nbviz.attribution.sites import Head
from nbviz.explorer.given.given_data import GivenData
from nbviz.network.paths import by_path


def told_output(given: GivenData, y: Any, names: Sequence[str]) -> str | None:
    """Name of the output that is meant where nothing else is said of outputs than by what is given for one alone.

    Args:
        given: What the user says: an output that is named; else names of the classes of one.
        y: The answers, held at once: a dict with those of one.
        names: Of all outputs.
    """
    if given.output is not None or len(names) == 1:
        return given.output
    is_alone = y is not None and not (isinstance(y, (list, tuple)) and len(y) == len(names))
    said = y if isinstance(y, Mapping) else given.class_names if is_alone else None
    held = [name for name in by_path(said, names) if name in names] if isinstance(said, Mapping) else []
    return held[0] if len(held) == 1 else None


def of_which_output(given: GivenData, y: Any, rows: int, heads: Sequence[Head], explored: str) -> str:
    """Check that it is told, or can only be meant, of which output the answers are.

    Args:
        given: What the user says of them: an output that is named, or names of its classes, tell it.
        y: The answers, held at once; None without.
        rows: How many there should be.
        heads: All outputs of the model.
        explored: Name of the output that is explored.

    Returns:
        A sentence where they are taken for that output because they fit no other; `""` where there is nothing to say.

    Raises:
        ValueError: They may be meant for another output.
    """
    names = [head.name for head in heads]
    told = told_output(given, y, names) is not None or not isinstance(given.class_names, (Mapping, type(None)))
    if y is None or len(heads) == 1 or isinstance(y, Mapping) or is_by_output(y, heads) or told:
        return ""
    fitting = [head.name for head in heads if _fits(y, rows, head)]
    if fitting == [explored] or not fitting:  # what fits none is refused where it is read
        return f"y is taken for {explored}: it fits no other output" if fitting else ""
    way_out = f"y={{{fitting[0]!r}: y}} says that they are of {fitting[0]!r}"
    raise ValueError(
        f"Expected y as a list of answers for the outputs {names}, or a dict by output. "
        f"Received one {type(y).__name__}, which fits {' and '.join(map(repr, fitting))}; {way_out}."
    )


def _fits(y: Any, rows: int, head: Head) -> bool:
    if head.positions:
        return np.ndim(y) > 1 and len(y) == rows
    try:
        number_answers(y, rows, head)
    except (TypeError, ValueError):
        return False
    return True
