"""What a layer is said to be in a few words: the shape of what it returns, the names of its parts."""

from __future__ import annotations

from nbviz.network.architecture import Layer


def shape_words(layer: Layer) -> str:
    """`28 × 28 × 1`; a question mark for a size that is open."""
    return " × ".join("?" if size is None else str(size) for size in layer.output_shape) or "scalar"


def parts_words(layer: Layer) -> str:
    """Gates of a recurrent layer or heads of an attention layer, in one line."""
    return " · ".join(layer.parts)
