"""The built code of the views, as files that import one another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file of built code.

    Attributes:
        source: JavaScript, a module.
        style: CSS that goes with it; `""` without.
        imports: Names of the files that it imports, as `"./NAME"`.
    """

    source: str
    style: str
    imports: tuple[str, ...]


def loader() -> str:
    """The module of every widget, which finds the code of its view and hands over to it."""
    return _read("loader.js")


def built_file(name: str) -> BuiltFile:
    """A file of built code.

    Args:
        name: Of the file; of a view that of its folder in the front end and `.js`.

    Raises:
        FileNotFoundError: The front end has not been built.
        KeyError: There is no such file.
    """
    about = json.loads(_read("code.json"))[name]
    return BuiltFile(_read(name), _read(about["style"]) if about["style"] else "", tuple(about["imports"]))


def _read(name: str) -> str:
    try:
        return (STATIC / name).read_text("utf-8")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"Expected the built front end at {STATIC}. Install nbviz with pip, or run `npm ci && npm run build` in "
            "nbviz/frontend."
        ) from error
