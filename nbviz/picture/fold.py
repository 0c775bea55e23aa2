"""Which units of a wide layer are drawn one by one.

A layer with more units than can be told apart is *folded*: its best ranked units get places in the picture
(`shown`), some more travel along so that the browser can swap them in (`candidates`), and what is left over
is drawn as one "rest" node, whose edges are sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nbviz.network.architecture import Architecture, Layer

Rank = Literal["weight", "contribution"]
SCORE_WORDS: dict[Rank, str] = {
    "weight": "Σ|w| in × Σ|w| out",
    "contribution": "mean |activation| × Σ|w| out",
}
CHANNELS, UNITS = 10, 16  # so many channels, whose faces are larger, take the room of so many units
FEWEST_CHANNELS = 4
UNFOLDED_ENDS = 40  # inputs and outputs with up to this many units are all shown
CANDIDATES_PER_PLACE = 2
MOST_CLASSES = 1024  # of up to so many any may be the next likely: the numbers of all are kept
MAX_CELLS = 512


@dataclass(frozen=True, slots=True)
class Fold:
    """The units of one layer that are drawn, or could be.

    Attributes:
        units: Number of units of the layer.
        candidates: Units whose numbers are kept, best first; of an unfolded layer, all in index order.
        ranks: Rank of each candidate by the score, from 0.
        shown: Units in the picture, top to bottom; a subset of `candidates`.
        cell_size: Units that share one cell of the strip.
        cell_units: For each cell the best ranked of its units; empty where all units are shown.
    """

    units: int
    candidates: tuple[int, ...]
    ranks: tuple[int, ...]
    shown: tuple[int, ...]
    cell_size: int = 1
    cell_units: tuple[int, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether some units are drawn as the rest node only."""
        return len(self.shown) < self.units

    def with_candidates(self, units: Sequence[int], ranks: Sequence[int]) -> Fold:
        """The same with the numbers of some units more, whose ranks these are."""
        return replace(self, candidates=(*self.candidates, *units), ranks=(*self.ranks, *ranks))

    def showing(self, units: Sequence[int]) -> Fold:
        """The same with some of the candidates drawn instead of the last that are."""
        wanted = [unit for unit in units if unit in self.candidates and unit not in self.shown][-len(self.shown) :]
        others = [unit for unit in self.shown if unit in units]
        gone = [unit for unit in self.shown if unit not in others][::-1][: len(wanted)]
        places = dict(zip(gone, wanted, strict=False))
        return replace(self, shown=tuple(places.get(unit, unit) for unit in self.shown))


