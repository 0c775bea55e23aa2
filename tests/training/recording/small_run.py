"""A small model that trains while it is recorded, with everything that has a state."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import Input, Sequential, layers

from nbviz.training.recording.recording import Recording

X = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 100)


def made(optimizer: Any = None, **options: Any) -> tuple[Sequential, Recording]:
    """The model, and a recording of it."""
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(8, activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.4, name="drop"),
            layers.Dense(3, activation="softmax", name="last"),
        ],
        name="m",
    )
    model.compile(optimizer or keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, Recording(model, X, Y, **options)


def fit(model: Sequential, recording: Recording, epochs: int = 2, **options: Any) -> keras.callbacks.History:
    """Train it on X and Y, five batches an epoch, recorded."""
    options = {"batch_size": 20, "shuffle": False, "verbose": 0, "callbacks": [recording.callback()]} | options
    return model.fit(X, Y, epochs=epochs, **options)


def everything(model: Sequential) -> list[bytes]:
    """All of its state, the optimizer's included, bit for bit."""
    return [v.numpy().tobytes() for v in [*model.variables, *model.optimizer.variables]]
