"""Importance of the units of every layer: gradient x activation, one backward pass a class for all layers together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from nbviz.attribution.classes import class_index, heads_of, name_heads, read_classes
from nbviz.attribution.methods.gradient import at_roots, pullbacks_by_class
from nbviz.attribution.methods.task import ROOM
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.progress import current_listener
from nbviz.attribution.rows import Rows
from nbviz.attribution.sites import CLASSES_AT_ONCE, Output
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.keras_model.compiled.function import is_compiled
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.keras_model.replay import Path
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import whole_number
from nbviz.network.names import Names
from nbviz.network.samples import InputSpec, Samples

_ROWS_KEPT = 256  # for directions


def layer_importance(
    model: keras.Model,
    x: Samples,
    *,
    output: Output = "logit",
    classes: Sequence[int | str] | None = None,
    class_names: Names = None,
    batch_size: int = 1024,
    seed: int = 0,
    output_kind: SaidKinds = None,
    output_region: Any = None,
) -> dict[str, Importance]:
    """How much each unit of every layer matters for each class: mean |gradient x activation| over rows.

    One forward pass and one backward pass a class serve all layers. Positions of a sequence or an image are summed
    over, so that a unit is a channel. The head means its logits. For another method at one layer, see
    `importance(..., layer=...)`.

    Args:
        model: A built `keras.Model` with a graph (functional or Sequential); looking at it changes nothing.
        x: Rows: array, DataFrame, list / dict of these for several inputs, or a `tf.data.Dataset`.
        output: `"logit"`, `"raw_logit"` or `"probability"`, as for `attributions`.
        classes: Outputs to explain, by number or name; None for all.
        class_names: Names of the classes; of several outputs a dict by output.
        batch_size: Rows a compiled function takes at once.
        seed: Decides which rows are kept for the directions.
        output_kind: As for `attributions`.
        output_region: As for `attributions`.

    Returns:
        Layer name -> table (units, classes), in the order of the model; `"model/layer"` inside a model. Layers that
        return no numbers, such as masks or tokens, are left out.

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: A subclassed model, or data, classes or names that do not fit.
    """
    check_gradients()
    explained = explained_outputs(model, output, output_kind=output_kind, output_region=output_region)
    if explained.replay is None:
        raise ValueError(
            "Expected a model whose layers can be read (functional or Sequential). Received a subclassed model, whose "
            "graph is code; nbviz.importance explains its inputs."
        )
    named = name_heads(explained.heads, class_names)
    columns = read_classes(classes, explained, named).astype(np.int32)
    shapes = _shapes(explained)
    whole_number("batch_size", batch_size)
    whole_number("seed", seed, 0)
    rows = Rows(x, None, explained.specs, batch_size)
    size = sum(math.prod(size or 1 for size in shape) for shape in shapes.values())
    rows.batch_size = max(1, min(batch_size, ROOM // (size * min(len(columns), CLASSES_AT_ONCE))))
    sums = _Sums(len(shapes), rows.count, seed)
    listener = current_listener()
    with tqdm(total=rows.count, desc="every layer", delay=1, leave=False, disable=listener is not None) as bar:
        for batch in rows:
            explained.judge(batch.inputs)
            keep = sums.rows_to_keep(len(batch.places))
            parts = []
            for start in range(0, len(columns), CLASSES_AT_ONCE):
                chunk = columns[start : start + CLASSES_AT_ONCE]
                parts.append(_function(explained, list(shapes), len(chunk))(*batch.inputs, keep, chunk))
            sums.add(len(batch.places), parts)
            if listener is not None:
                listener(sums.rows, rows.count)
            bar.update(len(batch.places))
    kinds = [head.kind for head in heads_of(explained.heads, columns)]
    attrs = {
        "method": "gradient_x_input",
        "output": "raw output" if set(kinds) == {"linear"} else output,
        "head": kinds[0] if len(kinds) == 1 else kinds,
        "rows": sums.rows,
        "seed": seed,
        "direction": "spearman",
    }
    index = class_index(explained.heads, named)[columns]
    return {
        "/".join(path): sums.importance(place, index, {**attrs, "layer": "/".join(path)})
        for place, path in enumerate(shapes)
    }


class _Sums:
    """What is summed up over the rows, for each layer."""

    def __init__(self, layers: int, count: int | None, seed: int) -> None:
        self.rows = 0
        self._sums: list[list[np.ndarray]] = [[] for _ in range(layers)]  # of |credit| and of its square
        self._kept: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in range(layers)]  # credit, activation
        self._generator = np.random.default_rng(seed)
        # Of a stream of unknown length the first rows are kept.
        self._chosen: np.ndarray | None = None
        if count is not None:
            self._chosen = np.zeros(count, bool)
            self._chosen[self._generator.choice(count, min(count, _ROWS_KEPT), replace=False)] = True

    def rows_to_keep(self, count: int) -> np.ndarray:
        """Numbers of rows in the next batch whose credits are wanted."""
        if self._chosen is None:
            return np.arange(max(0, min(count, _ROWS_KEPT - self.rows)), dtype=np.int32)
        return np.flatnonzero(self._chosen[self.rows : self.rows + count]).astype(np.int32)

    def add(self, rows: int, parts: Sequence[Any]) -> None:
        """Take a batch in: for each chunk of classes (sums, squares, kept credits, kept activations) of each layer."""
        self.rows += rows
        for place in range(len(self._sums)):
            sums, squares, kept = (
                _joined([np.asarray(part[place][role]) for part in parts], axis=-1) for role in range(3)
            )
            new = [sums.astype(float), squares.astype(float)]
            old = self._sums[place]
            self._sums[place] = [a + b for a, b in zip(old, new, strict=True)] if old else new
            self._kept[place].append((kept, np.asarray(parts[0][place][3])))

    def importance(self, place: int, classes: pd.Index, attrs: dict[str, Any]) -> Importance:
        """The table of one layer."""
        sums, squares = self._sums[place]
        strength = sums / self.rows
        error = None
        if self.rows > 1:
            error = np.sqrt(np.maximum(squares / self.rows - strength**2, 0) / (self.rows - 1))
        credits, activations = zip(*self._kept[place], strict=True)
        units = pd.Index([str(unit) for unit in range(len(strength))], name="unit")
        sample = LocalSample(_joined(credits, axis=0), _joined(activations, axis=0))
        return Importance(strength, error, units, classes, attrs, sample=sample)


def _joined(arrays: Sequence[np.ndarray], axis: int) -> np.ndarray:
    """Concatenated; one alone is not copied, which took a quarter of the time."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis)


