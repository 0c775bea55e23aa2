"""`OutputMenu`: which of a model's outputs is explored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import traitlets

from nbviz.style.text import clean, html_text


class OutputMenu(ipywidgets.HBox):
    """A menu of outputs, with a word before it.

    Attributes:
        value: Name of the output that is chosen.
        menu: The menu.
        words: What there is to know of it; empty for nothing.
    """

    value = traitlets.Unicode()

    def __init__(self, outputs: Sequence[str], value: str, words: str = "") -> None:
        """Offer outputs.

        Args:
            outputs: Their names.
            value: The one that is chosen first.
            words: What there is to know of it, a text.
        """
        self.menu = ipywidgets.Dropdown(
            options=[(clean(name), name) for name in outputs],
            value=value,
            description="Output explored",
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="auto", max_width="360px"),
        )
        self.words = ipywidgets.HTML(f'<span class="nbviz-part-caption">{html_text(words)}</span>' if words else "")
        super().__init__([self.menu, self.words], value=value)
        self.add_class("nbviz-explorer-outputs")
        traitlets.link((self, "value"), (self.menu, "value"))

    def without_kernel(self) -> dict[ipywidgets.Widget, dict[str, Any]]:
        """Widget -> trait -> its value where nobody works out another output; changes nothing itself."""
        words = '<span class="nbviz-part-caption">the others need a running kernel</span>'
        return {self.menu: {"disabled": True, "tooltip": "needs a running kernel"}, self.words: {"value": words}}

    def __repr__(self) -> str:
        """The output that is chosen; no markup."""
        return f"OutputMenu({self.value})"
