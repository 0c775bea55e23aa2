"""The one reader of Keras internals: structure, weights and activations of a live model. Looking changes nothing."""

from __future__ import annotations

import keras

from nbviz.keras_model.reader import ModelReader
from nbviz.network.architecture import Architecture, SaidKinds

__all__ = ["Callback", "Model", "ModelReader", "describe"]

# For type hints of modules that must not know Keras.
Model = keras.Model
Callback = keras.callbacks.Callback


def describe(model: keras.Model, *, output_kind: SaidKinds = None) -> Architecture:
    """Layers, units and connections of a live model.

    Args:
        model: Any built `keras.Model`. A subclassed model is one block, since its graph is code.
        output_kind: What the outputs are, where neither the last layers nor the loss say it: `"softmax"`
            (probabilities of classes), `"sigmoid"` (of labels, or of one class), `"logits"` (of either) or
            `"regression"`; a dict of these by output.

    Returns:
        The architecture: plain data, detached from the model; every layer by itself, also where a picture draws
        a block of them as one.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built, or `output_kind` does not fit it.
    """
    return ModelReader(model, output_kind=output_kind).whole
