"""What a model answers with: logits, found before softmax or sigmoid without touching the model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import has_graph
from nbviz.keras_model.layers import BINARY_LOSSES
from nbviz.network.architecture import OutputKind

# Operations of TensorFlow after softmax or sigmoid that leave the numbers what they are.
_PASSING = ("Identity", "Cast", "Reshape", "Squeeze", "ExpandDims")
_NONLINEAR: dict[str, OutputKind] = {"Softmax": "softmax", "LogSoftmax": "softmax", "Sigmoid": "sigmoid"}


def loss_of(model: keras.Model, tensor: Any) -> Any:
    """The compiled loss of an output: the one given, or that of its name or place among several."""
    loss = getattr(model, "loss", None)
    if not isinstance(loss, (dict, list, tuple)):
        return loss
    places = [index for index, output in enumerate(model.outputs) if output is tensor] if has_graph(model) else [0]
    if not places:
        return None
    if isinstance(loss, dict):
        structure = getattr(model, "output", None) if has_graph(model) else None
        keys = sorted(structure) if isinstance(structure, dict) else getattr(model, "output_names", [])
        return next((loss[keys[place]] for place in places if place < len(keys) and keys[place] in loss), None)
    return loss[places[0]] if places[0] < len(loss) else None


def kind_by_loss(loss: Any) -> OutputKind:
    """What a linear output means by its loss: logits only where the loss says so."""
    if getattr(loss, "from_logits", False):
        return "sigmoid" if isinstance(loss, BINARY_LOSSES) else "softmax"
    return "linear"


def logits_before(answer: Any) -> tuple[Any, OutputKind] | None:
    """(logits, kind) of an answer that comes out of softmax or sigmoid; None of any other.

    TensorFlow only. While a function is traced the graph tells what computed the answer, whichever layer,
    nested model or subclass did it; eagerly, Keras leaves the logits on the tensor.
    """
    import tensorflow as tf

    if isinstance(answer, tf.__internal__.EagerTensor):
        logits = getattr(answer, "_keras_logits", None)
        if logits is None:
            return None
        binary = np.allclose(tf.sigmoid(logits), answer, atol=1e-6)
        return logits, "sigmoid" if binary else "softmax"
    operation = answer.op
    while operation.type in _PASSING:
        operation = operation.inputs[0].op
    kind = _NONLINEAR.get(operation.type)
    if kind is None:
        return None
    logits = operation.inputs[0]
    if kind == "softmax" and logits.shape[-1] != answer.shape[-1]:
        return None
    rank = answer.shape.rank
    if logits.shape.rank != rank or (rank and list(logits.shape)[1:] != list(answer.shape)[1:]):
        logits = tf.reshape(logits, tf.shape(answer))
    return logits, kind
