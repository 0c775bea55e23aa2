"""A model that was recorded, as it was at a moment, beside the live one."""

from __future__ import annotations

import random

import keras

from nbviz.training.model_state import ModelState


def model_of_state(model: keras.Model, state: ModelState) -> keras.Model:
    """A copy of a model with the variables of a recorded state; the model stays as it is, bit for bit.

    Args:
        model: The model that was recorded.
        state: Of this model.

    Raises:
        ValueError: The model cannot be cloned, hands its weights on to copies of it, or is not that of the state.
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
    for variable, value in zip(clone.variables, values, strict=True):
        variable.assign(value)
    if model.compiled:  # the loss may say what the outputs mean
        clone.compile(loss=model.loss)
    return clone
