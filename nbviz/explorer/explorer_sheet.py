"""`ExplorerSheet`: brings the style sheets of the explorer, and of the charts in it, into the page."""

from __future__ import annotations

import anywidget
import traitlets

from nbviz.page.bundle import built_file


class ExplorerSheet(anywidget.AnyWidget):
    """Is never shown, so that it takes no room: its model alone puts the sheets into the page.

    It carries them itself: they have to be there before the charts of a saved explorer are laid out.
    """

    # Traits with values of their own, not their defaults, so that saved notebooks and pages keep them.
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        """Read the sheets.

        Raises:
            FileNotFoundError: The front end has not been built.
        """
        super().__init__(_esm="export default {}", _css=built_file("explorer.js").style)

    def __repr__(self) -> str:
        """Its name; no markup."""
        return "ExplorerSheet()"
