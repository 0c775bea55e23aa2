"""Findings about a network that a beginner would miss: NaN, dead and saturated units, gradients that vanish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.layer_arrays import KernelsAndBiases

BadgeKind = Literal["nan", "dead", "saturated", "vanishing", "exploding"]

ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}  # of the activation's range
NEAR_AN_END = 0.01  # of the range
SATURATED_ROWS = 0.95
FEWEST_ROWS = 32  # a unit silent for fewer rows is not dead yet
VANISHING, EXPLODING = 1e-4, 1e4


@dataclass(frozen=True, slots=True)
class Badge:
    """One finding.

    Attributes:
        kind: What was found.
        layer: Name of the layer.
        units: The units concerned; empty for the whole layer.
        text: The finding, a few words.
        meaning: What it means, one sentence.
    """

    kind: BadgeKind
    layer: str
    units: tuple[int, ...]
    text: str
    meaning: str


def weight_badges(weights: KernelsAndBiases) -> list[Badge]:
    """Dense layers with NaN or infinite weights.

    Args:
        weights: Layer -> kernel (inputs, units), bias (units,) or None.
    """
    badges = []
    for name, (kernel, bias) in weights.items():
        for what, array in (("kernel", kernel), ("bias", bias)):
            # The sum of squares is not finite when an entry is not, and is had at a fraction of the cost.
            if array is None or np.isfinite(np.vdot(array, array)):
                continue
            bad = ~np.isfinite(array)
            if not bad.any():
                continue
            word = "NaN" if np.isnan(array).any() else "infinite weights"
            units = np.flatnonzero(bad.any(axis=0) if array.ndim > 1 else bad)
            badges.append(
                Badge(
                    "nan",
                    name,
                    tuple(units.tolist()),
                    f"{name}: {word} in the {what}",
                    f"{int(bad.sum())} of {bad.size} numbers are not finite: training has diverged; try a smaller "
                    "learning rate, or clip the gradients.",
                )
            )
    return badges


def channel_badges(norms: KernelsAndBiases) -> list[Badge]:
    """Convolutions with NaN or infinite weights.

    Args:
        norms: Layer -> norm of the kernel between two channels (channels that enter, channels), bias or None.
    """
    badges = []
    for name, (norm, bias) in norms.items():
        for what, array in (("kernels", norm), ("biases", None if bias is None else bias[None])):
            if array is None or np.isfinite(array).all():
                continue
            units = np.flatnonzero(~np.isfinite(array).all(axis=0))
            word = "NaN" if np.isnan(array).any() else "infinite weights"
            badges.append(
                Badge(
                    "nan",
                    name,
                    tuple(units.tolist()),
                    f"{name}: {word} in the {what}",
                    f"The {what} of {units.size} of {array.shape[1]} channels are not finite: training has diverged; "
                    "try a smaller learning rate, or clip the gradients.",
                )
            )
    return badges


def activation_badges(architecture: Architecture, activated: Mapping[str, np.ndarray]) -> list[Badge]:
    """Dead and saturated units of hidden layers.

    A ReLU unit is dead when it is 0 for every row; a tanh or sigmoid unit is saturated when it lies within
    1 % of an end of its range for 95 % of the rows.

    Args:
        architecture: The structure.
        activated: Layer -> values right after its activation (rows, units), of channels the means over positions.
            Fewer than 32 rows say nothing.
    """
    badges = []
    for layer in architecture.layers:
        values = activated.get(layer.name)
        if values is None or len(values) < FEWEST_ROWS or layer.output is not None:
            continue
        if layer.activation == "relu":
            dead = np.flatnonzero((values == 0).all(axis=0))
            if dead.size:
                badges.append(
                    _unit_badge(layer, "dead", dead, "dead ReLU", f"0 for all {len(values)} rows looked at, so that "
                                "no gradient reaches their weights.")
                )  # fmt: skip
        elif layer.activation in ENDS and not layer.has_maps:
            low, high = ENDS[layer.activation]
            margin = NEAR_AN_END * (high - low)
            extreme = (values <= low + margin) | (values >= high - margin)
            saturated = np.flatnonzero(extreme.mean(axis=0) >= SATURATED_ROWS)
            if saturated.size:
                badges.append(
                    _unit_badge(layer, "saturated", saturated, "saturated", "near an end of their range for almost "
                                "every row, where the gradient is close to 0.")
                )  # fmt: skip
    return badges


def gradient_badges(gradients: Mapping[str, float]) -> list[Badge]:
    """Layers whose gradient is 10,000 times smaller or larger than that of the last dense layer.

    Args:
        gradients: Dense layer in order -> root mean square of d logit / d activation over rows and units.
    """
    names = [name for name, size in gradients.items() if np.isfinite(size)]
    if len(names) < 2 or not gradients[names[-1]]:
        return []
    badges = []
    kind: BadgeKind
    for name in names[:-1]:
        ratio = gradients[name] / gradients[names[-1]]
        if ratio < VANISHING:
            text, kind = "vanishing gradient", "vanishing"
            meaning = "what reaches this layer is too small to train it; try relu, batch normalization or skips."
        elif ratio > EXPLODING:
            text, kind = "exploding gradient", "exploding"
            meaning = "updates of this layer will be wild; try smaller initial weights, or clip the gradients."
        else:
            continue
        badges.append(
            Badge(kind, name, (), f"{name}: {text}",
                  f"{ratio:.0e} of the gradient at {names[-1]}: {meaning}")
        )  # fmt: skip
    return badges


def _unit_badge(layer: Layer, kind: BadgeKind, units: np.ndarray, word: str, meaning: str) -> Badge:
    share = 100 * units.size / layer.units
    percent = "< 1" if share < 1 else f"{share:.0f}"
    noun = "channel" if layer.has_maps else "unit"
    count = f"1 {noun} is" if units.size == 1 else f"{units.size} of {layer.units} {noun}s are"
    return Badge(kind, layer.name, tuple(units.tolist()), f"{layer.name}: {percent} % {word}", f"{count} {meaning}")
