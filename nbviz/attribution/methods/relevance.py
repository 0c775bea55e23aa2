"""DeepLIFT and LRP: gradients in which each activation passes credit back by a rule of its own.

Both are gradients with the derivative of the activation exchanged for a quotient (Ancona et al. 2018): DeepLIFT's
rescale rule takes (a - a') / (z - z'), with a', z' at the reference; LRP's epsilon rule takes a / (z + epsilon).
The rule is put around the activation while the graph is replayed; neither layers nor TensorFlow are patched.

Layers that are linear in inference mode need no rule. A layer that is neither linear nor an elementwise activation
(max pooling, attention, recurrent, layer normalization) has none here, and is named in the error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.attribution.methods.gradient import at_roots, pullbacks
from nbviz.attribution.methods.task import Local, Task, credit
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.rows import Batch
from nbviz.attribution.sites import as_spec
from nbviz.keras_model.kernel_taps import without_activation
from nbviz.keras_model.layers import ACTIVATION_LAYERS, REGULARIZERS, RESCALERS, SILENT
from nbviz.keras_model.replay import Path, Replay, hands_on, run_layer
from nbviz.network.samples import InputSpec

LRP_EPSILON = 1e-6

_L = keras.layers
_WITH_KERNEL = {
    _L.Dense, _L.EinsumDense,
    _L.Conv1D, _L.Conv2D, _L.Conv3D, _L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose,
    _L.DepthwiseConv1D, _L.DepthwiseConv2D, _L.SeparableConv1D, _L.SeparableConv2D,
}  # fmt: skip
_LINEAR = {
    _L.Flatten, _L.Reshape, _L.Permute, _L.RepeatVector, _L.Masking, _L.Embedding,
    _L.ZeroPadding1D, _L.ZeroPadding2D, _L.ZeroPadding3D, _L.Cropping1D, _L.Cropping2D, _L.Cropping3D,
    _L.UpSampling1D, _L.UpSampling2D, _L.UpSampling3D,
    _L.AveragePooling1D, _L.AveragePooling2D, _L.AveragePooling3D,
    _L.GlobalAveragePooling1D, _L.GlobalAveragePooling2D, _L.GlobalAveragePooling3D,
    _L.Add, _L.Subtract, _L.Average, _L.Concatenate, _L.BatchNormalization, _L.GaussianNoise,
    *RESCALERS, *SILENT, *REGULARIZERS,
}  # fmt: skip
# What `a + b` and the like leave in a graph: classes without a public name.
_LINEAR_OPERATIONS = {
    "Add", "Subtract", "Negative", "Mean", "Sum", "Concatenate", "Stack", "GetItem", "Reshape", "Transpose",
    "Squeeze", "ExpandDims", "Moveaxis", "Swapaxes", "Take", "Pad", "Tile", "Repeat", "BroadcastTo",
}  # fmt: skip
_A = keras.activations
_ELEMENTWISE = {
    _A.linear, _A.relu, _A.relu6, _A.leaky_relu, _A.elu, _A.selu, _A.celu, _A.gelu, _A.silu, _A.mish, _A.tanh,
    _A.sigmoid, _A.hard_sigmoid, _A.hard_silu, _A.hard_tanh, _A.log_sigmoid, _A.softplus, _A.softsign, _A.exponential,
}  # fmt: skip

# What may end in an activation, and needs the rule there.
_ACTIVATED = {*_WITH_KERNEL, _L.Activation, *ACTIVATION_LAYERS}


def deeplift(task: Task, batch: Batch) -> Local:
    """DeepLIFT with the rescale rule, against one reference (Shrikumar et al. 2017); credits add up to f(x) - f(b)."""
    function = _compiled(task.explained, len(task.classes), against_reference=True)
    *found, answers = function(*batch.inputs, *task.references, task.classes)
    task.advance(len(batch.places))
    return Local(credit(task, [np.asarray(values) for values in found]), answers=np.asarray(answers))


def lrp(task: Task, batch: Batch) -> Local:
    """Layer-wise relevance propagation with the epsilon rule (Bach et al. 2015).

    Bias takes its share, so credits do not add up to the output. On networks of relu units this *is* gradient x
    input (Ancona et al. 2018), not a second opinion on it.
    """
    function = _compiled(task.explained, len(task.classes), against_reference=False)
    *found, _answers = function(*batch.inputs, task.classes)
    task.advance(len(batch.places))
    return Local(credit(task, [np.asarray(values) for values in found]))


def _compiled(explained: ExplainedOutputs, classes: int, against_reference: bool) -> Callable[..., Any]:
    name = "deeplift" if against_reference else "lrp"
    if explained.replay is None:
        raise ValueError(
            f"Expected a model whose layers can be followed for {name}. Received a subclassed model, whose graph is "
            'code; use method="expected_gradients".'
        )
    kinds = {head.kind for head in explained.heads}
    if explained.output == "probability" and kinds != {"linear"}:
        raise ValueError(
            f"Expected output='logit' or 'raw_logit' for {name}, which has no rule for softmax or sigmoid at the head. "
            "Received output='probability'; use method=\"expected_gradients\"."
        )
    # Before compiling, which would take an error for code that only runs eagerly.
    composed = [head for head in explained.heads if head.composed]
    if composed:
        raise ValueError(
            f"Expected one softmax or sigmoid at the end of each output for {name}. Received {composed[0].name!r}, "
            'whose probabilities come from several, or go on from there; use method="expected_gradients".'
        )
    for path, operation in explained.replay.paths.items():
        number = explained.replay.heads.get(path)
        head = None if number is None else explained.heads[number]
        before_it = head is not None and head.kind != "linear" and not head.composed and _follows_logits(operation)
        if path not in explained.replay.last_inside and not before_it:
            _check(name, "/".join(path), operation)
    _check_heads(name, explained.replay, len(explained.specs))
    specs = [*explained.specs, *(map(as_spec, explained.roots) if against_reference else ())]
    run = functools.partial(_relevance, explained, classes, against_reference)
    return explained.compiled((name, classes), run, [*specs, InputSpec("classes", (), "int32")])


def _check(method: str, name: str, operation: Any) -> None:
    kind = type(operation)
    activation = operation if kind in ACTIVATION_LAYERS else getattr(operation, "activation", None)
    elementwise = _is_elementwise(activation)
    if kind in _LINEAR or (kind in _ACTIVATED and elementwise):
        return
    if kind.__module__ == "keras.src.ops.numpy" and kind.__name__ in _LINEAR_OPERATIONS:
        return
    what = f'{kind.__name__} "{name}"'
    if kind in _WITH_KERNEL or kind is _L.Activation:
        what += f" with the activation {getattr(activation, '__name__', activation)}"
    raise ValueError(f'Expected layers that {method} has a rule for. Received {what}; use method="expected_gradients".')


@dataclass(frozen=True, slots=True)
class _MadeBy:
    """The head that a value comes from, None of any other value."""

    head: Path | None


def _check_heads(method: str, replay: Replay, inputs: int) -> None:
    """Probabilities that are an output pass credit before softmax or sigmoid: no rule leads on from there."""

    def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _MadeBy:
        entering = [value.head for value in keras.tree.flatten([args, kwargs]) if isinstance(value, _MadeBy)]
        heads = [head for head in entering if head is not None]
        if path in replay.heads and hands_on(operation):
            return _MadeBy(heads[0] if heads else None)
        if heads:
            layer = replay.paths[heads[0]]
            activation = getattr(layer, "activation", _A.softmax)
            raise ValueError(
                f"Expected outputs of probabilities that lead nowhere else, for {method}. Received "
                f'{type(layer).__name__} "{"/".join(heads[0])}" with the activation {activation.__name__}, which goes '
                f'on into "{"/".join(path)}"; use method="expected_gradients".'
            )
        return _MadeBy(path if path in replay.heads and _follows_logits(operation) else None)

    replay([_MadeBy(None)] * inputs, visit)


def _follows_logits(operation: Any) -> bool:
    """Whether a head ends in what logits are read in front of."""
    ends_in = getattr(operation, "activation", None) if type(operation) in _ACTIVATED else None
    return type(operation) is _L.Softmax or ends_in in (_A.softmax, _A.log_softmax, _A.sigmoid)


def _is_elementwise(activation: Any) -> bool:
    if type(activation) in ACTIVATION_LAYERS:
        return type(activation) is not _L.Softmax
    return activation is None or activation in _ELEMENTWISE


def _relevance(explained: ExplainedOutputs, classes: int, against_reference: bool, *arrays: Any) -> list[Any]:
    """Credit at each site, and last the outputs themselves."""
    import tensorflow as tf

    inputs, wanted = arrays[: len(explained.specs)], arrays[-1]
    record: dict[Path, Any] = {} if explained.layer is None else {explained.layer: None}
    points = at_roots(explained, inputs)
    reference: _Rules | None = None
    starts: list[Any] = []
    start_layer: Any = None
    if against_reference:
        starts = list(arrays[len(explained.specs) : -1])
        if len(explained.roots) < len(explained.specs) or any(site.input is None for site in explained.roots):
            # The other inputs, and masks, are those of the rows.
            starts = [tf.broadcast_to(start, tf.shape(point)) for start, point in zip(starts, points, strict=True)]
        reference = _Rules(None)
        explained.forward(list(inputs), dict(zip(explained.roots, starts, strict=True)), record, run=reference)
        start_layer = record.get(explained.layer or ())
    rules = _Rules(reference)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(points)
        columns = explained.forward(list(inputs), dict(zip(explained.roots, points, strict=True)), record, run=rules)
    places = points if explained.layer is None else [record[explained.layer]]
    origins = starts if explained.layer is None else [start_layer]
    products = []
    for index, (place, slope) in enumerate(zip(places, pullbacks(tape, columns, places, wanted, classes), strict=True)):
        by = place - origins[index] if against_reference else place
        products.append(slope * by[..., tf.newaxis])
    summed = [
        tf.reduce_sum(product, axis=-2) if site.summed else product
        for site, product in zip(explained.sites, products, strict=True)
    ]
    return [*summed, columns]


class _Rules:
    """Runs layers with the rule around their activations.

    Attributes:
        before: Path -> what entered the activation.
    """

    def __init__(self, reference: _Rules | None, epsilon: float = LRP_EPSILON) -> None:
        """With a reference the rule is DeepLIFT's; a run without one collects what a reference needs, and is LRP's."""
        self._reference = reference
        self._epsilon = epsilon
        self.before: dict[Path, Any] = {}

    def __call__(self, path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], is_head: bool) -> Any:
        """What the layer returns."""
        kind = type(operation)
        if (is_head and _follows_logits(operation)) or kind not in _ACTIVATED:
            return run_layer(operation, args, kwargs)
        entering = args[0] if args else kwargs["inputs"]
        mask = getattr(entering, "_keras_mask", None)
        if kind in _WITH_KERNEL:
            activation = operation.activation
            z = without_activation(operation, entering)
        else:
            z, activation = entering, functools.partial(_run_one, operation)
        self.before[path] = z
        if activation is not None and activation is not keras.activations.linear:
            z = self._activate(path, z, activation)
        if mask is not None and operation.supports_masking:
            z._keras_mask = operation.compute_mask(entering, mask)
        return z

    def _activate(self, path: Path, z: Any, activation: Callable[[Any], Any]) -> Any:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(z)
            a = activation(z)
        if self._reference is None:
            multiplier = a / (z + tf.cast(tf.where(z >= 0, self._epsilon, -self._epsilon), z.dtype))
        else:
            z_reference = self._reference.before[path]
            difference = z - z_reference
            # Where both meet, the quotient's limit is the derivative.
            near = tf.abs(difference) < 1e-6 * (1 + tf.abs(z_reference))
            quotient = (a - activation(z_reference)) / difference
            multiplier = tf.where(near, tape.gradient(a, z), quotient)

        # The value of a with the multiplier for a derivative. tf.custom_gradient would keep every graph it was in.
        return tf.stop_gradient(a) + tf.stop_gradient(multiplier) * (z - tf.stop_gradient(z))


def _run_one(operation: Any, z: Any) -> Any:
    return run_layer(operation, (z,), {})
