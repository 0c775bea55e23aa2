"""Distributions of what flows through a model."""

from __future__ import annotations

import numpy as np

from nbviz.network.distributions import quantiles
from nbviz.network.layer_arrays import LayerArrays, by_layer


def activation_quantiles(flow: LayerArrays) -> dict[str, np.ndarray]:
    """Layer -> quantiles (65,) of what its units return.

    Args:
        flow: As `ModelReader.forward` returns it.
    """
    shown = by_layer(flow, "a") | by_layer(flow, "activated")
    return {name: quantiles(value) for name, value in shown.items()}
