"""Grad-CAM: where in a layer's maps the evidence for a class is (Selvaraju et al. 2017, arXiv 1610.02391).

Each channel k of a layer gets one weight for a class c, the mean over its positions of d logit_c / d A_k; the map is
ReLU(sum over k of weight_k A_k). The logit is that before softmax or sigmoid, not centred over the classes, as in the
paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.attribution.classes import name_heads, read_classes
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.keras_model.activations.feature_maps import MapReader
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.keras_model.replay import Path
from nbviz.network.architecture import SaidKinds
from nbviz.network.names import Names
from nbviz.network.samples import InputSpec, Samples, read_samples

_ROOM = 2**20  # numbers that the inputs, and the maps, of one batch may hold: the layers between hold more
_MOST_ROWS = 256


@dataclass(frozen=True, slots=True, eq=False)
class GradCam:
    """What Grad-CAM says of a layer.

    Attributes:
        layer: Name of the layer.
        maps: (rows, *positions, classes), float32, zero or positive, in units of the logit: where channels that
            raise the class are active.
        weights: (rows, channels, classes): mean over the positions of d logit / d channel.
        importance: (rows, channels, classes), signed: weight times mean activation of the channel. Summed over the
            channels this is the mean of the map before its ReLU.
        classes: Numbers of the classes among all that the outputs have.
        logits: (rows, classes of all outputs).
    """

    layer: str
    maps: np.ndarray
    weights: np.ndarray
    importance: np.ndarray
    classes: np.ndarray
    logits: np.ndarray


def grad_cam(
    model: keras.Model,
    x: Samples,
    layer: Any = None,
    *,
    classes: Sequence[int | str] | None = None,
    class_names: Names = None,
    reader: MapReader | None = None,
    output_kind: SaidKinds = None,
) -> GradCam:
    """Grad-CAM of rows of data at a layer.

    Args:
        model: A built classifier with a graph (functional or Sequential); looking at it changes nothing.
        x: Rows, as for `attributions`.
        layer: A layer with maps, by name, index or itself; None for the last one with rows and columns.
        classes: Numbers or names; None for all.
        class_names: Names of the classes; of several outputs a dict by output.
        reader: Of the model's maps, if there is one already.
        output_kind: As for `attributions`; the reader's own by default.

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: The layer has no maps, the model does not classify whole samples, nothing differentiable leads from
            the layer to the outputs, or data and classes do not fit.
        RuntimeError: Keras runs on another backend than TensorFlow.
    """
    reader = reader or MapReader(model, output_kind)
    if not reader.layers:
        raise ValueError(reader.expected)
    if layer is None:
        pictures = [name for name, found in reader.layers.items() if len(found.shape) == 3]
        layer = (pictures or list(reader.layers))[-1]
    found = reader.layers[reader.find(model, layer)]
    explained = classifier(model, reader.output_kind)
    columns = read_classes(classes, explained, name_heads(explained.heads, class_names)).astype(np.int32)
    whole = [not head.positions for head in explained.heads for _ in range(head.classes)]
    if classes is None:
        columns = columns[[whole[column] for column in columns]]
    elif not all(whole[column] for column in columns):
        raise ValueError("Expected classes of outputs with one answer per sample. Received one with many per sample.")
    inputs = read_samples(x, explained.specs)
    explained.judge(inputs)
    rows, function = len(inputs[0]), _function(explained, found.path, found.channels_first)
    # Each class of each row is a row of its own: one backward pass serves them all.
    of_row, wanted = np.repeat(np.arange(rows), len(columns)), np.tile(columns, rows)
    size = max(math.prod(size or 64 for size in shape) for shape in (found.shape, *(a.shape[1:] for a in inputs)))
    at_once = max(1, min(_MOST_ROWS, _ROOM // size))
    batches = []
    for start in range(0, len(wanted), at_once):
        chosen = slice(start, start + at_once)
        batch = [array[of_row[chosen]] for array in inputs]
        batches.append([np.asarray(array) for array in function(*batch, wanted[chosen])])
    maps, weights, importance, logits = (
        np.concatenate(role).reshape(rows, len(columns), *role[0].shape[1:]) for role in zip(*batches, strict=True)
    )
    maps, weights, importance = (np.moveaxis(array, 1, -1) for array in (maps, weights, importance))
    return GradCam(found.name, maps, weights, importance, columns, logits[:, 0])


def classifier(model: keras.Model, output_kind: SaidKinds = None) -> ExplainedOutputs:
    """The model's logits, for a model that answers once for each sample.

    Raises:
        ValueError: It does not, or has no input with a gradient.
        RuntimeError: Keras runs on another backend than TensorFlow.
    """
    check_gradients()
    explained = explained_outputs(model, "raw_logit", output_kind=output_kind)
    if explained.replay is None:
        raise ValueError("Expected a model whose layers can be read. Received a subclassed model, whose graph is code.")
    if all(head.positions for head in explained.heads):
        raise ValueError(
            "Expected a model with one answer per sample. Received one that answers at every position, such as an "
            "autoencoder."
        )
    return explained


def _function(explained: ExplainedOutputs, path: Path, channels_first: bool) -> Any:
    """(inputs, class of each row) -> map, weights and importance for that class, and all logits."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        inputs, wanted = arrays[:-1], arrays[-1]
        record: dict[Path, Any] = {path: None}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            logits = explained.forward(list(inputs), record=record, tape=tape)
            chosen = tf.reduce_sum(logits * tf.one_hot(wanted, logits.shape[-1], dtype=logits.dtype))
        layer = record[path]
        slope = tape.gradient(chosen, layer)
        if slope is None:
            raise ValueError(
                f"Expected a way for a gradient from the outputs back to {'/'.join(path)!r}. Received a model in which "
                "nothing differentiable leads there."
            )
        activation = _channels_last(tf.cast(layer, tf.float32), channels_first)
        positions = list(range(1, activation.shape.rank - 1))
        weights = tf.reduce_mean(_channels_last(tf.cast(slope, tf.float32), channels_first), positions)
        spread = weights[(slice(None), *(tf.newaxis for _ in positions))]
        maps = tf.nn.relu(tf.reduce_sum(spread * activation, axis=-1))
        return [maps, weights, weights * tf.reduce_mean(activation, positions), tf.cast(logits, tf.float32)]

    specs = [*explained.specs, InputSpec("classes", (), "int32")]
    return explained.compiled(("grad cam", path, channels_first), run, specs)


def _channels_last(tensor: Any, channels_first: bool) -> Any:
    import tensorflow as tf

    if not channels_first:
        return tensor
    rank = tensor.shape.rank
    return tf.transpose(tensor, [0, *range(2, rank), 1])
