"""The arms of a U: how deep below the full resolution each layer of a network stands that shrinks and grows again."""

from __future__ import annotations

import itertools
import math

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.columns import columns


def levels(architecture: Architecture) -> dict[str, int]:
    """Layer -> its level in a U, 0 at the full resolution and one more with each halving; `{}` of what is no U.

    A U shrinks, grows again, and hands something across from one arm to the other (Ronneberger et al. 2015). What
    enlarges stands at the foot of its arm, so that the way across at its new level is free. Branches beside each
    other, and sizes that are open or end in flat layers, make no U.
    """
    column = columns(architecture)
    chain = sorted(architecture.layers, key=lambda layer: column[layer.name])
    sides = [_side(layer) for layer in chain]
    if len(set(column.values())) < len(chain) or None in sides:
        return {}
    known = [side for side in sides if side is not None]
    halvings = [round(math.log2(before / after)) for before, after in itertools.pairwise(known)]
    found = list(itertools.accumulate(halvings, initial=0))
    ways = [(column[way.source], column[way.target]) for way in architecture.connections]
    # A block may end with what halves: what it hands across is from before.
    across = [
        (start, end)
        for start, end in ways
        if 0 <= found[start] - found[end] <= chain[start].group and max(found[start + 1 : end], default=0) > found[end]
    ]
    if not across:
        return {}
    grows = [False, *(not layer.group and step < 0 for layer, step in zip(chain[1:], halvings, strict=True))]
    drawn = [found[at - 1] if grown else found[at] for at, grown in enumerate(grows)]
    for start, end in across:
        drawn[start] = min(drawn[start], found[end])
    return {layer.name: level - min(drawn) for layer, level in zip(chain, drawn, strict=True)}


def _side(layer: Layer) -> float | None:
    """Positions along one axis, their geometric mean; None of what has none, or whose number is open."""
    shape = layer.output_shape
    is_flat = layer.kind == "input" and len(shape) == 2 and not layer.sequence  # a picture without channels
    positions = shape if is_flat else shape[1:] if layer.channels_first else shape[:-1]
    sizes = [size for size in positions if size]
    return math.prod(sizes) ** (1 / len(sizes)) if sizes and len(sizes) == len(positions) else None
