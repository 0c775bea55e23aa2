"""What runs along the paths of a sample's features through a relu net, in float64 numpy: expected gradients by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

NODES = 3200  # on the paths from all rows of the background together


class Flow(NamedTuple):
    """Of one feature: for each kernel what runs from each of its inputs to each of its units, towards each class.

    `leaving`: per kernel (classes, inputs), `into`: per kernel (classes, units), the sums over the others; `bar`:
    (classes,), the credit of the feature.
    """

    leaving: list[np.ndarray]
    into: list[np.ndarray]
    bar: np.ndarray


def path_flows(
    weights: list[np.ndarray], row: np.ndarray, background: np.ndarray, features: Iterable[int] | None = None
) -> Iterator[Flow]:
    """The flow of each feature, one after the other.

    Args:
        weights: Kernels and biases of a relu net whose answers are classes, as Keras gives them.
        row: (features,), the sample.
        background: (rows, features) that it is compared with.
        features: Those wanted; None for all.
    """
    kernels = [kernel.astype(float) for kernel in weights[::2]]
    count = max(4, min(32, NODES // len(background)))
    alphas, parts = np.polynomial.legendre.leggauss(count)
    steps = np.repeat(row.astype(float) - background, count, axis=0)
    points = (
        np.repeat(background.astype(float), count, axis=0) + np.tile((alphas + 1) / 2, len(background))[:, None] * steps
    )
    weight = np.tile(parts / 2, len(background)) / len(background)
    active, a = [], points
    for kernel, bias in zip(kernels[:-1], weights[1:-1:2], strict=True):
        z = a @ kernel + bias
        active.append(z > 0)
        a = np.maximum(z, 0)
    classes = kernels[-1].shape[1]
    # Slopes of the centred logits behind each kernel, (points, units, classes).
    slopes = [np.broadcast_to(np.eye(classes) - 1 / classes, (len(points), classes, classes))]
    for kernel, on in zip(kernels[:0:-1], active[::-1], strict=True):
        slopes.insert(0, np.einsum("puc,ju->pjc", slopes[0], kernel, optimize=True) * on[..., None])
    behind = [
        np.einsum("puc,iu->pic", slope, kernel, optimize=True) for slope, kernel in zip(slopes, kernels, strict=True)
    ]
    for feature in range(len(row)) if features is None else features:
        speed = np.zeros_like(points)
        speed[:, feature] = steps[:, feature] * weight
        leaving, into = [], []
        for index, (kernel, slope) in enumerate(zip(kernels, slopes, strict=True)):
            through = speed @ kernel
            into.append(np.einsum("pu,puc->cu", through, slope, optimize=True))
            leaving.append(np.einsum("pi,pic->ci", speed, behind[index], optimize=True))
            speed = through * active[index] if index < len(active) else through
        yield Flow(leaving, into, into[-1].sum(axis=1))


def best(sizes: np.ndarray, places: int) -> float:
    """The most that so many units can carry."""
    return float(np.sort(sizes)[-places:].sum())
