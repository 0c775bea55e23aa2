"""`ImageImportance`: what matters in pictures, one heat map for each class over the mean picture, and regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import traitlets

from nbviz.network.pictures import as_levels, within
from nbviz.widgets.image_importance.image_importance_wire import MappedPictures, ShownPictureWire, image_maps_wire
from nbviz.widgets.index_trait import Index
from nbviz.widgets.view import SavedPicture, View

if TYPE_CHECKING:
    from nbviz.attribution.images.region_tables import ImageTables

SHOWN_SIDE = 96  # rows or columns of a sample's picture, at most


class ImageImportance(SavedPicture, View):
    """One map for each class on one scale, the selected one larger beside the sample, and regions with their shares.

    Attributes:
        selected_class: Index of the class whose map is large, None for the one predicted of the sample.
        selected_region: Index of the selected region, None for none.
        selected_part: Number of what is selected: a region, or, beyond these, a square; None for none.
        lights_parts: Whether paths of parts of the input can be lit in a linked diagram.
        input_unit: Unit of that diagram that is the whole input; None where there is none, as of flat rows.
        selected_unit: As a linked matrix has it.
        edge_meaning: What the edges of a linked diagram should show: `"contribution"` once a class is selected here.
        shown_frame: Step of the recorded moment that a linked diagram shows; the maps stay those of the live network.
        layer: Key of the table that is shown, `""` for the pictures; of any other there is nothing to see here.
        layers: What is offered beside the pictures: `{"key": ..., "label": ...}`.
        method: Name of the method chosen in the picker, None without one.
        methods: Names that the picker offers; none for no picker.
        busy: What is being computed, in words; `""` when nothing is.
        progress: How much of it is done, 0 to 1.
    """

    _view_folder = "image_importance"
    # down: Python writes
    maps = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    sample = traitlets.Dict().tag(sync=True)
    sample_picture = traitlets.Bytes().tag(sync=True)
    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    progress = traitlets.Float(0.0).tag(sync=True)
    lights_parts = traitlets.Bool(False).tag(sync=True)
    input_unit = Index().tag(sync=True)
    # shared
    selected_class = Index().tag(sync=True)
    selected_region = Index(of=lambda view: len(view._pictures.regions.names)).tag(sync=True)
    selected_part = Index(of=lambda view: view._pictures.parts).tag(sync=True)
    selected_unit = Index().tag(sync=True)
    edge_meaning = traitlets.Unicode("weight").tag(sync=True)
    shown_frame = Index().tag(sync=True)
    # both ways
    layer = traitlets.Unicode("").tag(sync=True)
    method = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, pictures: MappedPictures, tables: ImageTables | None = None) -> None:
        """Show maps.

        Args:
            pictures: What they are of.
            tables: The numbers; None while they are worked out.
        """
        self._pictures = pictures
        self.tables: ImageTables | None = None
        super().__init__()
        if tables is not None:
            self.show(tables)

    def show(self, tables: ImageTables) -> None:
        """Show other numbers."""
        self.tables = tables
        with self.hold_sync():
            for name, value in self.state(tables).items():
                self.set_trait(name, value)

    def state(self, tables: ImageTables) -> dict[str, Any]:
        """Trait -> its value for other numbers; changes nothing."""
        maps, numbers = image_maps_wire(tables, self._pictures)
        return {"maps": cast(dict[str, Any], maps), "numbers": numbers}

    def show_sample(self, state: dict[str, Any]) -> None:
        """Show a sample beside the maps; see `sample_state`."""
        with self.hold_sync():
            for name, value in state.items():
                self.set_trait(name, value)

    def sample_state(
        self,
        picture: np.ndarray | None,
        name: str = "",
        words: str = "",
        *,
        misread: bool = False,
        predicted: Any = None,
    ) -> dict[str, Any]:
        """What `show_sample` takes, trait -> value.

        Args:
            picture: (rows, columns, channels); None for the mean over rows.
            name: `"sample 46"`.
            words: What it is: `"5 read as 9"`.
            misread: Whether that is wrong.
            predicted: Its class, or None.
        """
        if picture is None:
            return {"sample": {}, "sample_picture": b""}
        shown = as_levels(within(picture[np.newaxis], SHOWN_SIDE), self._pictures.low, self._pictures.high)[0]
        sample: ShownPictureWire = {
            "name": name,
            "words": words,
            "is_misread": misread,
            "rows": shown.shape[0],
            "columns": shown.shape[1],
            "bands": shown.shape[2],
            "predicted": predicted,
        }
        return {"sample": sample, "sample_picture": shown.tobytes()}

    def picture_html(self) -> str:
        """The table of the regions as HTML, which a notebook shows without a kernel."""
        return "" if self.tables is None else self.tables.regions._repr_html_()

    def __repr__(self) -> str:
        """Pictures, regions and classes; no markup."""
        form, regions = self._pictures.form, self._pictures.regions
        return f"ImageImportance({form}, {len(regions.names)} regions)"
