"""The columns of a model's outputs: their names, and each head as the logits or probabilities that were asked for."""

from __future__ import annotations

from typing import Any

import keras

from nbviz.attribution.sites import Head, Output
from nbviz.keras_model.graph import has_graph
from nbviz.keras_model.output_heads import logits_before
from nbviz.network.architecture import OutputKind


def output_names(model: keras.Model) -> list[str]:
    """Names of the model's outputs, in their order."""
    if not has_graph(model):
        return [f"{model.name} output"]
    structure = model.output if len(model.outputs) > 1 else None
    if isinstance(structure, dict):
        return sorted(structure)
    names = [tensor._keras_history.operation.name for tensor in model.outputs]
    return [f"{name}:{seen}" if (seen := names[:at].count(name)) else name for at, name in enumerate(names)]


def is_head(found: Any, answer: Any, logits: Any) -> bool:
    """Whether a layer's tensor is an output of the model, or what softmax or sigmoid makes of the same logits."""
    if found is None:
        return False
    before = logits_before(found)
    return found is answer or found is logits or (before is not None and before[0] is logits)


def head_columns(name: str, logits: Any, kind: OutputKind, output: Output) -> tuple[Head, Any]:
    """One output as columns (rows, classes) of what was asked for, float32 or float64; and what they are.

    Args:
        name: Of the output.
        logits: (rows, classes), (rows,) of a single number, or (rows, *positions, classes), whose mean over the
            positions is taken.
        kind: What its numbers mean.
        output: What was asked for.

    Raises:
        ValueError: The number of classes is open.
    """
    import tensorflow as tf

    values = _transformed(tf.cast(logits, tf.float64 if logits.dtype == tf.float64 else tf.float32), kind, output)
    positions = values.shape.rank > 2
    if values.shape.rank == 1:
        values = values[:, tf.newaxis]
    if positions:
        values = tf.reduce_mean(values, axis=list(range(1, values.shape.rank - 1)))
    if values.shape[-1] is None:
        raise ValueError(f"Expected outputs of a fixed size. Received {logits.shape} of {name!r}.")
    return Head(name, kind, int(values.shape[-1]), positions), values


def _transformed(logits: Any, kind: OutputKind, output: Output) -> Any:
    """Logits as the output that was asked for: probabilities, or the logits of a softmax centred over the classes."""
    import tensorflow as tf

    if output == "probability" and kind == "softmax":
        return tf.nn.softmax(logits)
    if output == "probability" and kind == "sigmoid":
        return tf.sigmoid(logits)
    if output == "logit" and kind == "softmax":
        return logits - tf.reduce_mean(logits, axis=-1, keepdims=True)
    return logits
