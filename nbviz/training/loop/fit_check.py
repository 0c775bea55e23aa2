"""Whether data fit a model and the loss that it is compiled with: tried on two rows, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import batch_size_of
from nbviz.network.array_like import refuse_gaps
from nbviz.training.loop.data import TrainingData

# Losses that compare number by number, so that shapes that broadcast would train on nonsense without a word.
_ELEMENTWISE = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "huber",
        "kl_divergence",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
    }
)


def check_fit(model: Any, data: TrainingData, suffix: str = "") -> None:
    """Have the model's loss judge two rows; the model stays as it is.

    Raises:
        ValueError: x does not fit the model, or y does not fit the loss: missing answers only one that is the user's
            own can leave out.
    """
    if not has_loss_of_its_own(model):
        refuse_gaps_in(f"y{suffix}", data.y)
    rows, at_once = data.extremes(), batch_size_of(model)
    # A model built for a number of rows takes no other.
    x, y, sample_weight = data.take(rows if at_once is None else np.resize(rows, at_once))
    try:
        with keras.StatelessScope():  # what a layer counts, and its seed, stay where they are
            predicted = model(x, training=False)
    except Exception as error:
        shapes = _shapes(data.x)
        raise ValueError(
            f"Expected x{suffix} that fits the model. Received x of {shapes}: {_first_line(error)}"
        ) from error
    if _computes_its_loss(model):
        return
    expected = f"Expected y{suffix} that fits the loss {loss_name(model)!r} and the output of {_shapes(predicted)}."
    if y is not None and not (keras.tree.is_nested(y) or keras.tree.is_nested(predicted)):
        received, wanted = _trimmed(y.shape), _trimmed(predicted.shape)
        if _function_name(model.loss) in _ELEMENTWISE and received != wanted:
            raise ValueError(f"{expected} Received y of {_shapes(data.y)}.{_way_out(model, received, wanted)}")
    kept = [(variable, variable.numpy()) for metric in model.metrics for variable in metric.variables]
    try:
        model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=False)
    except Exception as error:
        given = "None" if y is None else f"y of {_shapes(data.y)}"
        raise ValueError(f"{expected} Received {given}: {_first_line(error)}") from error
    finally:
        model.reset_metrics()  # also of metrics that have their variables only now
        for variable, value in kept:
            variable.assign(value)


def refuse_gaps_in(what: str, y: Any) -> None:
    """Whether every row has all of its answers.

    Args:
        what: What they are, for the error: `"y"`.
        y: An array (rows, ...), a list or dict of these, or None.

    Raises:
        ValueError: Some are missing or infinite.
    """
    for path, part in keras.tree.flatten_with_path(y):
        if part is not None:
            refuse_gaps(f"{what}{''.join(f'[{key!r}]' for key in path)}", part)


def has_loss_of_its_own(model: Any) -> bool:
    """Whether any of the losses is none of Keras' own: only such a one takes labels that are no class indices."""
    if _computes_its_loss(model):
        return True
    for loss in keras.tree.flatten(model.loss):
        if isinstance(loss, str):
            continue
        function = getattr(loss, "fn", loss)
        owner = function if hasattr(function, "__module__") else type(function)
        if owner.__module__.split(".")[0] != "keras":
            return True
    return False


def _computes_its_loss(model: Any) -> bool:
    """Whether it brings its own loss, of which nothing is known."""
    return (
        type(model).train_step is not keras.Model.train_step or type(model).compute_loss is not keras.Model.compute_loss
    )


def loss_name(model: Any) -> str:
    """What the model's loss is called."""
    loss = model.loss
    if isinstance(loss, (list, tuple, Mapping)):
        return ", ".join(map(_function_name, keras.tree.flatten(loss)))
    return _function_name(loss)


def _function_name(loss: Any) -> str:
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:
            return str(loss)
    loss = getattr(loss, "fn", loss)
    return str(getattr(loss, "__name__", type(loss).__name__))


def _way_out(model: Any, received: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if _function_name(model.loss) == "categorical_crossentropy" and received == () and wanted:
        return ' For class indices compile with loss="sparse_categorical_crossentropy".'
    return ""


def _trimmed(shape: Any) -> tuple[int, ...]:
    """Sizes behind the rows; (n,) and (n, 1) are the same to a loss."""
    sizes = tuple(shape[1:])
    return sizes[:-1] if sizes and sizes[-1] == 1 else sizes


def _shapes(structure: Any) -> str:
    shapes = [f"({', '.join(['n', *map(str, part.shape[1:])])})" for part in keras.tree.flatten(structure)]
    return f"shape {shapes[0]}" if len(shapes) == 1 else f"shapes {', '.join(shapes)}"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
