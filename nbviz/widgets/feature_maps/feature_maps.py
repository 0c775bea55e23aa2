"""`FeatureMaps`: what each filter of a layer makes of a sample, as pictures, and what they do for each class."""

from __future__ import annotations

import html
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from nbviz.attribution.methods.map_evidence import GRAD_CAM
from nbviz.attribution.methods.method_table import METHODS
from nbviz.keras_model.activations.feature_maps import NO_MAPS
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import one_of, whole_number, yes_or_no
from nbviz.network.named_array import picture_html as array_html
from nbviz.network.names import Names
from nbviz.network.samples import Samples
from nbviz.widgets.feature_maps.feature_map_wire import feature_maps_wire
from nbviz.widgets.feature_maps.shown_maps import ShownMaps
from nbviz.widgets.index_trait import Index
from nbviz.widgets.tiles import first_ids
from nbviz.widgets.view import SavedPicture, View

if TYPE_CHECKING:
    from nbviz.keras_model import Model

SORTS = ("index", "activation", "importance")
SOON = "The maps are being worked out."
OVERLAYS = ("none", "grad_cam", "attribution")


class FeatureMaps(SavedPicture, View):
    """The maps of one layer for one sample as tiles, the input and an explanation beside them.

    Blue is above zero, orange below. Looking never changes the model. Works alone in every front end that shows
    anywidgets. Pointing at a pixel of a convolution's map shows how it is made: the patch of the input under the
    kernel, the kernel, their products and sum, bias and activation; of small layers, whose input and kernels take at
    most 200 kB.

    Attributes:
        selected_unit: `first_unit` of the layer plus the index of the selected map, None for none: that of a
            `KernelGrid` of the same layer, or of a `NetworkDiagram`.
        selected_channel: Index of the selected map: the in channel of a `KernelGrid` of the layer behind this one.
            The two follow each other; link the one that fits the other widget.
        selected_sample: Row of x that is shown, None for the mean over rows: at most 256, of large inputs fewer.
        selected_class: Class whose evidence is shown, None for the class with the largest logit.
        layer: Name of the layer shown; `""` where the model has none.
        activation: `"after"` or `"before"` the layer's own nonlinear step.
        scale: What has the whole colour: `"shared"` one number for the layer, `"own"` the largest of each tile.
        sort: `"index"`; `"activation"` the largest mean over the map first; `"importance"` the largest size of the
            importance for the class first.
        overlay: What lies over the input: `"none"`, `"grad_cam"`, `"attribution"`.
        layers: Names of the layers that the menu offers.
        height: px, at most; more tiles are scrolled.
    """

    _view_folder = "feature_maps"
    # down: Python writes
    maps = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    layers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    no_maps = traitlets.Unicode(NO_MAPS).tag(sync=True)
    height = traitlets.Int(640).tag(sync=True)
    # shared
    selected_unit = Index().tag(sync=True)
    selected_channel = Index().tag(sync=True)
    selected_sample = Index(of=lambda view: view._shown.samples).tag(sync=True)
    selected_class = Index(of=lambda view: view._shown.evidence.classes or None).tag(sync=True)
    # both ways
    layer = traitlets.Unicode("").tag(sync=True)
    activation = traitlets.Enum(["after", "before"], "after").tag(sync=True)
    scale = traitlets.Enum(["shared", "own"], "shared").tag(sync=True)
    sort = traitlets.Enum(list(SORTS), "index").tag(sync=True)
    overlay = traitlets.Enum(list(OVERLAYS), "none").tag(sync=True)

    def __init__(
        self,
        model: Model,
        x: Samples,
        layer: Any = None,
        *,
        class_names: Names = None,
        importance: str = GRAD_CAM,
        attribution: str = "expected_gradients",
        sample: int | None = 0,
        activation: str = "after",
        scale: str = "shared",
        sort: str = "index",
        overlay: str = "none",
        first_unit: int | Mapping[str, int] = 0,
        height: int = 640,
        output_kind: SaidKinds = None,
        at_once: bool = True,
    ) -> None:
        """Show the maps of a layer.

        Args:
            model: A built `keras.Model`.
            x: Rows to look at: array, DataFrame, list / dict of these for several inputs.
            layer: The layer shown first, by name (`"outer/inner"` inside another model), index or itself; by default
                the first convolution.
            class_names: Names of the classes; of several outputs a dict by output.
            importance: What a map's importance for a class is: `"grad_cam"`, its channel weight (mean over the
                positions of d logit / d map) times its mean activation; or a method of `nbviz.METHODS` that explains
                single rows, such as `"gradient_x_input"`: the credit of the map for the centred logit, summed over
                its positions. Of a mean over samples that method's mean size, as in `nbviz.layer_importance`.
            attribution: Method of `nbviz.METHODS` for the overlay of attributions over the input; worked out when it
                is asked for.
            sample: Row of x shown first, None for the mean.
            activation: See the attribute.
            scale: See the attribute.
            sort: See the attribute.
            overlay: See the attribute.
            first_unit: Id of map 0; or a dict by layer name, of what is selected elsewhere too.
            height: px, at most; more tiles are scrolled.
            output_kind: As for `nbviz.describe`.
            at_once: Whether the maps are worked out now; else by the first `update()`, which may run in a thread.

        Raises:
            TypeError: Not a `keras.Model`, data that are not numbers, or a layer that is none.
            ValueError: The model is not built, x does not fit it, the layer has no maps, or an argument is none of its
                words.
            IndexError: The layer's index is too large.
            RuntimeError: The model cannot run on this machine.
        """
        methods = [name for name, method in METHODS.items() if method.kind == "local"]
        for name, value, known in (
            ("importance", importance, [GRAD_CAM, *methods]),
            ("attribution", attribution, methods),
            ("activation", activation, ["after", "before"]),
            ("scale", scale, ["shared", "own"]),
            ("sort", sort, SORTS),
            ("overlay", overlay, OVERLAYS),
        ):
            one_of(name, value, known)
        whole_number("height", height)
        yes_or_no("at_once", at_once)
        self._first_unit = first_ids("first_unit", first_unit)
        self._shown = ShownMaps(model, x, class_names, importance, attribution, output_kind)
        self._check_sample(sample)
        reader = self._shown.reader
        name = reader.first if layer is None else reader.find(model, layer)
        self._ready = False
        self._reading = threading.RLock()  # what is chosen while a thread looks again is shown after it
        super().__init__(
            height=height,
            layers=list(reader.layers),
            no_maps=("" if at_once else SOON) if reader.layers else reader.expected,
            activation=activation,
            scale=scale,
            sort=sort,
            overlay=overlay,
        )
        self.layer, self.selected_sample = name, sample
        if at_once:
            self._publish()
        self._ready = at_once

    @property
    def model(self) -> Model:
        """The model whose maps are shown."""
        return self._shown.model

    @property
    def values(self) -> np.ndarray | None:
        """The maps shown after the activation, (rows, columns, channels) or (steps, channels); None without."""
        return None if self._shown.maps is None else self._shown.maps.after

    @property
    def values_before(self) -> np.ndarray | None:
        """The same before the activation, None where the layer has none."""
        return None if self._shown.maps is None else self._shown.maps.before

    @property
    def selected_map(self) -> int | None:
        """Index of the selected map in the layer shown, None for none."""
        if self.selected_unit is None or self.values is None:
            return None
        index = self.selected_unit - self._first_unit_of(self.layer)
        return index if 0 <= index < self.values.shape[-1] else None

    def update(self) -> None:
        """Look at the model again, as after training."""
        with self._reading:
            self._shown.read_model_again()
            reader = self._shown.reader
            self._ready = False
            try:
                if self.layer not in reader.layers:
                    self.layer = reader.first
                    self.selected_unit = self.selected_channel = None
                with self.hold_sync():
                    self.layers = list(reader.layers)
                    self.no_maps = "" if reader.layers else reader.expected
                    self._publish()
            finally:
                self._ready = self.values is not None or not self.layer
            if self.selected_unit is not None:
                self.selected_channel = self.selected_map

    def _first_unit_of(self, name: str) -> int:
        if isinstance(self._first_unit, Mapping):
            return int(self._first_unit.get(name, 0))
        return int(self._first_unit)

    def _publish(self, *, maps: bool = True, evidence: bool = True) -> None:
        if not self.layer:
            self._shown.forget()
            with self.hold_sync():
                self.maps, self.numbers = {}, b""
            return
        if maps:
            self._shown.read_maps(self.layer, self.selected_sample)
        if evidence:
            self._shown.weigh_maps(self.selected_class)
        found = self._shown.layer_maps(attributed=self.overlay == "attribution")
        wire, payload = feature_maps_wire(found, self._first_unit_of(self.layer))
        with self.hold_sync():
            self.maps, self.numbers = dict(wire), payload

    def _check_sample(self, sample: int | None) -> None:
        rows = self._shown.samples
        if sample is not None and (whole_number("sample", sample, 0) >= rows):
            raise ValueError(f"Expected sample from 0 to {rows - 1} or None. Received {sample}.")

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: traitlets.Bunch) -> str:
        names = self._shown.reader.layers
        if proposal.value not in names and not (proposal.value == "" and not names):
            raise traitlets.TraitError(f"{self._shown.reader.expected} Received {proposal.value!r}.")
        return str(proposal.value)

    @traitlets.observe("layer")
    def _layer_changed(self, _change: traitlets.Bunch) -> None:
        with self._reading:
            if not self._ready:
                return
            with self.hold_sync():
                self._publish()
                if self.selected_map is None or not isinstance(self._first_unit, Mapping):
                    self.selected_unit = None

    @traitlets.observe("selected_sample")
    def _sample_changed(self, _change: traitlets.Bunch) -> None:
        with self._reading:
            if self._ready:
                self._publish()

    @traitlets.observe("selected_class")
    def _class_changed(self, change: traitlets.Bunch) -> None:
        with self._reading:
            if self._ready and change.new is not None and change.new not in self.maps.get("classes", ()):
                self._publish(maps=False)

    @traitlets.observe("overlay")
    def _overlay_changed(self, change: traitlets.Bunch) -> None:
        with self._reading:
            known = {array["key"] for array in self.maps.get("arrays", ())}
            if self._ready and change.new == "attribution" and "attribution" not in known:
                self._publish(maps=False, evidence=False)

    @traitlets.observe("selected_unit")
    def _unit_changed(self, change: traitlets.Bunch) -> None:
        """Turn to the layer of a map that was selected elsewhere."""
        if change.new is not None and isinstance(self._first_unit, Mapping) and self.selected_map is None:
            for name, layer in self._shown.reader.layers.items():
                first, channels = self._first_unit.get(name), layer.shape[-1]
                if first is not None and channels is not None and 0 <= change.new - first < channels:
                    self.layer = name
                    break
        self.selected_channel = self.selected_map

    @traitlets.observe("selected_channel")
    def _channel_changed(self, change: traitlets.Bunch) -> None:
        if change.new == self.selected_map:
            return
        self.selected_unit = None if change.new is None else self._first_unit_of(self.layer) + change.new

    def picture_html(self) -> str:
        """The maps shown as an image, which a notebook shows without a kernel."""
        if self.values is None:
            return f"<p>{html.escape(self.no_maps)}</p>"
        flat = self.values.ndim == 2
        axes = ("channel", "step") if flat else ("row", "column", "channel")
        return array_html(self.layer, self.values.T if flat else self.values, axes, repr(self))

    def __repr__(self) -> str:
        """Layer, shape and sample; no markup."""
        if self.values is None:
            return f"FeatureMaps({self.no_maps})"
        of = "mean over samples" if self.selected_sample is None else f"sample {self.selected_sample}"
        return f"FeatureMaps({self.layer}: {' × '.join(map(str, self.values.shape))}, {of})"
