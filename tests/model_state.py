"""Models that a call could change, and everything about them that it could."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, Sequential, layers

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 40)


class Noisy(layers.Layer):
    """Draws from a seed generator of its own even in inference, counts its calls, and adds a loss."""

    def __init__(self, **options: Any) -> None:
        """Options of any layer."""
        super().__init__(**options)
        self.seed = keras.random.SeedGenerator(7)

    def build(self, shape: Any) -> None:
        """Make the count."""
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x: Any) -> Any:
        """The same numbers with a little noise."""
        self.calls.assign_add(1.0)
        self.add_loss(keras.ops.mean(x))
        return x + keras.random.normal(keras.ops.shape(x), stddev=1e-3, seed=self.seed)


class Own(Model):
    """A subclassed model that draws random numbers and adds a loss whenever it is called."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__(name="own")
        self.hidden = layers.Dense(6, activation="relu", activity_regularizer="l2", name="h")
        self.normal = layers.BatchNormalization()
        self.drop = layers.Dropout(0.5, seed=3)
        self.answer = layers.Dense(3, activation="softmax", name="y")

    def call(self, x: Any, training: bool = False) -> Any:
        """(rows, 4) to (rows, 3)."""
        hidden = self.drop(self.normal(self.hidden(x), training=training), training=training)
        self.add_loss(keras.ops.mean(hidden))
        return self.answer(hidden)


def head(*items: Any) -> Sequential:
    """Layers between an input of 4 and an output of 3 classes."""
    return Sequential([Input((4,), name="x"), *items, layers.Dense(3, activation="softmax", name="y")], name="m")


def branches() -> Model:
    """Two ways that are joined, with regularizers of all kinds."""
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="relu", activity_regularizer="l1", name="h")(x)
    both = layers.Concatenate()([layers.BatchNormalization()(h), layers.Dropout(0.3)(h)])
    return Model(x, layers.Dense(3, activation="softmax", name="y", kernel_regularizer="l2")(both), name="m")


def trained(make: Callable[[], Model]) -> Model:
    """A model compiled with adam, after one step, whose losses are those of a call that followed."""
    keras.utils.set_random_seed(11)
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.train_on_batch(X[:8], Y[:8])
    model(X[:8])
    return model


def operations(model: Model) -> list[Any]:
    """The model itself, and every layer, nested ones included."""
    return [model, *model._flatten_layers(include_self=False)]


def state(model: Model) -> dict[str, Any]:
    """Everything about a model, and about the random numbers and names of the process, that a call could change."""
    from keras.src.backend.common import global_state

    # Made when first asked for, which draws a random number.
    global_seed = keras.src.random.seed_generator.global_seed_generator().state.numpy().tobytes()
    kinds, keys, position, gauss, cached = np.random.get_state()
    return {
        "weights": [(v.path, v.numpy().tobytes(), v.trainable) for v in model.variables],
        "optimizer": [(v.path, v.numpy().tobytes()) for v in model.optimizer.variables],
        "metrics": [(v.path, v.numpy().tobytes()) for v in model.metrics_variables],
        "compiled": (
            *(id(model.train_function), id(model.test_function), id(model.predict_function), id(model.optimizer)),
            *(model.compiled, model.loss, model.stop_training, model.jit_compile, model.run_eagerly),
        ),
        "seeds": [
            (layer.name, generator.state.numpy().tobytes())
            for layer in operations(model)
            for generator in getattr(layer, "_seed_generators", [])
        ],
        "random numbers": (
            [kinds, keys.tobytes(), position, gauss, cached],
            random.getstate(),
            global_seed,
            tf.random.get_global_generator().state.numpy().tolist(),
        ),
        "names": dict(global_state.get_global_attribute("object_name_uids")),
        "graph": [
            (layer.name, [id(node) for node in layer._inbound_nodes], [id(node) for node in layer._outbound_nodes])
            for layer in operations(model)
        ],
        "losses": [float(loss) for loss in model.losses],
        "own losses": [[id(loss) for loss in layer._losses] for layer in operations(model)],
        "trainable": [(layer.name, layer.trainable, layer.built) for layer in operations(model)],
        "layers": [id(layer) for layer in model.layers],
        "attributes": [sorted(vars(layer)) for layer in operations(model)],
        "policy": (keras.config.dtype_policy().name, keras.config.floatx()),
    }
