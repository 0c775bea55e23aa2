"""What made a traced answer: softmax or sigmoid, and what entered it, found by walking TensorFlow's graph backwards.

The walk goes through whatever leaves probabilities what they are: another shape or order of the axes, some of the
rows or positions, heads joined side by side, the mean over several models, a clip. Whichever layer, nested model or
subclass did it is the same to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nbviz.keras_model.outputs.averaged import AVERAGED
from nbviz.keras_model.outputs.rearranged import REARRANGED
from nbviz.keras_model.outputs.walk_step import Found, Step
from nbviz.network.architecture import OutputKind

_SAME = ("Identity", "Cast", "StopGradient", "PreventGradient", "CheckNumerics", "EnsureShape", "Snapshot")
_NONLINEAR: dict[str, OutputKind] = {"Softmax": "softmax", "LogSoftmax": "softmax", "Sigmoid": "sigmoid"}
# What ends in these is no probability, whatever the loss says of it.
_UNBOUNDED = ("BiasAdd", "MatMul", "Conv2D", "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Tanh", "Softplus")

Leaf = Callable[[Any, int | None], Found | None]
_RULES = REARRANGED | AVERAGED


def made_of(tensor: Any, axis: int | None, leaf: Leaf) -> Found | None:
    """What a traced tensor comes from; None where that is not to be seen.

    Args:
        tensor: A tensor of a traced function.
        axis: Of its classes; None where they are no longer side by side.
        leaf: Told of each argument of the function that the walk ends at, and of the axis of its classes; answers
            what is known of it from elsewhere.
    """
    return _walk(tensor, axis, leaf)


def logits_before(answer: Any) -> Found | None:
    """What a computed answer comes from; None where that is not to be seen.

    While a function is traced the graph tells, whichever layer, nested model or subclass did it; eagerly, Keras
    leaves the logits on the tensor.
    """
    import tensorflow as tf

    if not isinstance(answer, tf.__internal__.EagerTensor):
        rank = answer.shape.rank
        found = _walk(answer, rank - 1 if rank and rank > 1 else None, lambda tensor, axis: None)
        return found if found is None or abs(found.weight - 1) < 1e-6 else None
    logits = getattr(answer, "_keras_logits", None)
    if logits is None:
        return None
    binary = np.allclose(tf.sigmoid(logits), answer, atol=1e-6)
    return Found("sigmoid" if binary else "softmax", False, lambda: logits, logits)


def same_when_eager(answer: Any) -> bool:
    """Whether `logits_before` finds the same of a traced answer when it is computed eagerly, to the last digit."""
    found, left = logits_before(answer), getattr(answer, "_keras_logits", None)
    if found is None or found.logits is None:
        return left is None
    return left is not None and found.source is left


def _walk(tensor: Any, axis: int | None, leaf: Leaf) -> Found | None:
    operation = tensor.op
    kind = operation.type
    if kind == "Placeholder":
        return leaf(tensor, axis)
    if kind in _NONLINEAR:
        entered = operation.inputs[0]
        if kind != "Sigmoid" and (axis is None or axis != tensor.shape.rank - 1):
            return None
        return Found(_NONLINEAR[kind], kind == "LogSoftmax", lambda: entered, entered)
    if kind in _SAME:
        return _walk(operation.inputs[0], axis, leaf)
    if kind in _UNBOUNDED or (kind in ("Add", "AddV2") and _adds_a_weight(operation)):
        return Found("linear")
    rule = _RULES.get(kind)
    return rule(Step(operation, tensor, axis, lambda entering, at: _walk(entering, at, leaf))) if rule else None


def _adds_a_weight(operation: Any) -> bool:
    makers = [entering.op for entering in operation.inputs]
    return any((maker.inputs[0].op if maker.type == "Cast" else maker).type == "ReadVariableOp" for maker in makers)
