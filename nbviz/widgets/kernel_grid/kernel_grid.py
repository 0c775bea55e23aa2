"""`KernelGrid`: all kernels of a convolutional layer as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from ipywidgets import Widget

from nbviz.keras_model.graph import check_model
from nbviz.keras_model.kernel_arrays import NO_KERNELS, Kernels, kernels, layers_with_kernels
from nbviz.network.arguments import one_of, whole_number, yes_or_no
from nbviz.network.array_like import described
from nbviz.network.named_array import picture_html as array_html
from nbviz.page.content import Choice, PageContent
from nbviz.widgets.index_trait import Index
from nbviz.widgets.kernel_grid.kernel_wire import KernelGridWire, channels_at_once, kernel_grid_wire
from nbviz.widgets.tiles import first_ids, similar_together
from nbviz.widgets.view import SavedPicture, View

if TYPE_CHECKING:
    from nbviz.keras_model import Model

VIEWS = ("auto", "rgb", "channels", "norm")
SORTS = ("index", "norm", "similarity", "importance")
# Up to so many multiplications the order by similarity is worked out before anyone asks: a saved page has it.
READY_WORK = 200_000_000
PAGE_BYTES = 1_000_000  # of kernels in a page, of all layers together


class KernelGrid(SavedPicture, View):
    """All kernels of a layer as pictures; a click selects the filter, the numbers stand below.

    Orange is below zero, blue above. Looking never changes the model. Works alone in every front end that shows
    anywidgets.

    Attributes:
        selected_unit: `first_unit` of the layer plus the index of the selected filter, None for none; has the meaning
            of `NetworkDiagram.selected_unit` where `first_unit` says where the diagram's units of the layer begin, so
            that `ipywidgets.jslink` joins the two.
        selected_channel: The in channel of the selected tile, from 0 for the first that the filter reads; None where
            the tile stands for all of them.
        layer: Name of the layer shown; `""` where the model has no convolutional layer.
        view: `"rgb"` one coloured picture for each filter (3 in channels); `"channels"` a row for each filter and a
            column for each in channel; `"norm"` the Euclidean norm over the in channels; `"auto"` what fits the layer.
        scale: What has the whole colour: `"shared"` one number for the layer, `"own"` the largest of each tile.
        sort: `"index"`, `"norm"` strongest first, `"similarity"` neighbours are alike, `"importance"` as given.
        first_channel: The first in channel sent, of layers with too many numbers to send at once.
        layers: Names of the layers that the menu offers.
        layers_at_hand: Names of the layers that can be turned to without a kernel; in an exported page.
        height: px, at most; few tiles take less.
    """

    _view_folder = "kernel_grid"
    # down: Python writes
    grid = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    layers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers_at_hand = traitlets.List(traitlets.Unicode()).tag(sync=True)
    height = traitlets.Int(640).tag(sync=True)
    # shared
    selected_unit = Index().tag(sync=True)
    selected_channel = Index().tag(sync=True)
    # both ways
    layer = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Enum(list(VIEWS), "auto").tag(sync=True)
    scale = traitlets.Enum(["shared", "own"], "shared").tag(sync=True)
    sort = traitlets.Enum(list(SORTS), "index").tag(sync=True)
    first_channel = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        model: Model,
        layer: Any = None,
        *,
        view: str = "auto",
        scale: str = "shared",
        sort: str = "index",
        importance: Sequence[float] | np.ndarray | Mapping[str, Any] | None = None,
        fold_batch_norm: bool = False,
        first_unit: int | Mapping[str, int] = 0,
        height: int = 640,
    ) -> None:
        """Show the kernels of a layer.

        Args:
            model: A built `keras.Model`.
            layer: The layer shown first, as for `kernels`; by default the model's first with kernels.
            view: See the attribute.
            scale: See the attribute.
            sort: See the attribute.
            importance: (filters,) numbers to sort by, of the layer shown first; or a dict by layer name.
            fold_batch_norm: Show the kernels with the BatchNormalization behind the layer folded in, where there is
                one.
            first_unit: Id of filter 0; or a dict by layer name, of what is selected elsewhere too.
            height: px, at most; more tiles are scrolled.

        Raises:
            TypeError: Not a `keras.Model`, or a layer that is none.
            ValueError: The model is not built, the layer has no kernels, or an argument is none of its words.
        """
        for name, value, known in (
            ("view", view, VIEWS),
            ("scale", scale, ("shared", "own")),
            ("sort", sort, SORTS),
        ):
            one_of(name, value, known)
        whole_number("height", height)
        yes_or_no("fold_batch_norm", fold_batch_norm)
        check_model(model)
        names = layers_with_kernels(model) if layer is None else []
        read = kernels(model, names[0] if layer is None else layer) if names or layer is not None else None
        self._model, self._fold = model, fold_batch_norm
        self._first_unit = first_ids("first_unit", first_unit)
        self._shown: Kernels | None = None
        self._importance: dict[str, np.ndarray] = {}
        self._ready = False
        found = names or layers_with_kernels(model)
        self._names = found if read is None or read.layer in found else [read.layer, *found]
        name = "" if read is None else read.layer
        super().__init__(height=height, view=view, scale=scale, sort="index", layers=self._names)
        self.layer = name
        if importance is not None:
            given = importance if isinstance(importance, Mapping) else {name: importance}
            for key, values in given.items():
                self.set_importance(values, key, show=False)
        self._check_sort(sort)
        self._ready = True
        self.sort = sort
        self.update()

    @property
    def model(self) -> Model:
        """The model whose kernels are shown."""
        return self._model

    @property
    def kernels(self) -> Kernels | None:
        """The kernels shown, None where the model has none."""
        return self._shown

    @property
    def selected_filter(self) -> int | None:
        """Index of the selected filter in the layer shown, None for none."""
        if self.selected_unit is None or self._shown is None:
            return None
        index = self.selected_unit - self._first_unit_of(self.layer)
        return index if 0 <= index < len(self._shown.kernels) else None

    def update(self) -> None:
        """Read the model again, as after training."""
        names = layers_with_kernels(self._model)
        # A wrapper was asked for by its own name.
        names += [name for name in self._names if name not in names and self._reads(name)]
        self._names = names
        if self.layer not in names:
            with self.hold_trait_notifications():
                self.layer = names[0] if names else ""
                self.selected_unit = self.selected_channel = None
        with self.hold_sync():
            self.layers = names
            self._publish(reread=True)

    def set_importance(self, values: Any, layer: str | None = None, *, show: bool = True) -> None:
        """Give the numbers to sort by.

        Args:
            values: (filters,) numbers, larger is more important; None to forget them.
            layer: Name of the layer, by default the one shown.
            show: Send it to the views.

        Raises:
            ValueError: Not one number for each filter.
        """
        name = self.layer if layer is None else layer
        if values is None:
            self._importance.pop(name, None)
            if name == self.layer and self.sort == "importance":
                self.sort = "index"
        else:
            filters = len(kernels(self._model, name).kernels)
            try:
                array = np.array(values, dtype=np.float64)
            except (TypeError, ValueError):
                raise ValueError(
                    f"Expected importance as {filters} numbers for {name!r}. Received {described(values)}."
                ) from None
            if array.shape != (filters,):
                raise ValueError(f"Expected importance of shape ({filters},) for {name!r}. Received {array.shape}.")
            self._importance[name] = array
        if show and name == self.layer:
            self._publish()

    def _reads(self, name: str) -> bool:
        try:
            kernels(self._model, name)
        except ValueError:
            return False
        return True

    def _first_unit_of(self, name: str) -> int:
        if isinstance(self._first_unit, Mapping):
            return int(self._first_unit.get(name, 0))
        return int(self._first_unit)

    def _read(self, name: str) -> Kernels:
        if self._fold:
            try:
                return kernels(self._model, name, fold_batch_norm=True)
            except ValueError:
                pass  # none behind this layer
        return kernels(self._model, name)

    def _publish(self, *, reread: bool = False) -> None:
        if not self._ready:
            return
        if not self.layer:
            self._shown = None
            with self.hold_sync():
                self.grid, self.numbers = {}, b""
            return
        if reread or self._shown is None or self._shown.layer != self.layer:
            self._shown = self._read(self.layer)
        shown = self._shown
        first = min(max(0, self.first_channel), shown.kernels.shape[-1] - channels_at_once(shown.kernels))
        wire, numbers = self._wire(shown, first)
        with self.hold_sync():
            self.first_channel = first
            self.grid, self.numbers = dict(wire), numbers

    def _wire(self, shown: Kernels, first: int) -> tuple[KernelGridWire, bytes]:
        similarity = None
        if self.sort == "similarity" or len(shown.kernels) * shown.kernels.size <= READY_WORK:
            similarity = similar_together(shown.kernels)
        return kernel_grid_wire(
            shown,
            first_channel=first,
            first_unit=self._first_unit_of(shown.layer),
            importance=self._importance.get(shown.layer),
            similarity=similarity,
        )

    def page_content(self) -> PageContent:
        """In a page the layers can be turned to that there is room for: the one shown, and then the model's first."""
        moments: dict[str, dict[Widget, dict[str, Any]]] = {}
        spent = 0
        for name in dict.fromkeys([self.layer, *self._names] if self.layer else []):
            shown = self._read(name)
            if moments and spent + shown.kernels.nbytes > PAGE_BYTES:
                continue
            wire, numbers = self._wire(shown, self.first_channel if name == self.layer else 0)
            spent += len(numbers)
            moments[name] = {self: {"grid": dict(wire), "numbers": numbers, "selected_channel": None}}
            if not isinstance(self._first_unit, Mapping):  # it would be another filter of the same number
                moments[name][self]["selected_unit"] = None
        if len(moments) < 2:
            return PageContent()
        at_hand = [name for name in self._names if name in moments]
        return PageContent(overrides={self: {"layers_at_hand": at_hand}}, choices=[Choice(self, "layer", moments)])

    def _check_sort(self, sort: str) -> None:
        if sort == "importance" and self.layer not in self._importance:
            raise ValueError(
                f'Expected importance= with a number for each filter, for sort="importance". Received none for '
                f"{self.layer!r}."
            )

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: traitlets.Bunch) -> str:
        if proposal.value not in self._names and not (proposal.value == "" and not self._names):
            expected = f"Expected layer among {self._names}" if self._names else NO_KERNELS.rstrip(".")
            raise traitlets.TraitError(f"{expected}. Received {proposal.value!r}.")
        return str(proposal.value)

    @traitlets.validate("sort")
    def _valid_sort(self, proposal: traitlets.Bunch) -> str:
        try:
            self._check_sort(proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return str(proposal.value)

    @traitlets.observe("layer")
    def _layer_changed(self, _change: traitlets.Bunch) -> None:
        if not self._ready:
            return
        self._shown = None
        with self.hold_sync():
            self.first_channel = 0
            self.selected_channel = None
            if self.sort == "importance" and self.layer not in self._importance:
                self.sort = "index"
            self._publish()
            if self.selected_filter is None or not isinstance(self._first_unit, Mapping):
                self.selected_unit = None

    @traitlets.observe("first_channel")
    def _window_changed(self, change: traitlets.Bunch) -> None:
        if self._shown is not None and self.grid.get("first_channel") != change.new:
            self._publish()

    @traitlets.observe("sort")
    def _sort_changed(self, change: traitlets.Bunch) -> None:
        known = {array["key"] for array in self.grid.get("arrays", ())}
        if change.new == "similarity" and "similarity" not in known:
            self._publish()

    @traitlets.observe("selected_unit")
    def _unit_changed(self, change: traitlets.Bunch) -> None:
        """Turn to the layer of a filter that was selected elsewhere."""
        if change.new is None or not isinstance(self._first_unit, Mapping) or self.selected_filter is not None:
            return
        for name in self._names:
            if name in self._first_unit:
                filters = len(kernels(self._model, name).kernels)
                if 0 <= change.new - self._first_unit[name] < filters:
                    self.layer = name
                    return

    def picture_html(self) -> str:
        """The kernels shown as an image, which a notebook shows without a kernel of its own."""
        shown = self._shown
        if shown is None:
            return f"<p>{NO_KERNELS}</p>"
        sizes = f"kernels of {shown.type}: " + " × ".join(map(str, shown.kernels.shape))
        return array_html(shown.layer, shown.kernels, shown.axes, sizes)

    def __repr__(self) -> str:
        """Layer and shape; no markup."""
        return f"KernelGrid({self._shown!r})" if self._shown is not None else f"KernelGrid({NO_KERNELS})"
