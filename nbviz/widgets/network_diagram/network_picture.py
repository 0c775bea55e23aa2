"""A live model as a picture in the browser: which units, which sample, which blocks are drawn, and when anew."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, get_args

import traitlets

from nbviz.network.architecture import Architecture
from nbviz.network.arguments import whole_number
from nbviz.network.samples import Samples
from nbviz.picture.fold import Rank
from nbviz.picture.frame import Frame, Progress
from nbviz.picture.live_frames import LiveFrames, checked_rank
from nbviz.picture.network_wire import EdgeMeaning, has_arrays_of
from nbviz.picture.opened_blocks import check_opens, opened_names, redraw_opened, still_open, valid_opened
from nbviz.widgets.index_trait import Index
from nbviz.widgets.view import SavedPicture, View

if TYPE_CHECKING:
    from nbviz.keras_model import Model, ModelReader


class NetworkPicture(SavedPicture, View):
    """What is drawn of a live model, and follows it; see `NetworkDiagram`, which explains and trains."""

    _view_folder = "network_diagram"
    # down: Python writes
    network = traitlets.Dict().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)
    fault = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    height = traitlets.Int(480).tag(sync=True)
    # shared
    selected_unit = Index(of=lambda picture: picture._count_units()).tag(sync=True)
    selected_class = Index(of=lambda picture: picture._count_classes()).tag(sync=True)
    selected_sample = Index(of=lambda picture: picture._frames.observation.count or None).tag(sync=True)
    edge_meaning = traitlets.Enum(list(get_args(EdgeMeaning)), "weight").tag(sync=True)
    rank = traitlets.Enum(list(get_args(Rank)), "weight").tag(sync=True)
    opened = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, frames: LiveFrames, height: int) -> None:
        """Begin to show frames, so many px high."""
        self._frames = frames
        super().__init__(height=whole_number("height", height), rank=frames.drawing.rank)
        self._rebuild()

    @property
    def model(self) -> Model:
        """The model that is drawn."""
        return self._frames.model

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn."""
        return self._frames.architecture

    @property
    def frames(self) -> LiveFrames:
        """What is drawn of the model, and what it looks like."""
        return self._frames

    @property
    def reader(self) -> ModelReader:
        """What reads the model: its structure and its weights as they are drawn."""
        return self._frames.reader

    @property
    def progress(self) -> Progress:
        """Where the training run stands whose state is drawn."""
        return self._frames.progress

    @property
    def selected_feature(self) -> str | None:
        """Name of the selected unit if it is a feature (an unnamed one `"x3"`), None otherwise."""
        return None if self.selected_unit is None else self._frames.drawing.feature_name(self.selected_unit)

    def show(self, sample: int | Samples | None, *, name: str | None = None) -> Self:
        """Colour the units by one sample.

        Args:
            sample: An index into x (negative ones count from the end), or the values of one row: array of the
                input shape, with or without the leading axis, Series, or a list / dict of these for several
                inputs. None goes back to the mean over x.
            name: What to call it; `"sample 32"` by default.

        Returns:
            The diagram.

        Raises:
            IndexError: No such row.
            TypeError: The values are not numbers.
            ValueError: The values do not fit the model, or an index came without x.
        """
        with self._frames.lock:
            before = self.selected_sample
            self._frames.observation.look_at(sample, name)
            self.selected_sample = self._frames.observation.selected
            return self.update() if self.selected_sample == before else self

    def show_mean(self, rows: Sequence[int] | None, *, name: str | None = None) -> Self:
        """Colour the units by the mean over some rows of x.

        Args:
            rows: Which; None for all.
            name: What to call it; `"mean of 7 rows"` by default. It should begin with "mean".

        Returns:
            The diagram.

        Raises:
            ValueError: None of them, or one that there is not.
        """
        if rows is None:
            return self.show(None)
        with self._frames.lock:
            before = self.selected_sample
            self._frames.observation.look_at_mean(rows, name or f"mean of {len(rows)} rows")
            self.selected_sample = None
            return self.update() if before is None else self

    def update(self) -> Self:
        """Read the live weights again and redraw; the structure too, when layers were added or removed."""
        with self._frames.lock:
            if self._frames.reader.stale:
                self._reread()
            else:
                self._send_frame(self._frames.now())
            self.fault = None
        return self

    def open_block(self, name: str) -> Self:
        """Draw the layers of a block, or of a model inside the model, in its place.

        Args:
            name: Of the block as it is drawn. Opened ones may have others inside them.

        Returns:
            The diagram.

        Raises:
            ValueError: No such block; the message lists those that open.
        """
        with self._frames.lock:
            if name not in self.opened:
                check_opens(self._frames, name)
                self.opened = [*self.opened, name]
        return self

    def close_block(self, name: str | None = None) -> Self:
        """Draw an opened block, or model inside the model, as one again, and what is opened inside it.

        Args:
            name: Of the block; None for all.

        Returns:
            The diagram.

        Raises:
            ValueError: It is not open; the message lists those that are.
        """
        with self._frames.lock:
            self.opened = still_open(self.architecture, name)
        return self

    def rerank(self) -> Self:
        """Choose the units of folded layers anew, by the current weights."""
        with self._frames.lock:
            self._frames.drawing.pulled.clear()
            self._rebuild()
            if self.selected_unit is not None and self._frames.drawing.pull(self.selected_unit):
                self._rebuild()  # what is selected keeps its numbers
        return self

    def to_svg(self, width: int = 960) -> str:
        """The picture as SVG, without a browser.

        Args:
            width: px.

        Returns:
            A self-contained `<svg>` element.
        """
        frames = self._frames
        with frames.lock:
            return frames.drawing.svg(
                frames.now(), frames.observation, self.edge_meaning, width, selected=self.selected_unit
            )

    def unit_id(self, layer: str, unit: int | str) -> int:
        """The id of a unit, as `selected_unit` takes it.

        Args:
            layer: Name of the layer.
            unit: Index in the layer, or name of a feature or class.

        Raises:
            KeyError: No such layer.
            ValueError: No such unit.
        """
        return self._frames.drawing.unit_id(layer, unit)

    def picture_html(self) -> str:
        """The picture as an `<img>` element, which a notebook shows without a kernel and without trust."""
        image = base64.b64encode(self.to_svg().encode()).decode()
        return f'<img alt="Network diagram" src="data:image/svg+xml;base64,{image}">'

    @property
    def _network(self) -> dict[str, Any]:
        """What `network` is to hold."""
        return dict(self._frames.network)

    def _count_units(self, name: str | None = None) -> int:
        """Of a layer, or of all."""
        return sum(layer["units"] for layer in self._frames.network["layers"] if name in (None, layer["name"]))

    def _count_classes(self) -> int:
        """Of all outputs."""
        return sum(layer["units"] for layer in self._frames.network["layers"] if layer["output"] is not None)

    def _sent(self) -> None:
        """A frame is on its way to the browser."""

    def _send_frame(self, frame: Frame) -> None:
        if not has_arrays_of(self._frames.network, frame):
            self._rebuild()  # such as an image's picture, which without x comes with the first sample
            return
        self.frame = self._frames.sent(frame)
        self._sent()

    def _rebuild(self, chosen: tuple[int | None, int | None] | None = None) -> None:
        """Choose the units, place them and send the whole network.

        Args:
            chosen: The selected unit and class by the ids of the new network; None where ids stay.
        """
        frame = self._frames.arrange(float(self.height))
        with self.hold_sync():
            self.network = self._network
            if chosen is not None:
                self.selected_unit, self.selected_class = chosen
            self._send_frame(frame)

    def _reread(self) -> None:
        """The model is another one now: what is selected stays where it is still drawn."""
        selected, same_output = redraw_opened(self._frames, self.opened, self.selected_unit)
        with self.hold_sync():
            self.opened = opened_names(self.architecture)
            self._rebuild((selected, self.selected_class if same_output else None))

    @traitlets.validate("selected_sample")
    def _valid_sample(self, proposal: traitlets.Bunch) -> int | None:
        try:
            self._frames.observation.check_sample(proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return proposal.value  # type: ignore[no-any-return]

    @traitlets.validate("rank")
    def _valid_rank(self, proposal: traitlets.Bunch) -> Rank:
        try:
            return checked_rank(proposal.value, self._frames.observation.x is not None)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

    @traitlets.observe("rank")
    def _rank_changed(self, change: traitlets.Bunch) -> None:
        with self._frames.lock:
            if change.new != self._frames.drawing.rank:
                self._frames.drawing.rank = change.new
                self.rerank()

    @traitlets.validate("opened")
    def _valid_opened(self, proposal: traitlets.Bunch) -> list[str]:
        try:
            return valid_opened(self._frames, proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

    @traitlets.observe("opened")
    def _opened_changed(self, change: traitlets.Bunch) -> None:
        with self._frames.lock:
            if change.new != opened_names(self.architecture):
                selected, same_output = redraw_opened(self._frames, change.new, self.selected_unit)
                self._rebuild((selected, self.selected_class if same_output else None))

    @traitlets.observe("selected_sample")
    def _sample_changed(self, change: traitlets.Bunch) -> None:
        with self._frames.lock:
            if change.new != self._frames.observation.selected:
                self._frames.observation.select(change.new)
            self.update()

    @traitlets.observe("selected_unit")
    def _unit_changed(self, change: traitlets.Bunch) -> None:
        """Bring a unit whose numbers the browser lacks into the picture."""
        with self._frames.lock:
            if change.new is not None and self.network and self._frames.drawing.pull(change.new):
                self._rebuild()
