"""How a model was compiled, as an HDF5 file says it: Keras itself does not read all that it wrote there."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from nbviz.keras_model.files.declared_sizes import TooLarge, counts_too_far

_OF_COMPILE = ("accuracy", "acc", "crossentropy", "ce")  # names that only `compile` knows


def compile_as_saved(model: keras.Model, file: Path) -> str | None:
    """Compile a model as its HDF5 file says, with the optimizer's state.

    Keras leaves a model uncompiled whose loss was written by its short name ("mse"), and builds the optimizer of any
    other for no weights, so that `fit` fails.

    Returns:
        Why it is not compiled, in words; None where it is, or was not when it was saved.
    """
    with h5py.File(file, "r") as hdf5:
        written = hdf5.attrs.get("training_config")
        if written is None:
            return None
        try:
            config = json.loads(written)
            _compile(model, config)
        except TooLarge:
            raise
        except Exception as error:
            return why_not(error)
        optimizer = model.optimizer
        if optimizer is not None:
            optimizer.build(model.trainable_variables)
            _give_state(optimizer, hdf5)
    return None


def why_not(error: Exception) -> str:
    """Why a model cannot be compiled, in words without the call stack of Keras."""
    unknown = re.search(
        r"(?:class|function|object|loss|metric|optimizer):? '([^']*)'|identifier:? '?([\w>]+)", str(error)
    )
    if unknown:
        return f"{unknown[1] or unknown[2]!r} is not known here"
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _compile(model: keras.Model, config: dict[str, Any]) -> None:
    if counts_too_far([config.get("metrics"), config.get("weighted_metrics")]):
        raise ValueError("a metric asks for too much")
    model.compile(
        optimizer=_optimizer(config.get("optimizer_config")),
        loss=_each(config.get("loss"), keras.losses),
        metrics=_each(config.get("metrics"), keras.metrics),
        weighted_metrics=_each(config.get("weighted_metrics"), keras.metrics),
        loss_weights=config.get("loss_weights"),
    )


def _each(config: Any, of: Any) -> Any:
    """Losses or metrics in the order, or under the names, in which they stand.

    Args:
        config: As JSON holds them.
        of: `keras.losses` or `keras.metrics`.

    Raises:
        ValueError: One is not known.
    """
    if isinstance(config, dict) and "class_name" in config:
        return of.deserialize(config)
    if isinstance(config, dict):
        return {name: _each(part, of) for name, part in config.items()}
    if isinstance(config, (list, tuple)):
        return [_each(part, of) for part in config]
    if not isinstance(config, str):
        return config
    if ">" in config:
        found = keras.saving.get_registered_object(config)
        if found is None:
            raise ValueError(f"Unknown function '{config.rpartition('>')[2]}'")
        return found
    if config not in _OF_COMPILE:
        of.get(config)
    return config  # what it means may hang on the output: `compile` knows


def _optimizer(config: Any) -> Any:
    """The optimizer, without what one of Keras 2 could be told and Keras 3 does not know."""
    if not isinstance(config, dict):
        return None
    name, told = str(config.get("class_name")), dict(config.get("config") or {})
    kind: Any = keras.saving.get_registered_object(name) or getattr(keras.optimizers, name.rpartition(">")[2], None)
    if not (inspect.isclass(kind) and issubclass(kind, keras.optimizers.Optimizer)):
        raise ValueError(f"Unknown optimizer '{name}'")
    told.setdefault("learning_rate", told.get("lr", 0.001))
    known = {key for parent in kind.__mro__ for key in inspect.signature(parent).parameters} - {"kwargs", "args"}
    made: Any = kind
    return made.from_config({key: value for key, value in told.items() if key in known})


def _give_state(optimizer: Any, hdf5: h5py.File) -> None:
    """The state that was saved, where it is that of such an optimizer; a fresh one otherwise, as Keras does it."""
    group = hdf5.get("optimizer_weights")
    if group is None:
        return
    names = [name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs.get("weight_names", ())]
    arrays = [group[name] for name in names]
    if [array.shape for array in arrays] == [tuple(variable.shape) for variable in optimizer.variables]:
        for variable, array in zip(optimizer.variables, arrays, strict=True):
            variable.assign(np.asarray(array))
