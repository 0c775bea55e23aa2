"""What the edges carry towards the classes, as it travels to the browser.

Bytes laid out as a frame's (see `nbviz.picture.network_wire`), the header telling where its arrays are. Array keys,
with C classes, F features, R classes of paths, s / t = units of a connection's source / target that are drawn for the
question (1 source for a whole layer), L the index of a layer:

    contribution/L/units  i4 (C, units)    of a layer that is drawn in part: the units drawn, top to bottom
    contribution/L/share  f4 (C,)          what these carry of all that runs through the layer's units, signs aside
    contribution/I/edges  i2 (C, s, t)     a w g, as shares of its scale: 32767 is the scale
    contribution/I/scale  f4 (C,)          largest finite |value| among these edges
    contribution/I/into   f4 (C, t)        sum over all sources
    contribution/I/out_of f4 (C, s)        sum over all targets
    contribution/I/total  f4 (C,)          sum over all edges
    contribution/I/absolute f4 (C,)        sum of |value| over all edges
    path/...              the same with keys (F, R); edges (F, R, 1, t) where each feature leaves by its own unit alone
    values                f4 (features, C) credit of each feature, in the order of `feature_ids`
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypedDict

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow
from nbviz.attribution.edges.explanation import Explanation, OutputWords
from nbviz.network.architecture import Architecture
from nbviz.picture.packed_arrays import ALIGNMENT, ArrayWire, padded
from nbviz.picture.question_units import shares_shown, through
from nbviz.style.text import clean

LARGEST = 32767
_KINDS: dict[str, Literal["f4", "i2", "i4"]] = {"int16": "i2", "int32": "i4"}


class PartWire(TypedDict):
    """A part of the input whose path is here."""

    id: int  # among the features
    name: str


class ExplanationWire(TypedDict):
    """The header of an explanation."""

    version: int  # of the network it belongs to
    sample: int | None  # row of x; None for a mean over rows, or a sample given by its values
    sample_name: str | None
    signed: bool  # whether contributions are those of one sample: of a mean over rows they are sizes
    classes: list[int]  # of the first output, whose contributions are here
    features: list[int]  # ids of input units, and of parts of the input, whose paths are here
    path_classes: list[int]
    reason: str | None  # why there are no paths
    output: OutputWords  # what is explained
    over: str | None  # the region of the output over which its mean is
    feature_ids: list[int]  # ids of the input units of `values`
    parts: list[PartWire]
    arrays: list[ArrayWire]


def explanation_bytes(
    explanation: Explanation,
    architecture: Architecture,
    *,
    version: int,
    sample: int | None,
    sample_name: str | None,
    signed: bool,
) -> bytes:
    """An explanation as it travels.

    Args:
        explanation: What the edges carry.
        architecture: The structure.
        version: Of the network that its units belong to.
        sample: Row of x, if it is one.
        sample_name: What is explained, in words.
        signed: Whether it is one sample's.
    """
    arrays: list[ArrayWire] = []
    parts: list[bytes] = []
    offset = 0
    for key, array in _arrays(explanation, architecture):
        kind: Literal["f4", "i2", "i4"] = _KINDS.get(array.dtype.name, "f4")
        with np.errstate(over="ignore"):  # beyond float32 is infinity
            data = padded(np.ascontiguousarray(array, f"<{kind}"))
        arrays.append({"key": key, "dtype": kind, "shape": list(array.shape), "offset": offset})
        parts.append(data)
        offset += len(data)
    header: ExplanationWire = {
        "version": version,
        "sample": sample,
        "sample_name": sample_name,
        "signed": signed,
        "classes": list(explanation.classes),
        "features": list(explanation.features),
        "path_classes": list(explanation.path_classes),
        "reason": explanation.reason,
        "output": explanation.output,
        "over": None if explanation.region is None else clean(explanation.region.name),
        "feature_ids": list(explanation.feature_ids),
        "parts": [{"id": part.id, "name": clean(part.name)} for part in explanation.parts],
        "arrays": arrays,
    }
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT)
    return struct.pack("<I", len(text)) + text + b"".join(parts)


def _arrays(explanation: Explanation, architecture: Architecture) -> Iterator[tuple[str, np.ndarray]]:
    yield from _unit_arrays("contribution", explanation.contributions, explanation.units, architecture)
    yield from _unit_arrays("path", explanation.paths, explanation.path_units, architecture)
    for index, connection in enumerate(architecture.connections):
        if connection.kind == "link":
            continue
        whole = connection.kind == "norm" and not architecture[connection.source].has_units
        contribution = explanation.contributions.get(connection.target)
        if contribution is not None:
            yield from _flow_arrays(f"contribution/{index}", contribution, whole, ())
        path = explanation.paths.get(connection.target)
        if path is not None:
            # A part leaves by many units.
            own = architecture[connection.source].kind == "input" and not explanation.parts
            yield from _flow_arrays(f"path/{index}", path, whole, explanation.features if own else ())
    if explanation.local is not None and explanation.feature_ids:
        yield "values", explanation.local.values


def _unit_arrays(
    key: str, flows: Mapping[str, EdgeFlow], units: Mapping[str, np.ndarray], architecture: Architecture
) -> Iterator[tuple[str, np.ndarray]]:
    leaving = {name: flow.leaving for name, flow in flows.items() if flow.leaving is not None}
    shares = shares_shown(architecture, through(architecture, leaving), units)
    for index, layer in enumerate(architecture.layers):
        if layer.name in units and units[layer.name].shape[-1] < layer.units:
            yield f"{key}/{index}/units", units[layer.name].astype(np.int32)
        if layer.name in shares:
            yield f"{key}/{index}/share", shares[layer.name]


def _flow_arrays(key: str, flow: EdgeFlow, whole: bool, features: Sequence[int]) -> Iterator[tuple[str, np.ndarray]]:
    edges, out_of = flow.edges, flow.out_of
    if whole:
        edges, out_of = flow.into[..., None, :], flow.total[..., None]
    elif len(features):
        edges = _own(edges)
    # Of a network that has diverged some numbers are none: those edges are drawn as nothing, the sums say why.
    known = np.where(np.isfinite(edges), edges, 0.0)
    scale = np.abs(known).max(axis=(-1, -2), initial=0.0)
    shares = known / np.where(scale > 0, scale, 1.0)[..., None, None]
    yield f"{key}/edges", np.round(shares * LARGEST).astype(np.int16)
    yield f"{key}/scale", scale
    yield f"{key}/into", flow.into
    yield f"{key}/out_of", out_of
    yield f"{key}/total", flow.total
    yield f"{key}/absolute", flow.absolute


def _own(edges: np.ndarray) -> np.ndarray:
    """(features, classes, 1, t) of (features, classes, s, t) where each feature has one source at most, else the same.

    The first kernel is entered by the features themselves, so nearly all of these numbers are 0.
    """
    busy = np.abs(edges).sum(axis=3) > 0
    if (busy.sum(axis=2) <= 1).all():
        return np.asarray(edges.sum(axis=2, keepdims=True))
    return edges
