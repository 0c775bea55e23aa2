"""What one update changes in the weights, said with the names of the units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from nbviz.network.layer_arrays import KernelsAndBiases
    from nbviz.picture.drawing import Drawing

UnitNames = Mapping[str, tuple[list[str] | None, list[str] | None]]


class LayerChangeWire(TypedDict):
    """What one update would do to a layer."""

    layer: str
    change: float  # Σ|Δw|
    share: float | None  # of Σ|w|
    largest: str  # the weight that changes most, with the names of its units: "proline → unit 3"
    before: float
    after: float


class PreviewWire(TypedDict):
    """What one update by one row would do; it has not been made."""

    row: int  # place in x
    rows: int
    loss: float | None  # of this row; None: not finite
    layers: list[LayerChangeWire]


def layer_changes(before: KernelsAndBiases, after: KernelsAndBiases, names: UnitNames) -> list[LayerChangeWire]:
    """Sum and largest of the changes in each layer.

    Args:
        before: Layer -> kernel (inputs, ..., units) and bias (units,).
        after: The same layers later.
        names: Layer -> names of what enters it and of its units, None for unnamed ones.

    Returns:
        One entry for each layer, in their order.
    """
    changes: list[LayerChangeWire] = []
    for layer, pair in before.items():
        parts = [(old, new) for old, new in zip(pair, after[layer], strict=True) if old is not None and new is not None]
        deltas = [new.astype(float) - old.astype(float) for old, new in parts]
        part = int(np.argmax([np.abs(delta).max(initial=-1.0) for delta in deltas]))
        old, new = parts[part]
        place = np.unravel_index(int(np.abs(deltas[part]).argmax()), old.shape)
        total = sum(float(np.abs(delta).sum()) for delta in deltas)
        size = sum(float(np.abs(array.astype(float)).sum()) for array, _ in parts)
        changes.append(
            {
                "layer": layer,
                "change": _finite(total) or 0.0,
                "share": _finite(total / size) if size else None,
                "largest": _weight_name(place, part == 1, *names.get(layer, (None, None))),
                "before": _finite(float(old[place])) or 0.0,
                "after": _finite(float(new[place])) or 0.0,
            }
        )
    return changes


def unit_names(drawing: Drawing) -> dict[str, tuple[list[str] | None, list[str] | None]]:
    """Layer -> names of what enters it and of its units, as a drawing has them."""
    architecture = drawing.architecture
    own = {
        layer.name: list(drawing.names[layer.name]) if layer.name in drawing.names else None
        for layer in architecture.layers
    }
    sources = {layer: architecture.into(layer) for layer in own}
    return {
        layer: (own[ways[0].source] if len(ways) == 1 and ways[0].kind == "kernel" else None, own[layer])
        for layer, ways in sources.items()
    }


def _weight_name(place: tuple[np.intp, ...], is_bias: bool, entering: list[str] | None, own: list[str] | None) -> str:
    unit = int(place[-1])
    target = own[unit] if own is not None and unit < len(own) else f"unit {unit}"
    if is_bias or len(place) < 2:
        return f"bias of {target}"
    if len(place) > 2:
        return f"{target}, at {', '.join(str(int(index)) for index in place[:-1])}"
    row = int(place[0])
    source = entering[row] if entering is not None and row < len(entering) else f"unit {row}"
    return f"{source} → {target}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
