"""What lies in dicts and lists within one another, by path: the keys on the way, `"one/kind"`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def by_path(given: Mapping[Any, Any], paths: Sequence[str]) -> dict[str, Any]:
    """The entries of a dict, those of dicts and lists inside it by their paths where these are wanted.

    Args:
        given: The dict, whose values may be dicts or lists themselves.
        paths: What is wanted; other entries stay as they are.
    """
    found: dict[str, Any] = {}
    for key, part in given.items():
        if key in paths or not any(path.startswith(f"{key}/") for path in paths):
            found[key] = part
            continue
        entries = part.items() if isinstance(part, Mapping) else enumerate(part)
        found |= by_path({f"{key}/{name}": value for name, value in entries}, paths)
    return found


def exchanged(given: Any, values: Mapping[str, Any], around: str = "") -> Any:
    """The same structure with other values at some paths.

    Args:
        given: Dicts and lists within one another.
        values: Path -> what stands there.
        around: Path of the structure itself, with a slash behind it.
    """
    entries: Iterable[tuple[Any, Any]] = given.items() if isinstance(given, Mapping) else dict(enumerate(given)).items()
    found = {}
    for key, part in entries:
        path = f"{around}{key}"
        inside = any(known.startswith(f"{path}/") for known in values)
        found[key] = values[path] if path in values else exchanged(part, values, f"{path}/") if inside else part
    return found if isinstance(given, Mapping) else list(found.values())
