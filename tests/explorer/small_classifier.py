"""A small classifier and its rows, which tests of an explorer share."""

from typing import Any

import ipywidgets
import keras
import numpy as np
import pandas as pd
from keras import Input, Sequential, layers

from nbviz import ModelExplorer

LONG = 120  # seconds, for what must happen
FEATURES, NAMES = ["length", "width", "height", "weight"], ["low", "mid", "high"]
NUMBERS = np.random.default_rng(0)
X = pd.DataFrame(NUMBERS.normal(size=(40, 4)).astype("float32"), columns=FEATURES)
Y = (X.to_numpy()[:, :3] + 0.5 * NUMBERS.normal(size=(40, 3))).argmax(axis=1)
BACKGROUND = NUMBERS.normal(size=(150, 4)).astype("float32")


def mlp(units: int = 3, activation: str | None = "softmax", inputs: int = 4, seed: int = 1) -> keras.Model:
    """A compiled model of 4-8-6-3, with a BatchNormalization and a Dropout between."""
    keras.utils.set_random_seed(seed)
    model = Sequential(
        [
            Input((inputs,), name="x"),
            layers.Dense(8, activation="relu", name="h"),
            layers.BatchNormalization(name="normal"),
            layers.Dropout(0.3, name="drop"),
            layers.Dense(6, activation="tanh", name="g"),
            layers.Dense(units, activation=activation, name="y"),
        ],
        name="net",
    )
    model.compile("adam", "sparse_categorical_crossentropy" if activation == "softmax" else "mse")
    return model


IMAGES = np.random.default_rng(0).normal(size=(30, 6, 6, 1)).astype("float32")
CLASSES_OF_IMAGES = np.arange(30) % 3


def convnet() -> keras.Model:
    """A compiled model of two convolutions on 6 x 6 pixels, and three classes."""
    keras.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((6, 6, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu", name="edges"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(5, 2, activation="relu", name="corners"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="answer"),
        ],
        name="small",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def front_end(widget: ipywidgets.Widget, **values: Any) -> None:
    """What arrives when somebody clicks."""
    widget.set_state(values)


def bars(explorer: ModelExplorer) -> np.ndarray:
    """(features, classes): the contributions that the waterfall shows."""
    return explorer.waterfall.sample.local.values
