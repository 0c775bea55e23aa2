"""What tests of diagrams share: small networks, rows for them, and what their layers answer."""

from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers


def mlp(*units: int, name: str | None = None) -> Sequential:
    """Dense layers "h1", "h2" ... and "y" of so many units, the first number being that of the input "x"."""
    hidden = [layers.Dense(n, activation="relu", name=f"h{i}") for i, n in enumerate(units[1:-1], start=1)]
    head = layers.Dense(units[-1], activation="softmax", name="y")
    return Sequential([Input((units[0],), name="x"), *hidden, head], name=name)


def rows(count: int, size: int, seed: int = 0) -> np.ndarray:
    """(count, size) normal numbers."""
    return np.random.default_rng(seed).normal(size=(count, size)).astype("float32")


def answers(model: Model, x: np.ndarray, layer: str) -> Any:
    """(rows, units) what leaves a layer."""
    return keras.ops.convert_to_numpy(Model(model.inputs, model.get_layer(layer).output)([x]))
