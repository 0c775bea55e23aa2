"""A shadow clone: a model of the same make with fresh weights, onto the columns and as many shadow features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from nbviz.attribution.checks.no_floor import NoFloorError
from nbviz.keras_model.forward import look_at
from nbviz.keras_model.graph import calls_of
from nbviz.keras_model.layers import passed_through
from nbviz.network.samples import InputSpec

SEEDS = 1 << 31  # every seed that is drawn is smaller


def shadow_clone(model: keras.Model, spec: InputSpec, numbers: np.random.Generator) -> keras.Model:
    """A model of the same make with fresh weights, all of them trainable, onto twice the columns."""
    on_columns = _on_columns(model, spec)

    def remake(layer: Any) -> Any:
        if type(layer) is keras.layers.Lambda:  # its config holds no more than the function's bytecode
            return keras.layers.Lambda(
                layer.function, arguments=layer.arguments, name=layer.name, dtype=layer.dtype_policy
            )
        try:
            config = _fresh(layer.get_config(), numbers)
            if type(layer) in WITH_STATISTICS:
                config |= WITH_STATISTICS[type(layer)](layer, 2 if id(layer) in on_columns else 1)
            return type(layer).from_config(config)
        except Exception as error:
            raise NoFloorError(
                f'Expected layers that can be made anew from their config. {type(layer).__name__} "{layer.name}" '
                f'raised: "{error}"; importance(model, x) works without a noise floor.',
                f"the layer {layer.name} ({type(layer).__name__}) cannot be made anew from its config",
            ) from error

    def call(layer: Any, *inputs: Any, **options: Any) -> Any:
        try:
            return layer(*inputs, **options)
        except Exception as error:
            raise _fixed(layer, layer.name, spec) from error

    # Uncompiled, since a clone is compiled as its model is. Explicit names: automatic ones would shift the names of
    # the user's next layers.
    view = keras.Model(model.inputs, model.outputs, name="nbviz_shadow_features")
    doubled = keras.Input((2 * int(spec.shape[0] or 0),), dtype=spec.dtype, name=spec.name)
    clone = keras.models.clone_model(view, [doubled], clone_function=remake, call_function=call, recursive=True)
    own = {id(variable) for variable in model.variables}
    shared = [layer for layer in clone.layers if any(id(variable) in own for variable in layer.variables)]
    if shared:
        raise NoFloorError(
            "Expected layers whose config is plain data. "
            f'{type(shared[0]).__name__} "{shared[0].name}" hands on its weights with it, so that training a clone '
            "would train the model; importance(model, x) works without a noise floor.",
            f"the layer {shared[0].name} ({type(shared[0]).__name__}) hands its weights on to copies of it, so that "
            "training a copy would train the model",
        )
    return clone


def _on_columns(model: keras.Model, spec: InputSpec) -> set[int]:
    """Ids of the layers that scale or pass on the columns of the input one by one.

    Raises:
        ValueError: A layer picks or rearranges columns: the shadows would not meet the same fate as the real ones.
    """
    columns = {id(tensor) for tensor in model.inputs}
    layers: set[int] = set()
    for call in calls_of(model):
        operation = call.operation
        if isinstance(operation, keras.layers.InputLayer) or not any(id(tensor) in columns for tensor in call.inputs):
            continue
        passes_on = passed_through(operation) is not None or not getattr(operation, "weights", ())
        if passes_on and not isinstance(operation, keras.layers.Concatenate):
            if any(tuple(tensor.shape[1:]) != spec.shape for tensor in call.outputs):
                raise _fixed(operation, call.name, spec)
            columns.update(id(tensor) for tensor in call.outputs)
            layers.add(id(operation))
    return layers


def _fixed(operation: Any, name: str, spec: InputSpec) -> NoFloorError:
    return NoFloorError(
        f"Expected layers that take twice the {spec.shape[0]} columns, for their shadow features beside them. "
        f'{type(operation).__name__} "{name}" takes no other number of columns, or some of them only; '
        "importance(model, x) works without a noise floor.",
        f"the layer {name} ({type(operation).__name__}) takes no other number of columns, or some of them only",
    )


def _fresh(config: Any, numbers: np.random.Generator) -> Any:
    """The config, all trainable, with a seed of its own for each initializer and random layer: also fixed ones."""
    if isinstance(config, dict):
        config = {key: _fresh(value, numbers) for key, value in config.items()}
        if config.get("trainable") is False:  # to set it on the clone would not reach the layers inside
            config["trainable"] = True
        if "seed" in config and (config["seed"] is None or isinstance(config["seed"], int)):
            config["seed"] = int(numbers.integers(SEEDS))
        return config
    if isinstance(config, (list, tuple)):
        return [_fresh(value, numbers) for value in config]
    return config


def _of_normalization(layer: Any, times: int) -> dict[str, Any]:
    mean, variance = look_at(layer.mean).ravel(), look_at(layer.variance).ravel()
    if not layer.axis:
        return {"mean": float(mean[0]), "variance": float(variance[0])}
    return {"mean": np.tile(mean, times).tolist(), "variance": np.tile(variance, times).tolist()}


def _of_rescaling(layer: Any, times: int) -> dict[str, Any]:
    values = {"scale": np.asarray(layer.scale), "offset": np.asarray(layer.offset)}
    return {name: (np.tile(value, times) if value.size > 1 else value).tolist() for name, value in values.items()}


# What a layer knows of each column: a shadow has the mean and the variance of the column it was shuffled from.
WITH_STATISTICS: dict[type, Callable[[Any, int], dict[str, Any]]] = {
    keras.layers.Normalization: _of_normalization,
    keras.layers.Rescaling: _of_rescaling,
}
