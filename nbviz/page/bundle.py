"""The built code of the views."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"


def bundle(view: str) -> dict[str, str]:
    """The code of a view, as an anywidget's traits take it.

    Args:
        view: Name of its folder in the front end.

    Raises:
        FileNotFoundError: The front end has not been built.
    """
    try:
        return {
            "_esm": (STATIC / f"{view}.js").read_text("utf-8"),
            "_css": (STATIC / f"{view}.css").read_text("utf-8"),
        }
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"Expected the built front end at {STATIC}. Install nbviz with pip, or run `npm ci && npm run build` in "
            "nbviz/frontend."
        ) from error
