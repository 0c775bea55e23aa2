"""Layers with a kernel read while their model answers: what enters each, and the slope of the classes behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.methods.gradient import pullbacks_by_class
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.keras_model.kernel_taps import Tap, activated, without_activation
from nbviz.keras_model.replay import Path, run_layer


class TappedRun:
    """Runs the layers of a model, and keeps what passes some with a kernel; to be traced.

    Attributes:
        entering: Tapped layer -> what enters its kernel.
        before: Tapped layer -> what comes before its activation.
    """

    def __init__(self, tapped: Iterable[str]) -> None:
        """Nothing has run yet. tapped: names of dense layers and convolutions of the model itself."""
        self._tapped = list(tapped)
        self.entering: dict[str, Any] = {}
        self.before: dict[str, Any] = {}
        self._tape: Any = None

    def __call__(self, path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], is_head: bool) -> Any:
        """What the layer returns."""
        name = path[-1]
        if len(path) > 1 or name not in self._tapped:
            return run_layer(operation, args, kwargs)
        self.entering[name] = args[0] if args else kwargs["inputs"]
        self.before[name] = without_activation(operation, self.entering[name])
        if self._tape is not None:
            # Not the inputs: what lies before the first tap would be differentiated for nothing.
            self._tape.watch(self.before[name])
        return activated(operation, self.before[name])

    def slopes(
        self, explained: ExplainedOutputs, inputs: list[Any], points: list[Any], wanted: Any, classes: int
    ) -> list[Any]:
        """Run the model; for each tap d class / d z, (rows, classes, *z), with z what comes before the activation.

        Args:
            explained: The model's outputs.
            inputs: One tensor for each input.
            points: What stands at the roots.
            wanted: Numbers of the classes.
            classes: How many they are.
        """
        import tensorflow as tf

        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            self._tape = tape
            columns = explained.forward(inputs, dict(zip(explained.roots, points, strict=True)), run=self)
            self._tape = None
        by_class = pullbacks_by_class(tape, columns, [self.before[name] for name in self._tapped], wanted, classes)
        return [
            tf.stack([tf.cast(of_class[place], tf.float32) for of_class in by_class], axis=1)
            for place in range(len(self._tapped))
        ]


def unit_indices(
    taps: Mapping[str, Tap], units: Mapping[str, EdgeUnits], keys: tuple[int, ...], classes: slice = slice(None)
) -> list[np.ndarray]:
    """Of each tapped layer the sources and the targets asked for, flat and one after the other; int32.

    Args:
        taps: Layer -> its tap.
        units: Layer -> the units whose edges are wanted.
        keys: How many keys of each kind there are; classes are the last.
        classes: Those wanted.
    """
    # Functions take them flat: one whose arguments have sizes of their own is traced anew for each.
    return [np.ravel(side[..., classes, :]) for name in taps for side in units[name].by_key(keys)]


def as_edge_units(indices: Sequence[Any], keys: Sequence[Any]) -> list[EdgeUnits]:
    """What `unit_indices` put one after the other, for each tapped layer (*keys, units); to be traced."""
    import tensorflow as tf

    shape = tf.stack([*keys, -1])
    sides = [tf.reshape(flat, shape) for flat in indices]
    return [EdgeUnits(*pair) for pair in zip(sides[::2], sides[1::2], strict=True)]
