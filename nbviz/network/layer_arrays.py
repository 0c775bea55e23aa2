"""Arrays of a network by the layers they belong to: what flows through it, and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

# "a": what leaves a layer with units, after all of its steps. "kernel input": what enters a kernel. "activated": the
# value right after a layer's activation, before what else belongs to the layer.
ArrayRole = Literal["a", "kernel input", "activated"]
ArrayKey = tuple[ArrayRole, str]  # role, name of the layer
LayerArrays = Mapping[ArrayKey, np.ndarray]  # (rows, units) each; of a kernel's input (rows, inputs)

KernelsAndBiases = Mapping[str, tuple[np.ndarray, np.ndarray | None]]  # layer -> kernel, bias or None


def by_layer(arrays: LayerArrays, role: ArrayRole) -> dict[str, np.ndarray]:
    """Layer -> its array of one role, without the layers that have none."""
    return {name: array for (own, name), array in arrays.items() if own == role}
