"""Whether two parts are of one model: the same object, not one like it."""

from __future__ import annotations

from typing import Any


def check_same_model(expected: Any, given: Any, what: str, remedy: str = "") -> None:
    """Refuse what is of another model.

    Args:
        expected: The model.
        given: The model of what was given.
        what: What was expected, in words that the model's name can follow: `"a diagram of the model"`.
        remedy: What to do instead.

    Raises:
        ValueError: They are two models.
    """
    if given is not expected:
        names = [repr(getattr(model, "name", model)) for model in (expected, given)]
        raise ValueError(f"Expected {what} {names[0]}. Received that of {names[1]}{remedy and f'; {remedy}'}.")
