"""The learning rate of an optimizer: what it is now, and whether it can be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


def why_fixed(optimizer: Any) -> str | None:
    """Why the learning rate of an optimizer cannot be set, None where it can."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    rate = optimizer.get_config().get("learning_rate")
    if isinstance(rate, Mapping):
        name = rate.get("class_name", "a schedule")
        return f"the optimizer follows {name}; compile it with a number to change it here"
    return None


def current_rate(optimizer: Any) -> float:
    """The learning rate that the next update uses."""
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
