"""`OutputPictures`: what a model makes of a picture: the input beside each channel of the output, and the error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import ipywidgets
import traitlets

from nbviz.widgets.index_trait import Index
from nbviz.widgets.output_pictures.output_pictures_wire import OutputPicture, pictures_wire, regions_wire
from nbviz.widgets.view import View

if TYPE_CHECKING:
    from nbviz.attribution.images.regions import Regions


class OutputPictures(View):
    """Pictures of one row, side by side: what goes in, what comes out, what is true, the squared error.

    A click on the output chooses a region of it, whose mean is explained elsewhere.

    Attributes:
        selected_region: Index of the region of the output that is explained, None for all of it.
        selected_class: Index of the channel of the output that is explained, None for none of them alone.
        shown: What is shown, None at first.
    """

    _view_folder = "output_pictures"
    # down: Python writes
    pictures = traitlets.Dict().tag(sync=True)
    levels = traitlets.Bytes().tag(sync=True)
    regions = traitlets.Dict().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    # shared
    selected_region = Index(of=lambda view: len(view.regions["names"]) or None).tag(sync=True)
    selected_class = Index(of=lambda view: len(view.regions["channels"]) or None).tag(sync=True)

    def __init__(self, regions: Regions | None = None, channels: Sequence[str] = ("output",)) -> None:
        """Nothing is shown yet.

        Args:
            regions: Of the output; None where no region of it can be chosen.
            channels: Names of the output's channels.
        """
        self.shown: OutputPicture | None = None
        wire, labels = regions_wire(regions, channels)
        super().__init__(regions=cast(dict[str, Any], wire), labels=labels)

    def state(self, picture: OutputPicture) -> dict[ipywidgets.Widget, dict[str, Any]]:
        """Widget -> trait -> its value for a row; changes nothing itself."""
        pictures, levels = pictures_wire(picture)
        return {self: {"pictures": cast(dict[str, Any], pictures), "levels": levels}}

    def show(self, picture: OutputPicture) -> None:
        """Show a row."""
        self.shown = picture
        with self.hold_sync():
            for name, value in self.state(picture)[self].items():
                self.set_trait(name, value)

    def __repr__(self) -> str:
        """The row; no markup."""
        return f"OutputPictures({'no sample' if self.shown is None else self.shown.name})"
