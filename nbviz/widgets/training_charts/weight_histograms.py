"""`WeightHistograms`: how the numbers of each layer are distributed, from moment to moment of training."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
import traitlets

from nbviz.network.distributions import Distribution, distribution
from nbviz.page.content import PageContent
from nbviz.style.text import html_text
from nbviz.training.fault import words_of
from nbviz.widgets.index_trait import Index
from nbviz.widgets.owner import Owner
from nbviz.widgets.scheduling.thread_throttle import ThreadThrottle
from nbviz.widgets.training_charts.band_panel import BandPanel
from nbviz.widgets.training_charts.layer_panels import size_words
from nbviz.widgets.training_charts.metrics.curves import is_recording
from nbviz.widgets.training_charts.ridge_fills import ridge_fills
from nbviz.widgets.training_charts.ridge_panel import RidgePanel
from nbviz.widgets.training_charts.ridges import chosen
from nbviz.widgets.training_charts.time_cursor import RidgePlot, TimeCursor, TimePlot, Timing, epoch_words
from nbviz.widgets.weak_registry import linked

QUANTITIES = {"kernels": "Kernels", "biases": "Biases", "gradients": "Gradients", "activations": "Activations"}
VIEWS = {"ridges": "Ridges", "bands": "Bands"}
MOST_PANELS = 8
MOST_MOMENTS = 200  # of a band


class RidgeRows(NamedTuple):
    """The ridges of one panel, and how the cursor finds them."""

    place: RidgePlot
    steps: list[int]  # of the moments that have a ridge
    labels: list[str]  # beside them; empty for rows without one
    words: list[str]  # the same, of every row


class WeightHistograms(Owner, ipywidgets.VBox):
    """A panel for each layer with weights: what TensorBoard's Histograms and Distributions show, without buckets.

    Weights are exact at every moment; gradients and activations are those of the recording's probe rows. All ridges
    of a panel have one scale. The moment shown stands in the accent, later ones are faded; without a kernel too.

    Attributes:
        shown_frame: Step of the moment shown, None for live.
        quantity: `"kernels"`, `"biases"`, `"gradients"` (of the kernels) or `"activations"`.
        view: `"ridges"`, or `"bands"`: percentiles 5, 25, 50, 75 and 95 over the epochs.
    """

    shown_frame = Index().tag(sync=True)
    quantity = traitlets.Enum(list(QUANTITIES), "kernels").tag(sync=True)
    view = traitlets.Enum(list(VIEWS), "ridges").tag(sync=True)
    cursor = traitlets.Instance(TimeCursor).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, recording: Any, *, layers: Sequence[str] | None = None) -> None:
        """Draw, and go on drawing while the recording grows.

        Args:
            recording: A `Recording`.
            layers: Names of the layers to show; by default all with weights, of more than 8 the first and last four.

        Raises:
            TypeError: Not a recording.
            ValueError: The model has no such layer with weights.
        """
        if not is_recording(recording):
            raise TypeError(
                f"Expected a Recording. Received {type(recording).__name__}; make one with Recording(model)."
            )
        self._recording = recording
        self._asked = None if layers is None else [str(layer) for layer in layers]
        self._known: weakref.WeakKeyDictionary[Any, dict[tuple[str, str], Distribution]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._revision = 0  # of what the cursor is told
        self._ramp = f"nbviz-ramp-{uuid.uuid4().hex[:12]}"
        self._ridge_panels: dict[str, RidgePanel] = {}
        self._band_panels: dict[str, BandPanel] = {}
        self._check_layers()
        self._title = ipywidgets.HTML()
        self._quantities, self._views = _switch(QUANTITIES), _switch(VIEWS)
        switches = ipywidgets.HBox([self._quantities, self._views])
        switches.add_class("nbviz-histogram-switches")
        head = ipywidgets.HBox([self._title, switches])
        head.add_class("nbviz-histogram-head")
        self._panels = ipywidgets.Box()
        self._panels.add_class("nbviz-panels")
        fills = ipywidgets.HTML(ridge_fills(self._ramp))
        fills.add_class("nbviz-ramps")
        super().__init__([head, self._panels, fills], cursor=TimeCursor())
        for name in ("nbviz-parts", "nbviz-time", "nbviz-histograms", self._ramp):
            self.add_class(name)
        traitlets.link((self, "quantity"), (self._quantities, "value"))
        traitlets.link((self, "view"), (self._views, "value"))
        self._link = linked((self, "shown_frame"), (self.cursor, "shown_frame"))
        self.refresh()
        self.observe(lambda _: self.refresh(), ["quantity", "view"])
        self._throttle = ThreadThrottle(self._refresh_aside)
        held = weakref.ref(self)

        def forward(what: str) -> None:
            alive = held()
            if alive is not None and what not in ("metrics", "progress"):
                alive._throttle.request()

        self._endings = [recording.listen(forward)]
        self.own_parts()

    def refresh(self) -> None:
        """Draw what the recording holds now."""
        with self._lock:
            self._draw()

    def page_content(self) -> PageContent:
        """In a page the switches, which need Python, are left out."""
        return PageContent(overrides={one.layout: {"display": "none"} for one in (self._quantities, self._views)})

    def _refresh_aside(self) -> None:
        """In a thread, while the user's training goes on: an error is told where the picture is missed."""
        try:
            self.refresh()
        except Exception as error:
            if self.comm is not None:
                words = html_text(f"The distributions could not be drawn: {words_of(error)}.")
                self._title.value = f'<span class="nbviz-curves-warning">{words}</span>'

    def _end(self) -> None:
        for end in getattr(self, "_endings", ()):
            end()
        if hasattr(self, "_throttle"):
            self._throttle.close()

    def __repr__(self) -> str:
        """Whose weights; no markup."""
        return f"WeightHistograms({self._recording.model.name})"

    def _check_layers(self) -> None:
        moments = self._recording.moments
        if self._asked is None or not moments:
            return
        known = moments[-1].state.layers
        unknown = [layer for layer in self._asked if layer not in known]
        if unknown:
            raise ValueError(f"Expected layers with weights: {', '.join(known)}. Received {', '.join(unknown)}.")

    def _draw(self) -> None:
        moments = self._recording.moments
        per_epoch = self._recording.steps_per_epoch
        layers, all_layers = self._shown_layers(moments)
        self._title.value = _title(self.quantity, self.view, len(layers), all_layers, bool(moments))
        if self.view == "ridges":
            self._draw_ridges(moments, layers, per_epoch)
        else:
            self._draw_bands(moments, layers, per_epoch)

    def _shown_layers(self, moments: Sequence[Any]) -> tuple[list[str], int]:
        if not moments:
            return [], 0
        known = list(moments[-1].state.layers)
        if self._asked is not None:
            return [layer for layer in self._asked if layer in known], len(known)
        half = MOST_PANELS // 2
        return (known if len(known) <= MOST_PANELS else [*known[:half], *known[-half:]]), len(known)

    def _draw_ridges(self, moments: Sequence[Any], layers: Sequence[str], per_epoch: int | None) -> None:
        kept = [moments[index] for index in chosen(len(moments))]
        steps = [moment.step for moment in kept]
        words = [epoch_words(step, per_epoch) for step in steps]
        drawn = []
        for layer in layers:
            if layer not in self._ridge_panels:
                self._ridge_panels[layer] = RidgePanel(layer, self._ramp)
            panel = self._ridge_panels[layer]
            found = [self._distribution(moment, layer) for moment in kept]
            caption = self._caption(moments[-1], layer, found)
            rows = 0 if all(not one.count for one in found) else len(found)
            labels = panel.update(caption, found[:rows], words[:rows])
            drawn.append(RidgeRows(panel.place, steps[:rows], labels, words[:rows]))
        self._place([self._ridge_panels[layer] for layer in layers])
        self._tell(moments, per_epoch, ridges=drawn)

    def _draw_bands(self, moments: Sequence[Any], layers: Sequence[str], per_epoch: int | None) -> None:
        count = len(moments)
        kept = [moments[index] for index in chosen(count, MOST_MOMENTS)]
        epochs = np.array([moment.step / (per_epoch or 1) for moment in kept])
        end = max(1.0, *epochs) if len(epochs) else 1.0
        for layer in layers:
            if layer not in self._band_panels:
                self._band_panels[layer] = BandPanel(layer)
            found = [self._distribution(moment, layer) for moment in kept]
            self._band_panels[layer].update(self._caption(moments[-1], layer, found), found, epochs, end)
        panels = [self._band_panels[layer] for layer in layers]
        self._place(panels)
        self._tell(moments, per_epoch, bands=[panel.place for panel in panels])

    def _tell(
        self,
        moments: Sequence[Any],
        per_epoch: int | None,
        *,
        ridges: Sequence[RidgeRows] = (),
        bands: Sequence[TimePlot] = (),
    ) -> None:
        """Tell the cursor what it moves now."""
        last = moments[-1].step / (per_epoch or 1) if moments else 1.0
        self._revision += 1
        timing: Timing = {
            "revision": self._revision,
            "steps": [moment.step for moment in moments],
            "live": self._recording.live_step,
            "steps_per_epoch": per_epoch,
            "end": max(1.0, last),
            "heights": [],
            "ridges": [rows.steps for rows in ridges],
            "words": [rows.labels for rows in ridges],
            "shown_words": [rows.words for rows in ridges],
        }
        ridge_plots, time_plots = [dict(rows.place) for rows in ridges], [dict(place) for place in bands]
        for name, places in (("ridge_plots", ridge_plots), ("time_plots", time_plots)):
            if getattr(self.cursor, name) != places:
                setattr(self.cursor, name, places)
        self.cursor.timing = dict(timing)

    def _place(self, panels: Sequence[ipywidgets.Widget]) -> None:
        if list(self._panels.children) != list(panels):
            self._panels.children = list(panels)
            self.own_parts()

    def _distribution(self, moment: Any, layer: str) -> Distribution:
        """Of the present quantity; worked out once a moment."""
        known = self._known.setdefault(moment, {})
        key = (self.quantity, layer)
        if key not in known:
            known[key] = _read(moment, self._recording.model, layer, self.quantity)
        return known[key]

    def _caption(self, moment: Any, layer: str, found: Sequence[Distribution]) -> str:
        kernel, bias = moment.state.kernels(self._recording.model)[layer]
        nothing = all(not one.count for one in found)
        if self.quantity == "kernels":
            kept = f", {kernel.dtype} as kept" if kernel.dtype.kind in "iu" else ""  # quantized: its scale is apart
            return f"kernel {size_words(kernel.shape)}{kept}"
        if self.quantity == "biases":
            return "no bias" if bias is None else f"bias {size_words(bias.shape)}"
        if self.quantity == "gradients":
            return "no gradients: Recording(model, x, y) keeps them" if nothing else "gradient of the kernel"
        return "no activations: Recording(model, x) keeps them" if nothing else "activations of the probe rows"


