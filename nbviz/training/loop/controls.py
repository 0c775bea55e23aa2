"""What can be asked of a `Trainer`, and what it says about the model that it trains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import keras

from nbviz.network.arguments import a_list
from nbviz.network.array_like import described

TrainerStatus = Literal["ready", "training", "paused", "finished", "error"]
StepSize = Literal["batch", "epoch", "sample"]
CommandKind = Literal[
    "play",
    "pause",
    "step",
    "discard",
    "reset",
    "stop",
    "rewind",
    "learning_rate",
    "speed",
    "batch_size",
    "retire",
    "follow",
]
# These end what is under way in the midst of a validation; after the others it goes on.
ENDING: frozenset[CommandKind] = frozenset({"reset", "stop", "rewind", "batch_size", "retire"})
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the worker is asked to do.

    Attributes:
        kind: What.
        value: `"step"`: the step size. `"rewind"`: the step to go back to. `"learning_rate"`, `"speed"`,
            `"batch_size"`: the new value.
    """

    kind: CommandKind
    value: Any = None


def read_message(content: Mapping[str, Any]) -> Command | None:
    """The command that a message of the browser asks for, None where it asks for none.

    Raises:
        ValueError: A value that does not fit the command.
    """
    kind, value = content.get("type"), content.get("value")
    if kind is None or kind not in get_args(CommandKind) or kind in ("retire", "follow"):
        return None
    if kind == "step":
        return Command("step", valid_step_size(value))
    if kind in ("learning_rate", "speed"):
        return Command(kind, None if kind == "speed" and value is None else valid_rate(kind, value))
    if kind in ("rewind", "batch_size"):
        return Command(kind, valid_count(kind, value, 0 if kind == "rewind" else 1))
    return Command(kind)


def valid_step_size(value: Any) -> StepSize:
    """Check a step size.

    Raises:
        ValueError: None of those that there are.
    """
    if value not in get_args(StepSize):
        raise ValueError(f"Expected a step of one {', '.join(map(repr, get_args(StepSize)))}. Received {value!r}.")
    return value  # type: ignore[no-any-return]


def valid_rate(name: str, value: Any) -> float:
    """Check a learning rate or a speed.

    Raises:
        ValueError: Not a finite number above 0.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"Expected {name} as a number above 0. Received {value!r}.")
    return number


def valid_count(name: str, value: Any, least: int) -> int:
    """Check a whole number.

    Raises:
        ValueError: Not whole, or too small.
    """
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = least - 1
    if number < least or number != value:
        raise ValueError(f"Expected {name} as a whole number of at least {least}. Received {value!r}.")
    return number


def not_finite(loss: float, epoch: int, batch: int, *, recorded: bool) -> str:
    """What to say when a loss is NaN or infinite."""
    word = "NaN" if math.isnan(loss) else "infinite"
    ways = "Reset, or go back to an earlier moment," if recorded else "Reset"
    return (
        f"The loss is {word} since epoch {epoch}, batch {batch}: training has diverged. {ways} and try a smaller "
        "learning rate."
    )


def raised(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:500] if text else type(error).__name__


def valid_callbacks(given: Any) -> list[keras.callbacks.Callback]:
    """Callbacks that `fit` would take.

    Raises:
        TypeError: They are none.
    """
    parts = [given] if isinstance(given, keras.callbacks.Callback) else a_list("callbacks", given, "callbacks")
    wrong = [part for part in parts if not isinstance(part, keras.callbacks.Callback)]
    if wrong:
        raise TypeError(f"Expected callbacks as keras.callbacks.Callback objects. Received {described(wrong[0])}.")
    return parts