def _shapes(explained: ExplainedOutputs) -> dict[Path, tuple[int | None, ...]]:
    """Layers that return numbers, and the shape of what they return for one row."""
    assert explained.replay is not None
    if explained.layer_shapes:
        return explained.layer_shapes
    found = explained.layer_shapes

    def run(*rows: Any) -> Any:
        assert explained.replay is not None
        record: dict[Path, Any] = {explained.resolve(path): None for path in explained.replay.paths}
        columns = explained.forward(list(rows), record=record)
        for path in explained.replay.paths:
            tensor = record[explained.resolve(path)]
            if tensor.dtype.is_floating and tensor.shape.rank > 1:
                found[path] = tuple(tensor.shape[1:])
        return columns

    function = explained.compiled("layers", run, explained.specs, at_once=True)
    if not is_compiled(function):
        function(*(np.zeros((1, *(size or 1 for size in spec.shape)), spec.dtype) for spec in explained.specs))
    return found


def _function(explained: ExplainedOutputs, paths: Sequence[Path], classes: int) -> Any:
    """(inputs, rows to keep, classes) -> for each layer what `_summed` makes of it."""

    def run(*arrays: Any) -> Any:
        import tensorflow as tf

        inputs, keep, wanted = arrays[:-2], arrays[-2], arrays[-1]
        points = at_roots(explained, inputs)
        record: dict[Path, Any] = {explained.resolve(path): None for path in paths}
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            at_points = dict(zip(explained.roots, points, strict=True))
            columns = explained.forward(list(inputs), at_points, record, tape=tape)
        layers = [record[explained.resolve(path)] for path in paths]
        # What only hands on, as dropout does in inference mode, has the numbers of the layer before.
        distinct = list({id(layer): layer for layer in layers}.values())
        by_class = pullbacks_by_class(tape, columns, distinct, wanted, classes)
        found = {
            id(layer): _summed(layer, [slopes[place] for slopes in by_class], keep)
            for place, layer in enumerate(distinct)
        }
        return [found[id(layer)] for layer in layers]

    specs = [*explained.specs, InputSpec("keep", (), "int32"), InputSpec("classes", (), "int32")]
    return explained.compiled(("every layer", classes), run, specs)


def _summed(layer: Any, slopes: Sequence[Any], keep: Any) -> list[Any]:
    """Sums over rows of |credit| and of its square, (units, classes); credits and activations of the rows to keep."""
    import tensorflow as tf

    positions = list(range(1, layer.shape.rank - 1))
    sums, squares, kept = [], [], []
    for slope in slopes:  # one class at a time: with classes on the last axis this takes twice as long
        credit = tf.cast(slope * layer, tf.float32)
        if positions:
            credit = tf.reduce_sum(credit, axis=positions)
        sums.append(tf.reduce_sum(tf.abs(credit), axis=0))
        squares.append(tf.reduce_sum(tf.square(credit), axis=0))
        kept.append(tf.gather(credit, keep))
    value = tf.gather(tf.cast(layer, tf.float32), keep)
    if positions:
        value = tf.reduce_mean(value, axis=positions)
    return [tf.stack(sums, axis=-1), tf.stack(squares, axis=-1), tf.stack(kept, axis=-1), value]