def places(layer: Layer, max_units: int, sharing: int = 1) -> int:
    """How many units of a layer are drawn one by one.

    Args:
        layer: The layer.
        max_units: Units of a hidden layer that fit when it has a column of its own.
        sharing: Number of layers in the same column.
    """
    if layer.kind in ("conv", "maps"):
        max_units = max(FEWEST_CHANNELS, max_units * CHANNELS // UNITS)
    room = max_units if sharing == 1 else max(4, max_units // sharing)
    ends = layer.kind in ("input", "output") or layer.output is not None
    unfolded = max(room, UNFOLDED_ENDS // sharing) if ends else room
    return layer.units if layer.units <= unfolded else room


def fold(
    scores: np.ndarray, room: int, also: Sequence[int] = (), by_index: bool = False, candidates: int | None = None
) -> Fold:
    """Choose the units of one layer.

    Args:
        scores: (units,), larger is better; NaN ranks last.
        room: Places for units, at least 1.
        also: Units that are candidates whatever their rank.
        by_index: Show the chosen ones in the order of their index, as channels that layers hand on one by one.
        candidates: How many of the best are candidates; None for two a place.

    Returns:
        The choice. Units of equal score keep their index order.
    """
    units = len(scores)
    if units <= room:
        order = tuple(range(units))
        return Fold(units, order, _ranks(scores, order), order)
    clean = np.where(np.isnan(scores), -np.inf, scores)
    best = ranking(scores)[: candidates or room * CANDIDATES_PER_PLACE].tolist()
    shown = sorted(best[:room]) if by_index else best[:room]
    best += [unit for unit in dict.fromkeys(also) if unit not in best]
    size = -(-units // MAX_CELLS)
    cells = [
        int(start + np.argmax(clean[start : start + size])) if size > 1 else start for start in range(0, units, size)
    ]
    return Fold(units, tuple(best), _ranks(scores, tuple(best)), tuple(shown), size, tuple(cells))


def best_units(scores: np.ndarray, room: int, keep: Sequence[int], order: np.ndarray, by_index: bool) -> np.ndarray:
    """The units of one layer that are drawn for a question.

    Args:
        scores: (units,), what each carries of it; not negative, NaN ranks last.
        room: Places for units.
        keep: Units that must be among them, in place of the least; the last of these where they are too many.
        order: (units,), all units as they are ranked where nothing is asked: so those of equal score are.
        by_index: Whether they come in the order of their index; otherwise the best first.

    Returns:
        (room,) units.
    """
    clean = np.where(np.isnan(scores), -np.inf, scores)[order]
    best = order[np.argsort(-clean, kind="stable")]
    kept = list(dict.fromkeys(keep))[-room:]
    others = best[~np.isin(best, kept)][: room - len(kept)]
    chosen = best[np.isin(best, [*kept, *others])]
    return np.sort(chosen) if by_index else chosen


def unit_scores(
    architecture: Architecture,
    kernels: Mapping[str, np.ndarray],
    rank: Rank,
    entering: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """A score for each unit of each layer that is drawn by units.

    Channels that a layer hands on one by one have the score of the channels they come from.

    Args:
        architecture: The structure.
        kernels: Layer with a kernel -> what its edges from units stand for: weights (inputs, units), or norms of
            kernels (channels of its source, units); where its source has no units, with any number of rows.
        rank: `"weight"`: the sum of |w| of a unit's incoming edges times that of its outgoing edges (one of
            the two at the ends); `"contribution"`: mean |activation| times the sum of |w| of its outgoing
            edges, what it hands on.
        entering: Layer with a kernel -> mean |activation| at its kernel, of each row; for `"contribution"`.

    Returns:
        Layer -> (units,), not negative. All ones where nothing is known.
    """
    outgoing = _outgoing(architecture, kernels, entering if rank == "contribution" else None)
    scores: dict[str, np.ndarray] = {}
    for layer in architecture.layers:
        if not layer.has_units:
            continue
        if layer.kind == "maps":
            incoming = _handed_on(architecture, layer, scores)
            scores[layer.name] = incoming if incoming.any() else np.ones(layer.units)
            continue
        incoming = np.abs(kernels[layer.name]).sum(axis=0, dtype=np.float64) if layer.name in kernels else np.zeros(0)
        if not outgoing[layer.name].any():
            scores[layer.name] = incoming if incoming.any() else np.ones(layer.units)
        elif rank == "contribution" or not incoming.any():
            scores[layer.name] = outgoing[layer.name]
        else:
            with np.errstate(invalid="ignore"):  # infinity times 0 is NaN, and ranks last
                scores[layer.name] = incoming * outgoing[layer.name]
    return scores


def _outgoing(
    architecture: Architecture, kernels: Mapping[str, np.ndarray], entering: Mapping[str, np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Layer with units -> the sum of |w| of each unit's outgoing edges, those of what hands it on included."""
    found = {layer.name: np.zeros(layer.units) for layer in architecture.layers if layer.has_units}
    for layer in reversed(architecture.layers):
        for connection in architecture.out_of(layer.name):
            if layer.name not in found:
                continue
            if architecture[connection.target].kind == "maps":
                found[layer.name] += part_of(found[connection.target], connection.offset, layer.units)
            elif connection.kind != "link" and len(kernels[connection.target]) == layer.units:
                sums = np.abs(kernels[connection.target]).sum(axis=1, dtype=np.float64)
                if entering is not None:
                    with np.errstate(invalid="ignore"):
                        sums = sums * entering[connection.target]
                found[layer.name] += sums
    return found


def _handed_on(architecture: Architecture, layer: Layer, scores: Mapping[str, np.ndarray]) -> np.ndarray:
    found = np.zeros(layer.units)
    for connection in architecture.into(layer.name):
        source = scores.get(connection.source)
        if source is not None:
            place = slice(connection.offset, connection.offset + len(source))
            found[place] = np.maximum(found[place], source[: len(found[place])])
    return found


def handed_on(architecture: Architecture, units: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The units given, and the same channels in what hands them on, before and behind.

    Args:
        architecture: The structure.
        units: Layer -> units.
    """
    found = {layer.name: list(units.get(layer.name, ())) for layer in architecture.layers}
    joined = [
        connection
        for connection in architecture.connections
        if architecture[connection.target].kind == "maps" and architecture[connection.source].has_units
    ]
    for connection in (*joined, *reversed(joined), *joined):
        source, target, offset = connection.source, connection.target, connection.offset
        most = architecture[source].units
        found[target] += [unit + offset for unit in found[source]]
        found[source] += [unit - offset for unit in found[target] if 0 <= unit - offset < most]
        for name in (source, target):
            found[name] = list(dict.fromkeys(found[name]))
    return found


def part_of(values: np.ndarray, offset: int, units: int) -> np.ndarray:
    """Of the values of a layer's channels those that come from a source of so many."""
    return values[offset : offset + units]


def ranking(scores: np.ndarray) -> np.ndarray:
    """(units,), all units, the best first."""
    return np.argsort(-np.where(np.isnan(scores), -np.inf, scores), kind="stable")


def _ranks(scores: np.ndarray, candidates: Sequence[int]) -> tuple[int, ...]:
    rank_of = np.empty(len(scores), int)
    rank_of[ranking(scores)] = np.arange(len(scores))
    return tuple(int(rank_of[unit]) for unit in candidates)