def _read(moment: Any, model: Any, layer: str, quantity: str) -> Distribution:
    nothing = Distribution(np.full(2, np.nan), 0)
    kernel, bias = moment.state.kernels(model)[layer]
    if quantity == "kernels":
        return distribution(kernel)
    if quantity == "biases":
        return nothing if bias is None else distribution(bias)
    if quantity == "gradients":
        found = moment.gradients.get(layer)
        return nothing if found is None else Distribution(np.asarray(found[0]), int(np.size(kernel)))
    values = moment.activations.get(layer)
    return nothing if values is None else Distribution(np.asarray(values), int(np.size(values)))


def _title(quantity: str, view: str, shown: int, layers: int, recorded: bool) -> str:
    if not recorded:
        words = "No moment yet: press Train, or fit with the recording&rsquo;s callback."
    elif not layers:
        words = "This model has no layer with weights."
    else:
        parts = [f"{shown} of {layers} layers; layers= chooses others"] if shown < layers else []
        parts += ["median, middle 50 % and 90 %, by epoch"] if view == "bands" else []
        words = "; ".join(parts)
    what = "Weights" if quantity in ("kernels", "biases") else QUANTITIES[quantity]
    return (
        f'<span class="nbviz-part-title">{what} over time</span>'
        f'<span class="nbviz-part-caption nbviz-histogram-words">{words}</span>'
    )


def _switch(options: dict[str, str]) -> ipywidgets.ToggleButtons:
    switch = ipywidgets.ToggleButtons(options=[(words, name) for name, words in options.items()])
    switch.add_class("nbviz-segments")
    return switch
