"""The explorer's layers tab: what each filter makes of the sample, and a table of all layers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from nbviz.keras_model.layer_table import LayerRow, layer_rows
from nbviz.network.architecture import SaidKinds
from nbviz.network.samples import Samples
from nbviz.style.numbers import grouped, percent
from nbviz.style.text import html_text
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps
from nbviz.widgets.owner import Owner, is_open

if TYPE_CHECKING:
    from nbviz.explorer.linking.channel_link import ChannelIds
    from nbviz.keras_model import Model

HEADINGS = ("Layer", "Type", "Output shape", "Parameters", "Activation")


class LayersTab(Owner, ipywidgets.Box):
    """The layers of a model: the feature maps of one of them, and all of them in a table.

    Attributes:
        maps: The `FeatureMaps`; None for a model without layers that have positions.
        table: The table, as HTML.
        error: Why the maps could not be worked out, None where they could.
    """

    def __init__(
        self,
        model: Model,
        x: Samples,
        *,
        class_names: Any = None,
        sample: int | None = 0,
        first_unit: ChannelIds | None = None,
        output_kind: SaidKinds = None,
        at_once: bool = True,
    ) -> None:
        """Read the layers.

        Args:
            model: A built `keras.Model`.
            x: Rows whose maps are shown.
            class_names: As for `FeatureMaps`.
            sample: Row shown first, None for the mean over them.
            first_unit: Ids of the channels over all units, by layer.
            output_kind: What the user says of the outputs.
            at_once: Whether the maps are worked out now; else by the first `update()`.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        self._model, self._x, self._class_names, self._sample = model, x, class_names, sample
        self._output_kind, self._at_once = output_kind, at_once
        self._first_unit: Mapping[str, int] = {} if first_unit is None else first_unit
        self.error: str | None = None
        self.maps = self._make_maps()
        self.table = ipywidgets.HTML(self._markup())
        self.table.add_class("nbviz-parts")
        super().__init__([part for part in (self.maps, self.table) if part is not None])
        self.add_class("nbviz-explorer-layers")
        self.own_parts()

    def update(self) -> None:
        """Look at the live model again."""
        if self.maps is not None and is_open(self.maps):
            self.error = None
            try:
                self.maps.update()
            except Exception as error:
                self.error = str(error)
                if self.maps.values is None:
                    self.maps.no_maps = self.error
        self.table.value = self._markup()

    @contextlib.contextmanager
    def maps_by_sample(self) -> Iterator[Callable[[int | None], dict[str, Any]]]:
        """A function that tells what `maps` would hold for a sample; nothing that is shown changes."""
        shown = self.maps
        if shown is None or not shown.layer:
            yield lambda sample: {}
            return
        copy = FeatureMaps(
            self._model,
            self._x,
            shown.layer,
            class_names=self._class_names,
            sample=shown.selected_sample,
            overlay=shown.overlay,
            first_unit=self._first_unit,
            output_kind=self._output_kind,
        )
        try:
            copy.selected_class = shown.selected_class

            def at(sample: int | None) -> dict[str, Any]:
                copy.selected_sample = sample
                return {"maps": dict(copy.maps), "numbers": copy.numbers}

            yield at
        finally:
            copy.close()

    def _make_maps(self) -> FeatureMaps | None:
        try:
            maps = FeatureMaps(
                self._model,
                self._x,
                class_names=self._class_names,
                sample=self._sample,
                first_unit=self._first_unit,
                output_kind=self._output_kind,
                at_once=self._at_once,
            )
        except Exception as error:  # the rest of the explorer has no need of them
            self.error = str(error)
            return None
        if maps.layers:
            return maps
        maps.close()
        return None

    def _markup(self) -> str:
        rows = layer_rows(self._model)
        wrong = "" if self.error is None else f'<div class="nbviz-explorer-error">{html_text(self.error)}</div>'
        return wrong + table_html(rows, _counts(self._model))

    def __repr__(self) -> str:
        """Whose layers; no markup."""
        return f"LayersTab({self._model.name})"


def table_html(rows: Sequence[LayerRow], totals: tuple[int, int]) -> str:
    """A table of layers.

    Args:
        rows: The layers.
        totals: Parameters of the whole model, and how many of them are trained.

    Returns:
        Markup; names are text in it.
    """
    head = "".join(f'<th scope="col">{words}</th>' for words in HEADINGS)
    total, trained = totals
    body = "".join(_row(row, total) for row in rows)
    held = f", {grouped(total - trained)} not trained" if trained < total else ""
    return (
        '<div class="nbviz-part-title">Layers</div>'
        f'<div class="nbviz-part-caption">{grouped(len(rows))} layers · {grouped(total)} parameters{held}</div>'
        '<div class="nbviz-layer-scroller" tabindex="0" role="region" aria-label="Layers">'
        f'<table class="nbviz-layer-table" style="--rows: {len(rows)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: LayerRow, total: int) -> str:
    name = row.path.rpartition("/")[2]
    inset = f' style="padding-left: {16 * row.depth}px"' if row.depth else ""
    calls = f' <span class="nbviz-layer-quiet">called {grouped(row.calls)} times</span>' if row.calls > 1 else ""
    note = ""
    if row.parameters and row.trained < row.parameters:
        untrained = grouped(row.parameters - row.trained)
        note = f'<span class="nbviz-layer-quiet">{untrained} not trained</span> '
    shapes = " and ".join(map(_shape, row.shapes)) or "–"
    count = "not built" if row.parameters is None else grouped(row.parameters) if row.parameters else "–"
    return (
        f'<tr><th scope="row" title="{html_text(row.path)}"{inset}>{html_text(name)}{calls}</th>'
        f"<td>{html_text(row.type)}</td><td>{shapes}</td><td>{note}{count}{_share(row, total)}</td>"
        f"<td>{html_text(row.activation or '–')}</td></tr>"
    )


def _share(row: LayerRow, total: int) -> str:
    """A bar: which part of the model's parameters are the layer's; empty without any."""
    share = (row.parameters or 0) / max(1, total)
    title = f' title="{percent(share)} of all parameters"' if share > 0 else ""
    return f'<i class="nbviz-layer-share" style="--share: {share:.4f}"{title}></i>'


def _shape(shape: Sequence[int | None]) -> str:
    """`"8 × 8 × 6"`, `"any × 24"`; of a single number `"1 number"`."""
    return " × ".join("any" if size is None else str(size) for size in shape) or "1 number"


def _counts(model: Model) -> tuple[int, int]:
    """Parameters, and how many of them are trained."""
    return model.count_params(), sum(math.prod(weight.shape) for weight in model.trainable_weights)
