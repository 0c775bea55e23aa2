"""The explorer's weights tab: the kernels of convolutions, and how the weights of every layer are distributed."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import ipywidgets

from nbviz.keras_model.find_layer import every_layer
from nbviz.keras_model.kernel_arrays import layers_with_kernels
from nbviz.keras_model.weight_arrays import weights
from nbviz.style.numbers import grouped
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid
from nbviz.widgets.owner import Owner, is_open
from nbviz.widgets.scheduling.thread_throttle import ThreadThrottle
from nbviz.widgets.training_charts.ridge_fills import ridge_fills
from nbviz.widgets.training_charts.weight_panels import LayerWeights, panels_html

if TYPE_CHECKING:
    from nbviz.explorer.linking.channel_link import ChannelIds
    from nbviz.keras_model import Model
    from nbviz.training.recording.recording import Recording

MOST_LAYERS = 60  # panels; of more the first and the last
ALL = "how the present numbers are spread, each array on its own scale; sd: standard deviation"


class WeightsTab(Owner, ipywidgets.Box):
    """The present weights of a model; they follow its training.

    Attributes:
        kernels: The `KernelGrid`; None for a model without convolutions.
        distributions: Their densities, as HTML.
    """

    def __init__(self, model: Model, first_unit: ChannelIds | None = None) -> None:
        """Read the weights.

        Args:
            model: A built `keras.Model`.
            first_unit: Ids of the kernels' units over all units, by layer.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        self._model = model
        self._fill = f"nbviz-ramp-{uuid.uuid4().hex[:12]}"
        self._open = self._behind = False
        self._updating = threading.Lock()
        self._ending: Callable[[], None] | None = None
        first: Any = {} if first_unit is None else first_unit
        self.kernels = KernelGrid(model, first_unit=first) if layers_with_kernels(model) else None
        if self.kernels is not None:
            self.kernels.add_class("nbviz-explorer-kernels")
        self.distributions = ipywidgets.HTML(self._markup())
        for name in ("nbviz-parts", "nbviz-weights", self._fill):
            self.distributions.add_class(name)
        super().__init__([part for part in (self.kernels, self.distributions) if part is not None])
        self.add_class("nbviz-explorer-weights")
        self._throttle = ThreadThrottle(self.update)
        self.own_parts()

    @property
    def is_open(self) -> bool:
        """Whether somebody looks at it: while nobody does, it only takes note that there is something new."""
        return self._open

    @is_open.setter
    def is_open(self, is_open: bool) -> None:
        self._open = is_open
        if is_open and self._behind:
            self.update()

    def update(self) -> None:
        """Read the live weights again."""
        with self._updating:
            self._behind = False
            if self.kernels is not None and is_open(self.kernels):
                self.kernels.update()
            self.distributions.value = self._markup()

    def follow(self, recording: Recording) -> None:
        """Read the weights again with each moment of a recording, four times a second at most.

        Args:
            recording: Of this model.
        """
        held = weakref.ref(self)

        def told(what: str) -> None:
            alive = held()
            if alive is None or what not in ("moment", "progress"):
                return
            if alive.is_open:
                alive._throttle.request()
            else:
                alive._behind = True

        self._stop_following()
        self._ending = recording.listen(told)

    def _end(self) -> None:
        self._stop_following()
        if hasattr(self, "_throttle"):
            self._throttle.close()

    def _stop_following(self) -> None:
        if self._ending is not None:
            self._ending()
            self._ending = None

    def _markup(self) -> str:
        layers = list(self._layers())
        shown = layers
        if len(layers) > MOST_LAYERS:
            half = MOST_LAYERS // 2
            shown = [*layers[:half], *layers[-half:]]
        read = [LayerWeights(path, kind, list(weights(self._model, layer).values())) for path, kind, layer in shown]
        few = f"the first and last {MOST_LAYERS // 2} of {grouped(len(layers))} layers; " if shown is not layers else ""
        words = few + ALL if layers else "This model has no weights."
        return (
            ridge_fills(self._fill)
            + f'<div class="nbviz-part-title">Weights by layer</div><div class="nbviz-part-caption">{words}</div>'
            + panels_html(read, self._fill)
        )

    def _layers(self) -> Iterator[tuple[str, str, Any]]:
        """Path, type and layer of all that hold weights; of models inside the model their layers."""
        found = list(every_layer(self._model))
        homes = {id(each.home) for each in found}
        for each in found:
            # What a layer is made of is shown with it.
            if each.layer is each.member and id(each.layer) not in homes and getattr(each.layer, "weights", None):
                yield each.path, type(each.layer).__name__, each.layer

    def __repr__(self) -> str:
        """Whose weights; no markup."""
        return f"WeightsTab({self._model.name})"
