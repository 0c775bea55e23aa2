"""`NetworkDiagram`: the one place where a live model meets the picture."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import anywidget
import numpy as np
import traitlets

from nbviz.keras_model import ModelReader
from nbviz.keras_model.same_model import check_same_model
from nbviz.network.architecture import Architecture
from nbviz.network.health import Badge
from nbviz.network.layer_arrays import KernelsAndBiases, LayerArrays
from nbviz.network.names import name_units
from nbviz.network.samples import Samples, column_names
from nbviz.page.bundle import bundle
from nbviz.picture.drawing import SURVEY_ROWS, Drawing
from nbviz.picture.fold import SCORE_WORDS, Rank
from nbviz.picture.frame import Frame, Progress
from nbviz.picture.frame_wire import frame_bytes
from nbviz.picture.history_wire import compact, compact_layout
from nbviz.picture.network_wire import EdgeMeaning, NetworkWire
from nbviz.picture.observation import Observation
from nbviz.widgets.network_diagram.edge_explanations import Explaining

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import Explanation
    from nbviz.keras_model import Model
    from nbviz.training.live_callback import LiveCallback
    from nbviz.training.recording.recording import Recording
    from nbviz.widgets.network_diagram.history_sender import ShownHistory

PROBE_ROWS = 64  # while training, of a model with few weights;
PROBE_WORK = 10_000_000  # rows times weights, for one with many
LIVE_PAUSE = 0.15  # s without a picture after which nothing else can be keeping a diagram moving


@dataclass(frozen=True, slots=True)
class Observed:
    """What `NetworkDiagram.look_with` saw.

    Attributes:
        frame: As a recording keeps it, see `nbviz.picture.history_wire.compact`.
        flow: `ModelReader.forward` of the rows looked at; empty without.
        badges: Findings about the model's health.
    """

    frame: bytes
    flow: LayerArrays
    badges: tuple[Badge, ...]


class NetworkDiagram(anywidget.AnyWidget):
    """A live Keras model as units in columns and weighted edges.

    Edges show |weight| by thickness and its sign by colour, units their activation. Looking never changes the
    model. Works alone in every front end that shows anywidgets.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none; `unit_id` finds it by name.
        selected_class: Index of the selected unit of the first output layer, None for none.
        selected_sample: Row of x that colours the units, None for the mean over x.
        edge_meaning: `"weight"`; `"weight_activation"`, of the sample; `"contribution"`: what an edge contributes
            to the logit of the selected class, `a w g` with g the slope of the logit behind it (of a mean over x the
            mean size); `"path"`: how the selected feature's credit for the selected class, compared with rows of x,
            is split over the edges (see `nbviz.attribution.edges.feature_paths`). What is not known yet shows weights.
        shown_frame: Step of the recorded moment that is shown, the latest at or before it; None for the live network.
        opened: Names of the blocks, and models inside the model, whose layers are drawn in their place.
        history: What `show_history` shows, packed; see `nbviz.picture.history_wire`.
        explanation_error: Why contributions could not be worked out, None where they could.
    """

    # the view's code: traits with a value of their own, so that saved notebooks and pages keep it
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    # down: Python writes
    network = traitlets.Dict().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)
    explanation = traitlets.Bytes().tag(sync=True)
    explanation_error = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    height = traitlets.Int(480).tag(sync=True)
    # shared
    selected_unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    selected_class = traitlets.Int(None, allow_none=True).tag(sync=True)
    selected_sample = traitlets.Int(None, allow_none=True).tag(sync=True)
    edge_meaning = traitlets.Enum(list(get_args(EdgeMeaning)), "weight").tag(sync=True)
    shown_frame = traitlets.Int(None, allow_none=True).tag(sync=True)
    opened = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # down again: a recorded run, as `nbviz.picture.history_wire` packs it
    history = traitlets.Bytes().tag(sync=True)
    # in an exported page: the samples that can be shown without a kernel
    available_samples = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    # what the bytes of `explanation` were made of; the explorer's charts follow it
    explained = traitlets.Any(None, allow_none=True)

    def __init__(
        self,
        model: Model,
        x: Samples | None = None,
        *,
        feature_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        max_units: int = 16,
        rank: Rank = "weight",
        height: int = 480,
    ) -> None:
        """Draw a model.

        Args:
            model: Any built `keras.Model`.
            x: Rows of data that colour the units and scale the first edges: array of shape
                (rows, *input shape), DataFrame, or a list / dict of these for several inputs.
            feature_names: Names of the inputs' columns; by default those of a DataFrame. A dict by input name
                for several inputs.
            class_names: Names of the outputs; a dict by layer name for several outputs.
            max_units: A hidden layer with more units than this shows its best ranked ones.
            rank: How units are ranked: `"weight"` (incoming times outgoing sum of |w|) or `"contribution"`
                (mean |activation| times outgoing sum of |w|; needs x).
            height: px of the drawing; more is used where places would come too close.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: The model is not built; x, names or a number do not fit.
        """
        if max_units < 1:
            raise ValueError(f"Expected max_units of at least 1. Received {max_units}.")
        if rank not in SCORE_WORDS:
            raise ValueError(f"Expected rank among {list(SCORE_WORDS)}. Received {rank!r}.")
        if rank == "contribution" and x is None:
            raise ValueError('Expected x for rank="contribution". Received None; pass x= or use rank="weight".')
        self._publishing = threading.RLock()
        reader = ModelReader(model)
        self._seen = Observation(reader, x)
        given = {} if x is None else column_names(x, reader.specs)
        # A dict of inputs may have other keys than the names of the input layers.
        layer_of = zip(reader.specs, reader.architecture.inputs, strict=True)
        columns_of = {layer.name: given[spec.name] for spec, layer in layer_of if spec.name in given}
        self._given_names = (feature_names, class_names, columns_of)
        names = name_units(reader.architecture, *self._given_names)
        self._drawing = Drawing(reader, names, max_units=max_units, rank=rank)
        self._named_sample: int | None = None  # the row of x that the name is for
        self._progress = Progress()
        self._sent_at = 0.0
        self._shown_history: ShownHistory | None = None
        self._explaining = Explaining(self)
        super().__init__(height=height, **bundle("network_diagram"))
        self._rebuild()
        self.on_msg(self._answer)

    @property
    def model(self) -> Model:
        """The model that is drawn."""
        return self._drawing.reader.model

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn."""
        return self._drawing.reader.architecture

    @property
    def reader(self) -> ModelReader:
        """What reads the model."""
        return self._drawing.reader

    @property
    def drawing(self) -> Drawing:
        """What is drawn, and where."""
        return self._drawing

    @property
    def progress(self) -> Progress:
        """Where the training run stands."""
        return self._progress

    @property
    def observation(self) -> Observation:
        """The rows that units are coloured by, and which of them is looked at."""
        return self._seen

    @property
    def selected_feature(self) -> str | None:
        """Name of the selected unit if it is a feature (an unnamed one `"x3"`), None otherwise."""
        found = None if self.selected_unit is None else self._drawing.unit_at(self.selected_unit)
        if found is None or found[0].kind != "input" or not found[0].has_units:
            return None
        return self._drawing.names.get(found[0].name, [f"x{unit}" for unit in range(found[0].units)])[found[1]]

    def show(self, sample: int | Samples | None, *, name: str | None = None) -> NetworkDiagram:
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
        if sample is None:
            self._seen.row = self._seen.row_name = None
            self.selected_sample = None
            return self.update()
        if isinstance(sample, (int, np.integer)) and not isinstance(sample, bool):
            rows = self._seen.count
            if not rows:
                raise ValueError("Expected the values of one row. Received an index, but the diagram has no x.")
            if not -rows <= sample < rows:
                raise IndexError(f"Expected a sample from 0 to {rows - 1}. Received {sample}.")
            self._seen.row, self._seen.row_name, self._named_sample = None, name, int(sample) % rows
            if self.selected_sample == sample % rows:
                self.update()
            self.selected_sample = int(sample) % rows
            return self
        row = self._seen.read_row(sample)
        self._seen.row, self._seen.row_name = row, name or "the sample given"
        self.selected_sample = None
        self.update()
        return self

    def update(self) -> NetworkDiagram:
        """Read the live weights again and redraw; the structure too, when layers were added or removed."""
        with self._publishing:
            if self._drawing.reader.stale:
                self._reread()
            else:
                self._send_frame(self._make_frame(SURVEY_ROWS))
        return self

    def open_block(self, name: str) -> NetworkDiagram:
        """Draw the layers of a block, or of a model inside the model, in its place.

        Args:
            name: Of the block as it is drawn. Opened ones may have others inside them.

        Returns:
            The diagram.

        Raises:
            ValueError: No such block; the message lists those that open.
        """
        with self._publishing:
            if name not in self.opened:
                if name not in self._drawing.reader.opening:
                    raise ValueError(_expected_blocks(self._drawing.reader, name))
                self.opened = [*self.opened, name]
        return self

    def close_block(self, name: str | None = None) -> NetworkDiagram:
        """Draw an opened block, or model inside the model, as one again, and what is opened inside it.

        Args:
            name: Of the block; None for all.

        Returns:
            The diagram.

        Raises:
            ValueError: It is not open; the message lists those that are.
        """
        with self._publishing:
            if name is not None and name not in self.opened:
                raise ValueError(f"Expected one of the open blocks {self.opened}. Received {name!r}.")
            closed: set[str | None] = {name}
            kept = []
            for other, around in self.architecture.opened if name is not None else ():
                if other == name or around in closed:
                    closed.add(other)
                else:
                    kept.append(other)
            self.opened = kept
        return self

    def rerank(self) -> NetworkDiagram:
        """Choose the units of folded layers anew, by the current weights."""
        with self._publishing:
            self._drawing.pulled.clear()
            self._rebuild()
        return self

    def live(self, x: Samples | None = None, *, every: float = 1 / 15) -> LiveCallback:
        """A callback for `model.fit` that keeps the picture moving while the model trains.

        Args:
            x: Rows that colour the units from now on; by default those of the diagram.
            every: Seconds between pictures, at least 1/15.

        Returns:
            A `keras.callbacks.Callback` for this diagram's model: `model.fit(..., callbacks=[diagram.live()])`.

        Raises:
            ValueError: x does not fit the model, or `every` is not positive.
        """
        from nbviz.training.live_callback import LiveCallback

        if x is not None:
            self._set_x(x)
        return LiveCallback(self, every=every)

    def show_history(self, recording: Recording | None) -> NetworkDiagram:
        """Show a recorded run under the drawing, as a timeline that moves without the kernel, and follow it.

        Args:
            recording: A recording of this diagram's model; None to show none.

        Returns:
            The diagram.

        Raises:
            ValueError: The recording is of another model.
        """
        if recording is not None:
            check_same_model(self.model, recording.model, "a recording of the model")
        from nbviz.widgets.network_diagram.history_sender import ShownHistory

        if self._shown_history is not None:
            self._shown_history.close()
        self._shown_history = None if recording is None else ShownHistory(self, recording)
        return self.update()  # it may have been drawn before the run

    @property
    def publishing(self) -> threading.RLock:
        """Held while what the browser has is changed."""
        return self._publishing

    def look_with(self, rows: Observation, progress: Progress) -> Observed:
        """The present state as a frame of a recording; any thread may call this.

        A diagram that shows a history shows this state as the live one, where nothing else keeps it moving.

        Args:
            rows: Rows to look at instead of those of x; the sample shown stays the one of the diagram.
            progress: Where the training run stands.
        """
        with self._publishing:
            selected = self.selected_sample if self._seen.row is None else None
            seen = rows.without_row()
            seen.reader = self._drawing.reader  # blocks may have been opened since
            seen.row, seen.row_name = self._seen.sample(selected), self._seen.row_name
            if seen.row is not None and seen.row_name is None:
                seen.row_name = f"sample {selected}"
            signals, label = seen.signals(max(1, seen.count), None)
            sample = selected if seen.row is not None else None
            frame = self._drawing.frame(
                seen, signals, label, sample=sample, progress=progress, gradient_rows=PROBE_ROWS
            )
            if self._shown_history is not None and time.monotonic() - self._sent_at > LIVE_PAUSE:
                self._progress = progress
                self._send_frame(frame)
            layout = compact_layout(cast(NetworkWire, self.network))
            return Observed(compact(frame, self.architecture, layout), signals.flow, frame.badges)

    def frame_of(self, kernels: KernelsAndBiases, progress: Progress) -> bytes:
        """A frame of a recording made from weights alone: what flows is unknown.

        Args:
            kernels: Layer -> kernel as Keras keeps it, bias or None; more layers than are drawn do not matter.
            progress: Where the training run stood.

        Raises:
            KeyError: A layer that is drawn is missing.
        """
        with self._publishing:
            frame = self._drawing.frame_of_weights(kernels, progress)
            return compact(frame, self.architecture, compact_layout(cast(NetworkWire, self.network)))

    def to_svg(self, width: int = 960) -> str:
        """The picture as SVG, without a browser.

        Args:
            width: px.

        Returns:
            A self-contained `<svg>` element.
        """
        with self._publishing:
            return self._drawing.svg(self._make_frame(SURVEY_ROWS), self._seen, self.edge_meaning, width)

    def unit_id(self, layer: str, unit: int | str) -> int:
        """The id of a unit, as `selected_unit` takes it.

        Args:
            layer: Name of the layer.
            unit: Index in the layer, or name of a feature or class.

        Raises:
            KeyError: No such layer.
            ValueError: No such unit.
        """
        self.architecture[layer]
        wire = next(item for item in self.network["layers"] if item["name"] == layer)
        names = list(self._drawing.names.get(layer, []))
        index = names.index(unit) if unit in names else unit
        if not isinstance(index, (int, np.integer)) or not 0 <= index < wire["units"]:
            raise ValueError(f"Expected a unit of {layer!r}, 0 to {wire['units'] - 1} or a name. Received {unit!r}.")
        return int(wire["first_unit"]) + int(index)

    def explain_always(self, background: list[np.ndarray] | None = None) -> None:
        """Work out what the edges carry, and why, for whatever sample is shown; `explained` and `explanation` get it.

        Args:
            background: Rows that samples are compared with, one array for each input; None for those of x.
        """
        self._explaining.always(background)
        self._explaining.ask()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether all of it is done.
        """
        return self._explaining.wait(timeout)

    def picture_html(self) -> str:
        """The picture as an `<img>` element, which a notebook shows without a kernel and without trust."""
        image = base64.b64encode(self.to_svg().encode()).decode()
        return f'<img alt="Network diagram" src="data:image/svg+xml;base64,{image}">'

    def publish(self, progress: Progress) -> None:
        """Send the present state with what is known of the training run; any thread may call this.

        Args:
            progress: Where the run stands. While it trains, fewer rows of x are looked at.
        """
        with self._publishing:
            self._progress = progress
            weights = sum(connection.weights for connection in self.architecture.connections)
            rows = max(8, min(PROBE_ROWS, PROBE_WORK // max(1, weights)))
            self._send_frame(self._make_frame(rows if progress.training else SURVEY_ROWS))

    def _send_frame(self, frame: Frame) -> None:
        arrays = [part.arrays for part in frame.layers] + [part.arrays for part in frame.connections]
        numbers = [item for held in arrays for item in held.items()]
        told = [(place["key"].rsplit("/", 1)[1], tuple(place["shape"])) for place in self.network["arrays"]]
        if [(key, array.shape) for key, array in numbers] != told:
            self._rebuild()  # such as an image's picture, which without x comes with the first sample
            return
        self.frame = frame_bytes(frame, self.architecture, self._drawing.version)
        self._sent_at = time.monotonic()
        self._explaining.ask()

    def frame_at(self, sample: int) -> bytes:
        """The frame of a row of x, as `frame` would hold it; nothing changes.

        Args:
            sample: Row of x.
        """
        with self._publishing:
            frame = self._make_frame(SURVEY_ROWS, self._seen.without_row(), sample)
            return frame_bytes(frame, self.architecture, self._drawing.version)

    def explain_at(self, sample: int) -> Explanation | None:
        """What the edges carry for a row of x, as `explained` would hold it; nothing changes.

        Args:
            sample: Row of x.
        """
        return self._explaining.explain(self._seen.without_row(), sample, lambda: None)

    def explanation_wire(self, found: Explanation, sample: int) -> bytes:
        """An explanation of a row of x as `explanation` would hold it."""
        return self._explaining.wire(found, self._seen.without_row(), sample, self._drawing.version)

    def _make_frame(self, rows: int, seen: Observation | None = None, sample: int | None = None) -> Frame:
        if seen is None:
            seen = self._seen
            sample = self.selected_sample if seen.row is None else None
        training = self._progress.training
        rows = self._drawing.most_rows(rows, training)
        signals, label = seen.signals(rows, sample)
        return self._drawing.frame(
            seen, signals, label, sample=sample, progress=self._progress, gradient_rows=0 if training else rows
        )

    def _rebuild(self, chosen: tuple[int | None, int | None] | None = None) -> None:
        """Choose the units, place them and send the whole network.

        Args:
            chosen: The selected unit and class by the ids of the new network; None where ids stay.
        """
        self._drawing.arrange(self._seen, float(self.height))
        frame = self._make_frame(SURVEY_ROWS)
        network = self._drawing.network(frame, self._seen)
        with self.hold_sync():
            self.network = dict(network)
            if chosen is not None:
                self.selected_unit, self.selected_class = chosen
            self._send_frame(frame)

    def _reread(self, opened: Sequence[str] | None = None) -> None:
        """Other layers are drawn now.

        Args:
            opened: What is opened, of the same model; None where the model has other layers.
        """
        reader = ModelReader(self.model, self.opened if opened is None else opened)
        names = name_units(reader.architecture, *self._given_names, lenient=True)
        same = reader.architecture.outputs[:1] == self.architecture.outputs[:1] and opened is not None
        units = [] if opened is None else [*self._drawing.pulled, self.selected_unit]
        found = [self._drawing.found_again(unit, reader.architecture) for unit in units]
        pulled = dict.fromkeys(unit for unit in found if unit is not None)
        self._drawing = self._drawing.read_anew(reader, names, list(pulled))
        self._seen.reader = reader
        with self.hold_sync():
            self.opened = [name for name, _ in reader.architecture.opened]
            self._rebuild((found[-1] if found else None, self.selected_class if same else None))

    def _set_x(self, x: Samples) -> None:
        seen = Observation(self._drawing.reader, x)
        with self._publishing:
            self._seen = seen
            if self.selected_sample is not None and self.selected_sample >= seen.count:
                self.selected_sample = None
            self._rebuild()

    @traitlets.validate("selected_sample")
    def _valid_sample(self, proposal: traitlets.Bunch) -> int | None:
        rows = self._seen.count
        if proposal.value is not None and not 0 <= proposal.value < rows:
            raise traitlets.TraitError(
                f"Expected selected_sample from 0 to {rows - 1} or None. Received {proposal.value}."
            )
        return proposal.value  # type: ignore[no-any-return]

    @traitlets.validate("opened")
    def _valid_opened(self, proposal: traitlets.Bunch) -> list[str]:
        reader = ModelReader(self._drawing.reader.model, proposal.value)
        opened = [name for name, _ in reader.architecture.opened]
        unknown = [name for name in proposal.value if name not in opened]
        if unknown:
            raise traitlets.TraitError(_expected_blocks(reader, *unknown))
        return opened

    @traitlets.observe("opened")
    def _opened_changed(self, change: traitlets.Bunch) -> None:
        with self._publishing:
            if change.new != [name for name, _ in self.architecture.opened]:
                self._reread(change.new)

    @traitlets.observe("selected_sample")
    def _sample_changed(self, change: traitlets.Bunch) -> None:
        if change.new is not None:
            self._seen.row = None
        if change.new not in (None, self._named_sample):
            self._seen.row_name = None
        self.update()

    @traitlets.observe("edge_meaning", "selected_unit", "selected_class")
    def _question_changed(self, _change: traitlets.Bunch) -> None:
        feature = None if self.selected_feature is None else self.selected_unit
        if self.explained is None or not self.explained.covers(feature, self.selected_class):
            self._explaining.ask()

    @traitlets.observe("selected_unit")
    def _unit_changed(self, change: traitlets.Bunch) -> None:
        """Bring a unit whose numbers the browser lacks into the picture."""
        with self._publishing:
            for layer in self.network.get("layers", []):
                unit = None if change.new is None else change.new - layer["first_unit"]
                if unit is not None and 0 <= unit < layer["units"] and unit not in layer["candidates"]:
                    self._drawing.pulled.append(change.new)
                    self._rebuild()
                    return

    def _answer(self, _widget: Any, content: dict[str, Any], _buffers: list[Any]) -> None:
        if content.get("type") == "hello":
            self.send({"type": "alive"})
        elif content.get("type") == "rank":
            self.rerank()
        elif content.get("type") == "history" and self._shown_history is not None:
            self._shown_history.send_all()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/html"] = self.picture_html()
            data["text/plain"] = repr(self)
        return bundle

    def __repr__(self) -> str:
        """Layers and units; no markup."""
        sizes = "-".join(str(layer.units) if layer.has_units else layer.type for layer in self.architecture.layers)
        return f"NetworkDiagram({self.architecture.name}: {sizes})"


def _expected_blocks(reader: ModelReader, *received: str) -> str:
    """Which blocks open, and what was asked for instead."""
    names = [layer.name for layer in reader.architecture.layers if layer.name in reader.opening]
    choice = f"a block that opens, one of {names}" if names else "no name: the network has no more blocks that open"
    return f"Expected {choice}. Received {', '.join(map(repr, received))}."
