"""Dense layers run in two steps, so that what enters their kernel and what leaves it can be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from nbviz.keras_model.layers import has_plain_kernel
from nbviz.keras_model.replay import Replay


class _Linear:
    """A layer seen without its activation: what its `call` reads, all but that."""

    activation = None

    def __init__(self, layer: Any, exchanged: Mapping[str, Any]) -> None:
        self._layer = layer
        vars(self).update(exchanged)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)


def without_activation(layer: Any, inputs: Any, **exchanged: Any) -> Any:
    """What a layer with a kernel computes before its activation.

    Args:
        layer: The layer.
        inputs: What enters it.
        **exchanged: What it reads instead of its own attributes, such as another `kernel`.
    """
    return type(layer).call(_Linear(layer, exchanged), keras.ops.cast(inputs, layer.variable_dtype))


def activated(layer: Any, before: Any) -> Any:
    """What a layer with a kernel returns for what it computes before its activation."""
    return before if layer.activation is None else layer.activation(before)


@dataclass(frozen=True, slots=True)
class Tap:
    """A dense layer on flat rows.

    Attributes:
        layer: The layer.
        inputs: Rows of its kernel.
        units: Columns of its kernel.
    """

    layer: keras.layers.Dense
    inputs: int
    units: int

    def kernel(self) -> Any:
        """(inputs, units), float32; to be traced."""
        return keras.ops.cast(self.layer.kernel, "float32")


def kernel_taps(replay: Replay, names: Sequence[str]) -> dict[str, Tap]:
    """Taps on the layers of these names, without those that are no plain `Dense` layer of the model itself."""
    taps = {}
    for name in names:
        layer = replay.paths.get((name,))
        if isinstance(layer, keras.layers.Dense) and has_plain_kernel(layer):
            taps[name] = Tap(layer, *map(int, layer.kernel.shape))
    return taps
