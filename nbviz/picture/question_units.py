"""Which units are drawn for a question: those that carry most of the path, or the contribution, that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nbviz.network.architecture import Architecture, Layer
from nbviz.picture.fold import Fold, best_units, ranking


def through(architecture: Architecture, leaving: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What runs through every unit, that is what it hands on.

    Args:
        architecture: The structure.
        leaving: Layer with a kernel -> (*keys, units of its source), what each of them hands on into the layer.

    Returns:
        Layer -> (*keys, units), with its sign; channels that are handed on one by one carry what they are handed on
        as. Layers of which nothing is known are left out.
    """
    found: dict[str, np.ndarray] = {}
    for layer in reversed(architecture.layers):
        for connection in architecture.out_of(layer.name):
            part: np.ndarray | None = None
            if not layer.has_units:
                continue
            if architecture[connection.target].kind == "maps" and connection.target in found:
                part = found[connection.target][..., connection.offset : connection.offset + layer.units]
            elif connection.kind != "link":
                part = leaving.get(connection.target)
            if part is not None and part.shape[-1] == layer.units:
                found[layer.name] = found[layer.name] + part if layer.name in found else part
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """The questions, and what is wanted of a choice of units besides that they carry most.

    Attributes:
        class_layer: Layer whose units the classes are.
        classes: The last of the keys.
        features: Of each feature, the first of the keys, its input layer and index there, None for a part of the
            input; empty for contributions.
        keep: Layer -> units that must be among them.
        outputs: Output layer -> its units, for every question alike but for the class that is asked about.
        inputs: Input layer -> (*keys, units), what counts there instead of what runs through.
    """

    class_layer: str
    classes: Sequence[int]
    features: Sequence[tuple[str, int] | None]
    keep: Mapping[str, Sequence[int]]
    outputs: Mapping[str, Sequence[int]]
    inputs: Mapping[str, np.ndarray]


def question_units(
    architecture: Architecture,
    folds: Mapping[str, Fold],
    scores: Mapping[str, np.ndarray],
    carried: Mapping[str, np.ndarray],
    wanted: Wanted,
) -> dict[str, np.ndarray]:
    """The units that are drawn for each of several questions.

    Args:
        architecture: The structure.
        folds: Layer with units -> how many of them are drawn, and which where nothing is asked.
        scores: Layer with units -> (units,), what they are ranked by where nothing is asked.
        carried: Layer -> (*keys, units): `through`.
        wanted: The questions, and what else.

    Returns:
        Layer with units -> (*keys, units drawn).
    """
    classes, features = wanted.classes, wanted.features
    keys = (len(features), len(classes)) if features else (len(classes),)
    found: dict[str, np.ndarray] = {}
    for name, fold in folds.items():
        layer = architecture[name]
        if not fold.folded:
            found[name] = np.broadcast_to(np.arange(fold.units), (*keys, fold.units))
            continue
        order = ranking(scores[name])
        chosen = np.empty((*keys, len(fold.shown)), int)
        for key in np.ndindex(*keys):
            keep = [*wanted.keep.get(name, ())]
            feature = features[key[0]] if features else None
            if feature is not None and feature[0] == name:
                keep.append(feature[1])
            if name == wanted.class_layer:
                keep.append(classes[key[-1]])
            amount = _amounts(layer, fold, carried, wanted, key)
            chosen[key] = best_units(amount, len(fold.shown), keep, order, layer.kind in ("conv", "maps"))
        found[name] = chosen
    return found


def _amounts(
    layer: Layer, fold: Fold, carried: Mapping[str, np.ndarray], wanted: Wanted, key: tuple[int, ...]
) -> np.ndarray:
    """(units,): what counts for a question; where nothing is known, whether it is drawn where nothing is asked."""
    if layer.name in wanted.inputs:
        return np.asarray(np.abs(wanted.inputs[layer.name][key]))
    if layer.output is None and layer.name in carried:
        return np.asarray(np.abs(carried[layer.name][key]))
    units = list(wanted.outputs.get(layer.name, fold.shown))
    amounts = np.zeros(fold.units)
    amounts[units] = np.arange(len(units), 0, -1)
    return amounts


def shares_shown(
    architecture: Architecture, carried: Mapping[str, np.ndarray], units: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """What the drawn units carry, of all that runs through the units of their layer, signs aside.

    Args:
        architecture: The structure.
        carried: Layer -> (*keys, units): `through`.
        units: Layer -> (*keys, units drawn).

    Returns:
        Hidden layer that is drawn in part -> (*keys,), 0 to 1; NaN where nothing runs through it. Of channels handed on
        the share is told where they come from.
    """
    found = {}
    for name, chosen in units.items():
        layer = architecture[name]
        ends = layer.kind in ("input", "maps") or layer.output is not None
        if ends or name not in carried or chosen.shape[-1] >= layer.units:
            continue
        sizes = np.abs(carried[name])
        with np.errstate(invalid="ignore"):
            found[name] = np.take_along_axis(sizes, chosen, axis=-1).sum(axis=-1) / sizes.sum(axis=-1)
    return found
