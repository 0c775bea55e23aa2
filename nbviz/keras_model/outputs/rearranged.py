"""Probabilities in another shape or order, a part of them, or several side by side: so are their logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nbviz.keras_model.outputs.walk_step import Found, Step, kept_apart, mixed


def _reshaped(step: Step) -> Found | None:
    import tensorflow as tf

    entering = step.operation.inputs[0]
    before, after = entering.shape, step.tensor.shape
    axis = None
    if step.axis is not None and before.rank and step.axis == after.rank - 1 and before[-1] == after[-1]:
        axis = before.rank - 1  # row by row, so that a last axis of the same size is the same axis
    known = [size if size is not None else -1 for size in after] if after.rank is not None else [-1, -1]

    def as_after(logits: Any) -> Any:
        # The size at run time is of the traced function: here it may be over.
        return tf.reshape(logits, known if known.count(-1) <= 1 else tf.shape(step.tensor))

    return kept_apart(step.before(0, axis), as_after)


def _transposed(step: Step) -> Found | None:
    import tensorflow as tf

    order = step.constant(1)
    if order is None:
        return None
    axis = None if step.axis is None else int(order[step.axis])
    return kept_apart(step.before(0, axis), lambda logits: tf.transpose(logits, order))


def _strided_slice(step: Step) -> Found | None:
    import tensorflow as tf

    operation = step.operation
    names = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    masks = {name: operation.get_attr(name) for name in names}
    begin, rank = step.constant(1), operation.inputs[0].shape.rank
    if begin is None or rank is None:
        return None
    last = len(begin) - 1
    reaches_last = bool(masks["ellipsis_mask"]) or len(begin) - bin(masks["new_axis_mask"]).count("1") == rank
    if reaches_last and masks["shrink_axis_mask"] >> last & 1:
        return _one_class(step, rank - 1, lambda logits: _sliced(logits))
    at_end = step.axis is not None and step.axis == step.tensor.shape.rank - 1
    if reaches_last and masks["new_axis_mask"] >> last & 1:
        at_end = False
    axis = rank - 1 if at_end else None

    def _sliced(logits: Any) -> Any:
        return tf.raw_ops.StridedSlice(
            input=logits, begin=operation.inputs[1], end=operation.inputs[2], strides=operation.inputs[3], **masks
        )

    return _some_classes(step, axis, _sliced)


def _plain_slice(step: Step) -> Found | None:
    import tensorflow as tf

    begin, size = step.operation.inputs[1], step.operation.inputs[2]
    return _some_classes(step, step.axis, lambda logits: tf.slice(logits, begin, size))


def _gathered(step: Step) -> Found | None:
    import tensorflow as tf

    entering, where = step.operation.inputs[0], step.scalar(2)
    if where is None or step.operation.get_attr("batch_dims") or entering.shape.rank is None:
        return None
    indices, at = step.operation.inputs[1], int(where) % entering.shape.rank
    extra = indices.shape.rank - 1 if indices.shape.rank is not None else 0

    def again(logits: Any) -> Any:
        return tf.gather(logits, indices, axis=at)

    if at == entering.shape.rank - 1 and extra < 0:
        return _one_class(step, at, again)
    axis = None if step.axis is None else step.axis - extra if step.axis > at else step.axis
    if axis == at and extra == 0:
        chosen = step.constant(1)
        if chosen is None or len(np.unique(chosen % (entering.shape[at] or 1))) < chosen.size:
            # A class that is there twice, or may be: as many numbers, but not the same.
            found = step.before(0, axis)
            return None if found is None or found.kind == "softmax" else kept_apart(found, again)
    return _some_classes(step, axis, again)


def _split(step: Step) -> Found | None:
    import tensorflow as tf

    operation = step.operation
    value = 1 if operation.type == "Split" else 0
    place = step.tensor.value_index
    if operation.type == "Split":
        count = len(operation.outputs)
        return _some_classes(
            step, step.axis, lambda logits: tf.split(logits, count, operation.inputs[0])[place], entering=value
        )
    sizes = operation.inputs[1]
    return _some_classes(
        step, step.axis, lambda logits: tf.split(logits, sizes, operation.inputs[2])[place], entering=value
    )


def _some_classes(step: Step, axis: int | None, again: Callable[[Any], Any], entering: int = 0) -> Found | None:
    """Of a part of a tensor: all classes of some rows or positions, or some of the classes."""
    before = step.operation.inputs[entering]
    if axis is None or step.axis is None or before.shape[axis] == step.tensor.shape[step.axis]:
        return kept_apart(step.before(entering, axis), again)
    if step.tensor.shape[step.axis] == 1:
        return _one_class(step, axis, again, entering)
    found = step.before(entering, axis)
    # Some of several probabilities need not add up to 1: of a softmax nothing is said.
    return None if found is None or found.kind == "softmax" else kept_apart(found, again)


def _one_class(step: Step, axis: int, again: Callable[[Any], Any], entering: int = 0) -> Found | None:
    """The probability of one class by itself: against all others it is what a sigmoid gives."""
    found = step.before(entering, axis)
    if found is None or found.kind != "softmax":
        return kept_apart(found, again)
    return None if found.log else Found("sigmoid", weight=found.weight)


def _joined(step: Step) -> Found | None:
    import tensorflow as tf

    *parts, last = range(len(step.operation.inputs))
    where = step.scalar(last)
    if where is None or step.tensor.shape.rank is None:
        return None
    at = int(where) % step.tensor.shape.rank
    found = [step.before(part, None if step.axis == at else step.axis) for part in parts]
    return _side_by_side(found, lambda logits: tf.concat(logits, at))


def _stacked(step: Step) -> Found | None:
    import tensorflow as tf

    at = step.operation.get_attr("axis") % step.tensor.shape.rank
    axis = None if step.axis in (None, at) else step.axis - (step.axis > at)
    found = [step.before(part, axis) for part in range(len(step.operation.inputs))]
    return _side_by_side(found, lambda logits: tf.stack(logits, at))


def _side_by_side(found: Sequence[Found | None], again: Callable[[list[Any]], Any]) -> Found | None:
    first = found[0]
    if first is None or any(
        part is None or (part.kind, part.log, part.weight) != (first.kind, first.log, first.weight) for part in found
    ):
        return None
    makers = [part.logits for part in found if part is not None and part.logits is not None]
    if len(makers) < len(found):
        return mixed(first)
    return replace(first, logits=lambda: again([make() for make in makers]), source=None)


REARRANGED: dict[str, Callable[[Step], Found | None]] = {
    "Reshape": _reshaped,
    "Squeeze": _reshaped,
    "ExpandDims": _reshaped,
    "Transpose": _transposed,
    "StridedSlice": _strided_slice,
    "Slice": _plain_slice,
    "GatherV2": _gathered,
    "Split": _split,
    "SplitV": _split,
    "ConcatV2": _joined,
    "Pack": _stacked,
}
