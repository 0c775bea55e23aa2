"""The one reader of Keras internals: structure, weights and activations of a live model. Looking changes nothing."""

from __future__ import annotations

import keras

from nbviz.keras_model.reader import ModelReader
from nbviz.network.architecture import Architecture

__all__ = ["Callback", "Model", "ModelReader", "describe"]

# For type hints of modules that must not know Keras.
Model = keras.Model
Callback = keras.callbacks.Callback


def describe(model: keras.Model) -> Architecture:
    """Layers, units and connections of a live model.

    Args:
        model: Any built `keras.Model`. A subclassed model is one block, since its graph is code.

    Returns:
        The architecture: plain data, detached from the model; every layer by itself, also where a picture draws
        a block of them as one.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built.
    """
    return ModelReader(model).whole
