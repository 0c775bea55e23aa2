"""`ExplorerSheet`: brings the style sheets of the explorer, and of the charts in it, into the page."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from nbviz.page.bundle import bundle


class ExplorerSheet(anywidget.AnyWidget):
    """Has no view, so that it takes no room: its model alone puts the sheets into the page."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        """Traits as given."""
        super().__init__(**traits, **bundle("explorer"))
