"""Means and clips of probabilities, which are probabilities again but come out of no one softmax or sigmoid."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from nbviz.keras_model.outputs.walk_step import Found, Step, mixed

_NARROWEST_CLIP = 0.05  # a clip that takes more than this from the ends makes other numbers of probabilities


def _added(step: Step) -> Found | None:
    found = [step.before(place, step.axis) for place in range(len(step.operation.inputs))]
    first = found[0]
    if first is None or any(part is None or (part.kind, part.log) != (first.kind, first.log) for part in found):
        return None
    return replace(first, logits=None, source=None, weight=sum(part.weight for part in found if part is not None))


def _scaled(step: Step) -> Found | None:
    for place in (1, 0):
        factor = step.scalar(place)
        if factor is None or (step.operation.type == "RealDiv" and (place == 0 or not factor)):
            continue
        found = mixed(step.before(1 - place, step.axis))
        factor = 1 / factor if step.operation.type == "RealDiv" else factor
        # What is taken away leaves the range of probabilities, whatever the factors add up to.
        return None if found is None or factor <= 0 else replace(found, weight=found.weight * factor)
    return _normalised(step) if step.operation.type == "RealDiv" else None


def _normalised(step: Step) -> Found | None:
    """Probabilities over their sum, as after a clip."""
    over, under = step.operation.inputs
    if under.op.type != "Sum" or under.op.inputs[0] is not over:
        return None
    found = mixed(step.before(0, step.axis))
    return None if found is None or found.kind != "softmax" or found.log else replace(found, weight=1.0)


def _reduced(step: Step) -> Found | None:
    entering, axes = step.operation.inputs[0], step.constant(1)
    if axes is None or entering.shape.rank is None:
        return None
    gone = sorted({int(each) % entering.shape.rank for each in axes.reshape(-1)})
    axis = step.axis
    if axis is not None and not step.operation.get_attr("keep_dims"):
        for each in gone:
            axis += each <= axis
    if axis in gone:
        return None
    found = mixed(step.before(0, axis))
    if found is None or step.operation.type == "Mean":
        return found
    sizes = [entering.shape[each] for each in gone]
    return None if None in sizes else replace(found, weight=found.weight * math.prod(sizes))


def _clipped(step: Step) -> Found | None:
    kind = step.operation.type
    bounds = {"ClipByValue": (1, 2), "Maximum": (1, None), "Minimum": (None, 1)}[kind]
    place = 0
    if kind != "ClipByValue" and step.scalar(1) is None:
        bounds, place = {"Maximum": (0, None), "Minimum": (None, 0)}[kind], 1
    low, high = (None if at is None else step.scalar(at) for at in bounds)
    if (low is None) != (bounds[0] is None) or (high is None) != (bounds[1] is None):
        return None
    found = mixed(step.before(place, step.axis))
    if found is None or found.kind == "linear" or found.log or found.weight != 1:
        return None
    narrow = (low is not None and low > _NARROWEST_CLIP) or (high is not None and high < 1 - _NARROWEST_CLIP)
    return None if narrow else found


AVERAGED: dict[str, Callable[[Step], Found | None]] = {
    "Add": _added,
    "AddV2": _added,
    "AddN": _added,
    "Mul": _scaled,
    "RealDiv": _scaled,
    "Mean": _reduced,
    "Sum": _reduced,
    "ClipByValue": _clipped,
    "Maximum": _clipped,
    "Minimum": _clipped,
}
