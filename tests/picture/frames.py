"""Networks and frames made by hand, and models whose frames are looked at."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import Input, Sequential, layers

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.fold import fold
from nbviz.picture.frame import Frame, Signals
from nbviz.picture.layout import layout
from nbviz.picture.make_frame import make_frame
from nbviz.picture.network_wire import NetworkWire, network_wire
from nbviz.picture.snapshot import Snapshot

HOSTILE = '</script><img src=x onerror=alert(1)>"\\\u2028🐈'


def classifier(*units: int) -> Sequential:
    """A model of dense layers whose biases are not 0."""
    keras.utils.set_random_seed(1)
    hidden = [layers.Dense(n, activation="relu", bias_initializer="normal") for n in units[1:-1]]
    head = layers.Dense(units[-1], activation="softmax", bias_initializer="normal")
    return Sequential([Input((units[0],), name="x"), *hidden, head])


def data(model: Sequential, rows: int = 30) -> np.ndarray:
    """Random rows for it."""
    return np.random.default_rng(0).normal(size=(rows, model.input_shape[-1])).astype("float32")


def by_hand(**options: Any) -> tuple[Architecture, Frame, NetworkWire]:
    """Two layers, one of them with a name that no format should trip over; options are fields of the frame."""
    architecture = Architecture(
        HOSTILE,
        (
            Layer("x", "input", "InputLayer", (2,), 2),
            Layer(HOSTILE, "dense", "Dense", (2,), 2, output="linear", notes=(HOSTILE,)),
        ),
        (Connection("x", HOSTILE, "kernel", 4),),
    )
    folds = {layer.name: fold(np.ones(2), 2) for layer in architecture.layers}
    weights = {HOSTILE: (np.arange(4, dtype="float32").reshape(2, 2), None)}
    frame = dataclasses.replace(make_frame(architecture, folds, weights, Signals()), **options)
    places = layout(architecture, dict.fromkeys(folds, 2), 480)
    snapshot = Snapshot(architecture, folds, places, frame, {"x": [HOSTILE, ""]})
    network = network_wire(snapshot, version=7, score="s", samples=0)
    return architecture, frame, network
