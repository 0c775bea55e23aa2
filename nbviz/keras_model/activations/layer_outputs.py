"""What layers return for rows of data, in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.forward import forward_pass
from nbviz.keras_model.graph import calls_of, check_model, has_graph, input_specs
from nbviz.network.samples import Samples, read_samples


def activations(model: keras.Model, x: Samples, layers: str | Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """What layers return for rows of data, in inference mode.

    One compiled forward pass for all the layers asked for, kept for the next call.

    Args:
        model: A built model. Of a subclassed model only the output is known, under the model's name.
        x: Array of shape (rows, *input shape), DataFrame, or a list / dict of these for several inputs.
        layers: Names as in `model.summary()`; None for every layer but the inputs. A layer called twice is
            `name` and `name:1`, the second output of a layer is `name/1`.

    Returns:
        Layer name -> array of shape (rows, *layer output shape).

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: The model is not built, x does not fit, or a layer is unknown.
    """
    check_model(model)
    arrays = read_samples(x, input_specs(model))
    wanted = [layers] if isinstance(layers, str) else layers
    if not has_graph(model):
        tensors: dict[str, Any] = {model.name: None}
    else:
        tensors = {
            node.name + (f"/{index}" if index else ""): tensor
            for node in calls_of(model)
            if not isinstance(node.operation, keras.layers.InputLayer)
            for index, tensor in enumerate(node.outputs)
        }
    unknown = [name for name in wanted or () if name not in tensors]
    if unknown:
        raise ValueError(f"Expected layers among {list(tensors)}. Received {unknown}.")
    chosen = {name: tensors[name] for name in (tensors if wanted is None else wanted)}
    return dict(zip(chosen, forward_pass(model, list(chosen.values()), arrays), strict=True))
