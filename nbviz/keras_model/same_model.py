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
        kin = ""
        if names[0] == names[1]:
            kin = ", another one"
            if _alike(expected, given):
                kin += " that is built alike: a clone, a copy or one loaded from a file has weights of its own"
        raise ValueError(f"Expected {what} {names[0]}. Received that of {names[1]}{kin}{remedy and f'; {remedy}'}.")


def check_trained_with(watched: Any, trained: Any, what: str, remedy: str) -> None:
    """Refuse the training of a model that the watched one is neither, nor a part of.

    Args:
        watched: The model that is looked at, such as the encoder of an autoencoder.
        trained: The model whose `fit` is called.
        what: As for `check_same_model`.
        remedy: Likewise.

    Raises:
        ValueError: Training does not change the watched model.
    """
    if not any(layer is watched for layer in trained._flatten_layers()):
        check_same_model(watched, trained, what, remedy)


def check_part(model: Any, part: Any, kind: Any, what: str, remedy: str = "") -> None:
    """Refuse what is no diagram, recording, ... or is one of another model.

    Args:
        model: The model.
        part: What was given; it has a `model`.
        kind: What it has to be.
        what: As for `check_same_model`.
        remedy: Likewise.

    Raises:
        TypeError: It is something else.
        ValueError: It is of another model.
    """
    if not isinstance(part, kind):
        name = getattr(model, "name", type(model).__name__)
        raise TypeError(f"Expected {what} {name!r}. Received {type(part).__name__}{remedy and f'; {remedy}'}.")
    check_same_model(model, part.model, what, remedy)


def same_variable(path: str, other: str) -> bool:
    """Whether two paths, without automatic numbers, may be of one variable of two models that are built alike.

    A model that was called has its own name before those of its layers, one that was loaded has not:
    `"sequential/dense/kernel"` and `"dense/kernel"`.
    """
    short, long = sorted((path.split("/"), other.split("/")), key=len)
    return long[-len(short) :] == short


def _alike(model: Any, other: Any) -> bool:
    """Whether two models have variables of the same shapes, in order."""
    shapes = [[tuple(variable.shape) for variable in getattr(each, "variables", ())] for each in (model, other)]
    return bool(shapes[0]) and shapes[0] == shapes[1]
