"""Dense networks written down as layers and numbers, and what flows through them, one unit after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nbviz.network.architecture import Architecture, Connection, Layer, OutputKind
from nbviz.picture.fold import Fold, fold

Kernels = dict[str, tuple[np.ndarray, np.ndarray]]
Flow = dict[tuple[str, str], np.ndarray]


def mlp(*units: int, output: OutputKind = "linear", activation: str = "relu", logits: bool = False) -> Architecture:
    """Dense layers `h1`, `h2`, ... behind an input `x`; the last has no activation."""
    layers = [Layer("x", "input", "InputLayer", (units[0],), units[0])]
    layers += [
        Layer(f"h{i}", "dense", "Dense", (n,), n, activation=activation, bias=True)
        for i, n in enumerate(units[1:-1], start=1)
    ]
    last = f"h{len(units) - 1}"
    layers.append(Layer(last, "dense", "Dense", (units[-1],), units[-1], bias=True, output=output, logits=logits))
    pairs = itertools.pairwise(layers)
    return Architecture(
        "m", tuple(layers), tuple(Connection(a.name, b.name, "kernel", a.units * b.units) for a, b in pairs)
    )


def random_weights(random: np.random.Generator, units: Sequence[int]) -> Kernels:
    """Kernel and bias of each dense layer."""
    return {
        f"h{i}": (
            random.normal(size=(units[i - 1], units[i])).astype("float32"),
            random.normal(size=units[i]).astype("float32"),
        )
        for i in range(1, len(units))
    }


def run(weights: Mapping[str, tuple[np.ndarray, np.ndarray]], rows: Iterable[Iterable[float]]) -> Flow:
    """What a relu network answers: kernel inputs and activations of every layer, one unit after the other."""
    flow: Flow = {}
    entering = [[float(v) for v in row] for row in rows]
    for name, (kernel, bias) in weights.items():
        flow["kernel input", name] = np.array(entering)
        last = name == list(weights)[-1]
        leaving = []
        for row in entering:
            z = [sum(row[i] * float(kernel[i, j]) for i in range(len(row))) + float(bias[j]) for j in range(len(bias))]
            leaving.append(z if last else [max(0.0, value) for value in z])
        flow["a", name] = np.array(leaving)
        if not last:
            flow["activated", name] = flow["a", name]
        entering = leaving
    return flow


def folds_of(architecture: Architecture, room: int, random: np.random.Generator) -> dict[str, Fold]:
    """At most so many units of each layer, drawn at random."""
    return {layer.name: fold(random.random(layer.units), room) for layer in architecture.layers if layer.has_units}


def small(seed: int, rows: int = 7) -> tuple[Architecture, dict[str, Fold], Kernels, np.ndarray, Flow]:
    """A network of random size with its folds, weights, rows of data, and what flows for them."""
    random = np.random.default_rng(seed)
    units = [int(n) for n in random.integers(1, 13, random.integers(2, 5))]
    architecture = mlp(*units)
    weights = random_weights(random, units)
    x = (random.normal(size=(rows, units[0])) * 3 + 1).astype("float32")
    flow = run(weights, x)
    return architecture, folds_of(architecture, int(random.integers(1, 6)), random), weights, x, flow
