"""A model that was recorded, as it was at a moment, beside the live one."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.judge import first_difference, own_answers
from nbviz.training.model_state import ModelState

_CLOSE = 1e-4  # of the largest answer


def model_of_state(model: keras.Model, state: ModelState, rows: Sequence[np.ndarray] | None = None) -> keras.Model:
    """A copy of a model with the variables of a recorded state; the model stays as it is, bit for bit.

    Args:
        model: The model that was recorded.
        state: Of this model.
        rows: Rows on which a copy has to answer as the model does now, one array for each input.

    Raises:
        ValueError: The model cannot be cloned, hands its weights on to copies of it, has a state that its copies do not
            get, or is not that of the recorded state.
    """
    drawn = random.getstate()  # fresh weights, which nobody wants, draw their seeds from it
    try:
        clone = keras.models.clone_model(model)
    except Exception as error:
        raise ValueError(
            f'Expected a model that can be cloned, to compare moments of it. Received {model.name!r}, which raised: "'
            f'{error}"; save it at both moments and compare the two models.'
        ) from error
    finally:
        random.setstate(drawn)
    own = {id(variable) for variable in model.variables}
    if any(id(variable) in own for variable in clone.variables):
        raise ValueError(
            f"Expected a model whose clone has weights of its own. Received {model.name!r}, which hands its weights on."
        )
    shapes = [tuple(variable.shape) for variable in clone.variables]
    values = list(state.variables.values())
    if shapes != [tuple(value.shape) for value in values]:
        raise ValueError(
            f"Expected the model of the recording, {len(values)} variables. Received {model.name!r} with {len(shapes)} "
            "variables, or variables of other shapes: it has been changed since."
        )
    try:
        _hand_on(model, clone)
        if rows is not None:
            _check_answers(model, clone, rows)
    except Exception as error:
        raise ValueError(
            f"Expected a model whose clone answers as it does. Received {model.name!r}: "
            f"{error if isinstance(error, _OtherAnswerError) else 'a layer has a state that its copy does not get'}; "
            "save it at both moments and compare the two models."
        ) from error
    _assign(clone, values)
    for layer in _layers(clone):
        _load(layer, layer)
    _assign(clone, values)  # layers with LoRA load their weights as merged ones
    if model.compiled:  # the loss may say what the outputs mean
        clone.compile(loss=model.loss)
    return clone


class _OtherAnswerError(Exception):
    """A clone that is not what it was cloned of."""


def _hand_on(model: keras.Model, clone: keras.Model) -> None:
    """Give a clone the state of a model as Keras gives it to one that is loaded: vocabularies and statistics too."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (own, copy) in enumerate(zip(_layers(model), _layers(clone), strict=True)):
            _load(copy, own)
            if hasattr(own, "save_assets"):
                place = Path(folder) / str(number)
                place.mkdir()
                own.save_assets(str(place))
                copy.load_assets(str(place))


def _load(layer: keras.layers.Layer, other: keras.layers.Layer) -> None:
    """Have a layer load the variables of another, or its own: what it derives from them is worked out by that alone."""
    store: dict[str, Any] = {}
    other.save_own_variables(store)
    if store:
        layer.load_own_variables({name: np.asarray(value) for name, value in store.items()})


def _assign(model: keras.Model, values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(model.variables, values, strict=True):
        variable.assign(value)


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    return list(model._flatten_layers(include_self=False))


def _check_answers(model: keras.Model, clone: keras.Model, rows: Sequence[np.ndarray]) -> None:
    wanted, found = own_answers(model, rows), own_answers(clone, rows)
    difference = first_difference(found, wanted, _CLOSE)
    # While it trains, or where it draws at random, there is nothing to compare with.
    if difference and not first_difference(own_answers(model, rows), wanted, _CLOSE):
        raise _OtherAnswerError(f"the answer of its clone is {difference}")
