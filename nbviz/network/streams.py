"""Data sets that come batch by batch, told by what they can do: `tf.data.Dataset` and `keras.utils.PyDataset`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

UNEQUAL = (
    "Expected rows of one shape. Received a data set whose batches differ in shape; make them equal with "
    ".padded_batch(), or explain one length at a time."
)
_AT_ONCE = 1024  # rows that single ones are put together to


class Element(NamedTuple):
    """One batch of a data set as arrays, in the structure that the data set has it in; None for what it has not."""

    x: Any
    y: Any
    sample_weight: Any


def is_stream(x: Any) -> bool:
    """Whether it is a data set that is read batch by batch."""
    return _is_tensorflow(x) or _is_python(x)


def is_endless(stream: Any) -> bool:
    """Whether it has no end."""
    return int(stream.cardinality()) == -1 if _is_tensorflow(stream) else stream.num_batches is None


def has_answers(stream: Any) -> bool | None:
    """Whether there is a y beside each x; None where only a look at the batches tells."""
    if not _is_tensorflow(stream):
        return None
    element = stream.element_spec
    return isinstance(element, tuple) and len(element) > 1


def batches(stream: Any, is_row: Callable[[Any], bool]) -> Iterator[Element]:
    """The data set as it comes; where its elements are single rows, these are put together.

    Args:
        stream: The data set.
        is_row: Tells of the x of an element, whose leaves have a shape, whether it is one row.

    Raises:
        ValueError: Rows that differ in shape cannot be put together.
    """
    if _is_python(stream):
        count = stream.num_batches
        for index in itertools.count() if count is None else range(count):
            yield _split(stream[index])
        return
    if is_row(_split(stream.element_spec, lambda spec: spec).x):
        stream = stream.batch(_AT_ONCE)
    elements = iter(stream)
    while True:
        try:
            element = next(elements)
        except StopIteration:
            return
        except Exception as error:
            if not type(error).__module__.startswith("tensorflow") or "shape" not in str(error):
                raise
            raise ValueError(UNEQUAL) from error
        yield _split(element)


def joined(parts: list[Any]) -> Any:
    """The rows of several batches of one structure, as one."""
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {key: joined([part[key] for part in parts]) for key in first}
    if isinstance(first, (list, tuple)):
        return [joined([part[place] for part in parts]) for place in range(len(first))]
    return first if len(parts) == 1 else np.concatenate(parts)


def first_rows(part: Any, count: int) -> Any:
    """The first rows of a batch of any structure."""
    if part is None:
        return None
    if isinstance(part, dict):
        return {key: first_rows(value, count) for key, value in part.items()}
    return [first_rows(value, count) for value in part] if isinstance(part, (list, tuple)) else part[:count]


def _is_tensorflow(x: Any) -> bool:
    return hasattr(x, "element_spec") and hasattr(x, "cardinality")


def _is_python(x: Any) -> bool:
    return all(hasattr(x, name) for name in ("num_batches", "__getitem__", "on_epoch_end"))


def _split(element: Any, leaf: Callable[[Any], Any] | None = None) -> Element:
    parts = element if isinstance(element, tuple) and 1 <= len(element) <= 3 else (element,)
    arrays = [_map(part, leaf or _to_array) for part in parts]
    return Element(*arrays, *[None] * (3 - len(arrays)))


def _map(part: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(part, dict):
        return {key: _map(value, leaf) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_map(value, leaf) for value in part]
    return part if part is None else leaf(part)


def _to_array(tensor: Any) -> Any:
    if hasattr(tensor, "dense_shape") and hasattr(tensor, "indices"):  # a sparse tensor
        array = np.zeros(np.asarray(tensor.dense_shape), np.asarray(tensor.values).dtype)
        array[tuple(np.asarray(tensor.indices).T)] = np.asarray(tensor.values)
        return array
    return tensor.numpy() if hasattr(tensor, "numpy") else tensor
