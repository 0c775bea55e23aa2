"""`ExplorerSheet`: brings the style sheets of the explorer, and of the charts in it, into the page."""

from __future__ import annotations

from nbviz.widgets.view import View


class ExplorerSheet(View):
    """Is never shown, so that it takes no room: its model alone puts the sheets into the page."""

    _view_folder = "explorer"
