"""What a traced tensor comes from, and one step of the walk that finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbviz.network.architecture import OutputKind


@dataclass(frozen=True, slots=True)
class Found:
    """What a traced tensor comes from.

    Attributes:
        kind: `"linear"` where it is known to be no probability.
        log: Whether its numbers are logarithms of probabilities, which are logits.
        logits: Makes what entered softmax or sigmoid, in the shape of the tensor; None where nothing did as a whole,
            as in a mean of several.
        source: The tensor that entered, as it was; None as above.
        weight: Sum of the factors of what has been added up: 1 for a mean.
    """

    kind: OutputKind
    log: bool = False
    logits: Callable[[], Any] | None = None
    source: Any = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on the way back.

    Attributes:
        operation: Of TensorFlow's graph.
        tensor: What it made.
        axis: Where the classes are in that; None where they are no longer side by side.
        walk: Goes on from an argument, with the axis of the classes there.
    """

    operation: Any
    tensor: Any
    axis: int | None
    walk: Callable[[Any, int | None], Found | None]

    def before(self, place: int, axis: int | None) -> Found | None:
        """What one of the operation's arguments comes from.

        Args:
            place: Of the argument.
            axis: Of the classes there.
        """
        return self.walk(self.operation.inputs[place], axis)

    def constant(self, place: int) -> np.ndarray | None:
        """The value of an argument that is the same for all rows; None of any other."""
        value = _folded(self.operation.inputs[place])
        return None if value is None else np.asarray(value)

    def scalar(self, place: int) -> float | None:
        """The same, of a single number."""
        value = self.constant(place)
        return None if value is None or value.size != 1 else float(value.reshape(()))


def _folded(tensor: Any) -> Any:
    """The value of a tensor that only constants and sizes enter, as indices that Keras counts from the end."""
    import tensorflow as tf

    value, operation = tf.get_static_value(tensor), tensor.op
    if value is not None or operation.type not in ("Less", "AddV2", "SelectV2", "StridedSlice"):
        return value
    if operation.type == "StridedSlice":
        shape, place = operation.inputs[0].op, tf.get_static_value(operation.inputs[1])
        is_size = shape.type == "Shape" and operation.get_attr("shrink_axis_mask") == 1 and place is not None
        return shape.inputs[0].shape[int(place[0])] if is_size else None
    entering = [_folded(each) for each in operation.inputs]
    if operation.type == "SelectV2" and entering[0] is not None and not np.any(entering[0]):
        return entering[2]
    if any(each is None for each in entering):
        return None
    rules: dict[str, Any] = {"Less": np.less, "AddV2": np.add, "SelectV2": np.where}
    return rules[operation.type](*entering)


def kept_apart(found: Found | None, again: Callable[[Any], Any]) -> Found | None:
    """The same of a tensor that was only rearranged: so are the logits."""
    if found is None or found.logits is None:
        return found
    make = found.logits
    return replace(found, logits=lambda: again(make()))


def mixed(found: Found | None) -> Found | None:
    """The same kind of numbers, which no longer come out of one softmax or sigmoid."""
    return None if found is None else replace(found, logits=None, source=None)
