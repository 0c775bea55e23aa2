"""The numbers among what Keras calls logs, where anything may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_ELEMENTS = 64  # of a vector that get a column each


@dataclass(frozen=True, slots=True)
class LogNumbers:
    """Logs as numbers.

    Attributes:
        numbers: Name -> number. The elements of a vector are `f1_score[0]`, `f1_score[1]`, ...
        left_out: Name -> what it is instead, in words.
    """

    numbers: dict[str, float]
    left_out: dict[str, str]


def log_numbers(logs: Any, reserved: frozenset[str] = frozenset()) -> LogNumbers:
    """Read what a callback or `train_on_batch` is given as logs; never raises.

    Args:
        logs: A dict of numbers, arrays and tensors, or of dicts of these; None for nothing.
        reserved: Names that logs may not have.
    """
    numbers: dict[str, float] = {}
    left_out: dict[str, str] = {}
    if not isinstance(logs, Mapping):
        return LogNumbers({}, {} if logs is None else {"logs": f"a {type(logs).__name__}, no dict"})
    for key, value in list(logs.items()):
        name = str(key)
        if name in reserved:
            left_out[name] = "a name that the recording uses itself"
        elif isinstance(value, Mapping):  # as Keras has it, its entries count for themselves
            inner = log_numbers(value, reserved)
            numbers |= inner.numbers
            left_out |= inner.left_out
        else:
            found = np.asarray(value) if type(value) is float else _numbers(value)  # most are, at each batch
            if isinstance(found, str):
                left_out[name] = found
            elif found.ndim == 0:
                numbers[name] = float(found)
            else:
                numbers |= {f"{name}[{place}]": float(number) for place, number in enumerate(found)}
    return LogNumbers(numbers, left_out)


def _numbers(value: Any) -> np.ndarray | str:
    """A number, shape (), a vector of them, or what stands there instead."""
    try:
        array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)  # numpy itself reads no bfloat16
        if array.dtype.kind in "OSUMmc":
            return "nothing" if value is None else f"a {type(value).__name__}"
        array = array.astype(float)
    except Exception:
        return f"a {type(value).__name__}"
    if array.size == 1:
        return array.reshape(())
    if array.ndim != 1 or not array.size:
        return f"an array of shape {array.shape}"
    return array if array.size <= MOST_ELEMENTS else f"a vector of {array.size:,} numbers"
