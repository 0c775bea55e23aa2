"""The learning rate of an optimizer: what it is now, and whether it can be set. Some have several, or none."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import keras

SEVERAL = "the optimizer has several learning rates; set them on its `optimizers`"
UNKNOWN = "the optimizer has no learning rate that could be set"


def why_fixed(optimizer: Any) -> str | None:
    """Why the learning rate of an optimizer cannot be set, None where it can."""
    if is_scheduled(optimizer):
        rate = _inner(optimizer)._learning_rate
        name = "a function" if isinstance(rate, FunctionType) else type(rate).__name__
        return f"the optimizer follows {name}; compile it with a number to change it here"
    if current_rate(optimizer) is None:
        return SEVERAL if hasattr(optimizer, "optimizers") else UNKNOWN
    return None


def is_scheduled(optimizer: Any) -> bool:
    """Whether the learning rate follows a schedule, or a function of the user's, instead of being a number."""
    rate = getattr(_inner(optimizer), "_learning_rate", None)
    return isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) or callable(rate)


def current_rate(optimizer: Any) -> float | None:
    """The learning rate that the next update uses; None for an optimizer that has not one rate."""
    try:
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return None


def _inner(optimizer: Any) -> Any:
    return getattr(optimizer, "inner_optimizer", optimizer)
