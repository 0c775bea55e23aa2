"""Dense layers whose inputs and slopes are read while a model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.methods.gradient import pullbacks_by_class
from nbviz.attribution.outputs import Explained
from nbviz.keras_model.kernel_taps import Tap
from nbviz.keras_model.replay import run_layer


def tapped_slopes(
    explained: Explained,
    taps: Mapping[str, Tap],
    inputs: list[Any],
    points: list[Any],
    wanted: Any,
    classes: int,
    entering: dict[str, Any] | None = None,
) -> list[Any]:
    """For each tap d class / d z, (rows, classes, units); what enters the kernels is written into `entering`."""
    import tensorflow as tf

    record: dict[str, Any] = {} if entering is None else entering
    before: dict[str, Any] = {}

    def visit(path: Any, operation: Any, args: Any, kwargs: Any, is_head: bool) -> Any:
        return tapped(taps, path, operation, args, kwargs, record, before)

    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(points)
        columns = explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=visit)
    by_class = pullbacks_by_class(tape, columns, [before[name] for name in taps], wanted, classes)
    return [tf.stack([tf.cast(of[place], tf.float32) for of in by_class], axis=1) for place in range(len(taps))]


def tapped(
    taps: Mapping[str, Tap],
    path: Any,
    operation: Any,
    args: Any,
    kwargs: Any,
    entering: dict[str, Any],
    before: dict[str, Any],
) -> Any:
    """Runs a layer; of one with a tap, what enters the kernel and what comes before its activation is kept."""
    name = path[-1]
    if len(path) > 1 or name not in taps:
        return run_layer(operation, args, kwargs)
    entering[name] = args[0] if args else kwargs["inputs"]
    before[name] = taps[name].before(entering[name])
    return taps[name].after(before[name])


def unit_indices(taps: Mapping[str, Tap], units: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> list[np.ndarray]:
    """Of each tapped layer the source units and own units asked for, one after the other; int32."""
    return [np.asarray(side, np.int32) for name in taps for side in units[name]]


def pairs_of(flat: Sequence[Any]) -> list[tuple[Any, Any]]:
    """A flat sequence as pairs: what `unit_indices` put one after the other."""
    return list(zip(flat[::2], flat[1::2], strict=True))
