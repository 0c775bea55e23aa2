"""Arguments of public calls, checked: what was expected, what came, in one sentence."""

from __future__ import annotations

import contextlib
import numbers
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np

from nbviz.network.array_like import described


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """A whole number that is large enough.

    Raises:
        ValueError: It is not.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"Expected {name} as a whole number of at least {least}. Received {_shown(value)}.")
    return int(value)


def real_number(name: str, value: Any, least: float, most: float) -> float:
    """A number within bounds.

    Raises:
        ValueError: It is not.
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not least <= float(value) <= most:
        raise ValueError(f"Expected {name} from {least:g} to {most:g}. Received {_shown(value)}.")
    return float(value)


def one_of(name: str, value: Any, known: Collection[str]) -> str:
    """One of some words.

    Raises:
        ValueError: It is not.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"Expected {name} among {list(known)}. Received {_shown(value)}.")
    return value


def a_list(name: str, value: Any, of: str) -> list[Any]:
    """Several things in an order, as a list.

    Args:
        name: Of the argument.
        value: What came.
        of: What it should be a list of: `"names"`.

    Raises:
        ValueError: It is no list, tuple, array or the like.
    """
    no_list = isinstance(value, (str, bytes, Set, Mapping)) or not isinstance(value, Iterable)
    if no_list or not hasattr(value, "__len__") or len(getattr(value, "shape", (0,))) != 1:
        raise ValueError(f"Expected {name} as a list of {of}. Received {_shown(value)}.")
    return list(value)


def yes_or_no(name: str, value: Any) -> bool:
    """A truth value.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"Expected {name} as True or False. Received {_shown(value)}.")
    return bool(value)


@contextlib.contextmanager
def errors_of(what: str) -> Iterator[None]:
    """Have errors say which data they are of, where it is not the first that one thinks of.

    Args:
        what: What is read inside: `"The background"`.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{what}: {error}") from error


def file_path(value: Any) -> Path:
    """A path of a file, `~` at its beginning read.

    Raises:
        TypeError: It is no path.
    """
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"Expected the path of a file. Received {_shown(value)}.")
    return Path(value).expanduser()


def _shown(value: Any) -> str:
    plain = isinstance(value, (str, bool, int, float, list, tuple, dict)) and len(repr(value)) <= 60
    return repr(value) if plain else described(value)
