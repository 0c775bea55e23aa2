"""What edges show: values between the units in the picture, what is left over, and how thick that is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nbviz.network.architecture import Architecture, Connection
from nbviz.picture.fold import Fold
from nbviz.picture.frame import ConnectionFrame, Frame
from nbviz.style.colour import ZERO, css, ramp

Meaning = Literal["weight", "weight_activation"]
ONE = Fold(1, (0,), (0,), (0,))


@dataclass(frozen=True, slots=True)
class Stroke:
    """How an edge is drawn: width in px, colour, opacity from 0 to 1."""

    width: float
    colour: str
    opacity: float


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the network is in the picture.

    Attributes:
        drawn: Edges drawn one by one.
        edges: Edges of the network.
        weight: Share of the drawn edges in the sum of |value| of all, 0 to 1; None where nothing is known.
        contribution: For each folded layer with data, the share of its shown units in what it hands on.
    """

    drawn: int
    edges: int
    weight: float | None
    contribution: tuple[float, ...]


def shows_activation(frame: ConnectionFrame, meaning: Meaning) -> bool:
    """Whether a connection's edges can show weight x activation; without data they show weights."""
    return meaning == "weight_activation" and frame.scale_a is not None


@np.errstate(invalid="ignore")  # sums with infinite weights are NaN, and drawn as such
def edge_values(frame: ConnectionFrame, source: Fold, target: Fold, meaning: Meaning) -> np.ndarray:
    """Values of the edges between what is shown.

    Args:
        frame: The connection's numbers.
        source: Units of the source.
        target: Units of the target.
        meaning: `"weight"` (times the standard deviation of the feature in a first gap) or
            `"weight_activation"`.

    Returns:
        (sources, targets): the shown units in the order of their places. A folded layer has one more row or
        column, its rest node: the sums over all units that are not shown.
    """
    by_weight = not shows_activation(frame, meaning)
    arrays = {key: array.astype(np.float64) for key, array in frame.arrays.items()}
    rows, columns = _positions(source), _positions(target)
    in_sum = arrays["in_sum" if by_weight else "in_sum_a"]
    # What passes where an edge stands for many weights is not their norm times anything; across a picture or a block
    # there is one edge a unit.
    factor = arrays["sd" if by_weight else "input"]
    if by_weight or ("flow" not in arrays and source.units > 1):
        whole = arrays["kernel"] * factor[:, None]
    else:
        whole = arrays.get("flow", in_sum[None, :])
    shown = whole[np.ix_(rows, columns)]
    total = frame.sum if by_weight else (np.nan if frame.sum_a is None else frame.sum_a)
    out = arrays["out_sum"][rows] * factor[rows] if source.units > 1 else np.asarray([total])
    if "flow" in arrays and not by_weight:
        out = np.full(len(rows), np.nan)  # what flows out to the units that are not shown is not read
    if source.folded:
        shown = np.vstack([shown, in_sum[columns] - shown.sum(axis=0)])
    if target.folded:
        rest = out - shown[: len(rows)].sum(axis=1)
        corner = [total - in_sum[columns].sum() - rest.sum()] if source.folded else []
        shown = np.column_stack([shown, np.append(rest, corner)])
    return shown


def stroke(value: float, scale: float, faces: bool = False, norm: bool = False) -> Stroke:
    """The stroke of one edge.

    Args:
        value: Its value, finite.
        scale: The |value| that gets the full width.
        faces: Whether units are drawn as small pictures, which leaves room for thicker edges.
        norm: Whether it is the norm of many weights. Norms are never near 0: drawn as weights are, they would be a mat.
    """
    share = min(1.0, abs(value) / scale)
    colour = css(ramp(value / scale, ZERO))
    if faces:
        return Stroke(0.8 + 5 * share, colour, 0.28 + 0.68 * share**1.3)
    if norm:
        return Stroke(0.4 + 2.9 * share**2.8, colour, 0.07 + 0.83 * share**4.8)
    return Stroke(0.4 + 2.9 * share**1.4, colour, 0.07 + 0.83 * share**2.4)


def shares(architecture: Architecture, folds: Mapping[str, Fold], frame: Frame, meaning: Meaning) -> Shares:
    """How much of the network is in the picture."""
    drawn = edges = 0
    kept = whole = 0.0
    for connection, numbers in zip(architecture.connections, frame.connections, strict=True):
        if connection.kind == "link":
            continue
        source, target = folds.get(connection.source, ONE), folds.get(connection.target, ONE)
        values = edge_values(numbers, source, target, meaning)[: len(source.shown), : len(target.shown)]
        drawn += int((values != 0).sum()) if connection.sparse else values.size
        edges += _count(connection, architecture, source.units * target.units)
        kept += float(np.abs(values).sum())
        total = numbers.abs_sum_a if shows_activation(numbers, meaning) else numbers.abs_sum
        whole += np.nan if total is None else total
    contribution = []
    for layer, layer_frame in zip(architecture.layers, frame.layers, strict=True):
        fold = folds.get(layer.name)
        # Of channels that are handed on the share is told where they come from.
        told = fold is not None and fold.folded and layer.kind != "maps"
        if fold is not None and told and "share" in layer_frame.arrays:
            part = float(layer_frame.arrays["share"][_positions(fold)].sum())
            if np.isfinite(part):
                contribution.append(part)
    known = np.isfinite(kept) and np.isfinite(whole) and whole > 0
    return Shares(drawn, edges, min(1.0, kept / whole) if known else None, tuple(contribution))


def _count(connection: Connection, architecture: Architecture, pairs: int) -> int:
    """Edges of a connection: where not every channel leads to every one, as many as there are kernels."""
    if not connection.sparse:
        return pairs
    return connection.weights // (math.prod(architecture[connection.target].window) or 1)


def _positions(fold: Fold) -> list[int]:
    """Where the shown units stand among the candidates."""
    place = {unit: index for index, unit in enumerate(fold.candidates)}
    return [place[unit] for unit in fold.shown]
