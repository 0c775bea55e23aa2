"""The columns of a model's outputs: each head as the logits or probabilities that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.sites import Head, Output
from nbviz.keras_model.outputs.traced_logits import logits_before
from nbviz.network.architecture import OutputKind


def is_head(found: Any, answer: Any, logits: Any, source: Any) -> bool:
    """Whether a layer's tensor is an output of the model, or what softmax or sigmoid makes of the same logits.

    Args:
        found: What the layer returned.
        answer: The output.
        logits: What is explained of it.
        source: What the logits came from, None where that is not one tensor.
    """
    if found is None:
        return False
    if found is answer or found is logits or (source is not None and found is source):
        return True
    before = logits_before(found)
    return before is not None and before.source is not None and before.source is source


def has_positions_of(shape: Sequence[int | None], region: np.ndarray) -> bool:
    """Whether an output of a shape (rows, *positions, classes) has the positions that a region is of."""
    sizes = tuple(shape)[1:-1]
    return len(sizes) == region.ndim and all(size in (None, own) for size, own in zip(sizes, region.shape, strict=True))


def head_columns(
    name: str, logits: Any, kind: OutputKind, output: Output, own: Any = None, region: np.ndarray | None = None
) -> tuple[Head, Any]:
    """One output as columns (rows, classes) of what was asked for, float32 or float64; and what they are.

    Args:
        name: Of the output.
        logits: (rows, classes), (rows,) of a single number, or (rows, *positions, classes), whose mean over the
            positions is taken.
        kind: What its numbers mean.
        output: What was asked for.
        own: The model's own probabilities, which need not add up to 1; None where they are those of the logits.
        region: (*positions,), which of them count; None for all. An output with other positions is taken whole.

    Raises:
        ValueError: The number of classes is open.
    """
    import tensorflow as tf

    as_it_is = output == "probability" and own is not None
    values = own if as_it_is else logits
    values = tf.cast(values, tf.float64 if values.dtype == tf.float64 else tf.float32)
    values = values if as_it_is else _transformed(values, kind, output)
    positions = any(size != 1 for size in values.shape[1:-1])
    if values.shape.rank == 1:
        values = values[:, tf.newaxis]
    if values.shape.rank > 2:
        axes = list(range(1, values.shape.rank - 1))
        if region is not None and has_positions_of(values.shape, region):
            weights = tf.constant((region / region.sum())[np.newaxis, ..., np.newaxis], values.dtype)
            values = tf.reduce_sum(values * weights, axis=axes)
        else:
            values = tf.reduce_mean(values, axis=axes)
    if values.shape[-1] is None:
        raise ValueError(f"Expected outputs of a fixed size. Received {logits.shape} of {name!r}.")
    return Head(name, kind, int(values.shape[-1]), positions), values


def probabilities_of(logits: Any, kind: OutputKind) -> Any:
    """The probabilities of logits that `logits_of` worked out of such."""
    import tensorflow as tf

    return tf.exp(logits) if kind == "softmax" else tf.sigmoid(logits)


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
