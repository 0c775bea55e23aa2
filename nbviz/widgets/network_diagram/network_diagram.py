"""`NetworkDiagram`: a live model as units in columns and weighted edges."""

from __future__ import annotations

import base64
import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

import traitlets

from nbviz.keras_model.same_model import check_same_model
from nbviz.network.architecture import Architecture, SaidKinds
from nbviz.network.arguments import whole_number
from nbviz.network.samples import Samples
from nbviz.picture.fold import Rank
from nbviz.picture.frame import Frame, Progress
from nbviz.picture.live_frames import LiveFrames, checked_rank
from nbviz.picture.network_wire import EdgeMeaning, has_arrays_of
from nbviz.picture.opened_blocks import check_opens, opened_names, redraw_opened, still_open, valid_opened
from nbviz.widgets.network_diagram.edge_explanations import EdgeExplanations, EdgeQuestion, EdgesExplained, units_told
from nbviz.widgets.view import SavedPicture, View

if TYPE_CHECKING:
    import numpy as np

    from nbviz.attribution.edges.explanation import Explanation, InputPart
    from nbviz.keras_model import Model, ModelReader
    from nbviz.training.live_callback import LiveCallback
    from nbviz.training.recording.recording import Recording
    from nbviz.widgets.network_diagram.history_sender import HistorySender

LIVE_PAUSE = 0.15  # s without a picture after which nothing else can be keeping a diagram moving


class NetworkDiagram(SavedPicture, View):
    """A live Keras model as units in columns and weighted edges.

    Edges show |weight| by thickness and its sign by colour, units their activation. Looking never changes the
    model. Works alone in every front end that shows anywidgets.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none; `unit_id` finds it by name.
        selected_class: Index of the selected unit of the output layer that is explained (the first, unless
            `explain_output` was told another), None for none.
        selected_sample: Row of x that colours the units, None for the mean over x.
        selected_part: Number of the part of a picture or sequence whose path is asked for; see `explain_parts`.
        rank: How units are ranked where nothing is asked: `"contribution"` (needs x) or `"weight"`.
        edge_meaning: `"weight"`; `"weight_activation"`, of the sample; `"contribution"`: what an edge contributes
            to the logit of the selected class, `a w g` with g the slope of the logit behind it (of a mean over x the
            mean size); `"path"`: how the selected feature's credit for the selected class, compared with rows of x,
            is split over the edges (see `nbviz.attribution.edges.feature_paths`). What is not known yet shows weights.
        shown_frame: Step of the recorded moment that is shown, the latest at or before it; None for the live network.
        opened: Names of the blocks, and models inside the model, whose layers are drawn in their place.
        history: What `show_history` shows, packed; see `nbviz.picture.history_wire`.
        explanation_error: Why contributions could not be worked out, None where they could.
        fault: Why the picture no longer follows the training, None where it does; `update` clears it.
    """

    _view_folder = "network_diagram"
    # down: Python writes
    network = traitlets.Dict().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)
    explanation = traitlets.Bytes().tag(sync=True)
    explanation_error = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    fault = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    height = traitlets.Int(480).tag(sync=True)
    # shared
    selected_unit = traitlets.Int(None, allow_none=True).tag(sync=True)
    selected_class = traitlets.Int(None, allow_none=True).tag(sync=True)
    selected_sample = traitlets.Int(None, allow_none=True).tag(sync=True)
    selected_part = traitlets.Int(None, allow_none=True).tag(sync=True)
    edge_meaning = traitlets.Enum(list(get_args(EdgeMeaning)), "weight").tag(sync=True)
    rank = traitlets.Enum(list(get_args(Rank)), "weight").tag(sync=True)
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
        rank: Rank | None = None,
        height: int = 480,
        output_kind: SaidKinds = None,
    ) -> None:
        """Draw a model.

        Args:
            model: Any built `keras.Model`.
            x: Rows of data that colour the units and scale the first edges: array of shape
                (rows, *input shape), DataFrame, or a list / dict of these for several inputs.
            feature_names: Names of the inputs' columns; by default those of a DataFrame. A dict by input name
                for several inputs.
            class_names: Names of the outputs; a dict by layer name for several outputs.
            max_units: A hidden layer with more units than this shows its best ranked ones; where a path or the
                contributions to a class are asked for, those that carry most of it.
            rank: How units are ranked where nothing is asked: `"contribution"` (mean |activation| times outgoing sum
                of |w|; needs x) or `"weight"` (incoming times outgoing sum of |w|). By default the first with x, the
                second without.
            height: px of the drawing; more is used where places would come too close.
            output_kind: As for `nbviz.describe`.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: The model is not built; x, names or a number do not fit.
        """
        frames = LiveFrames(
            model,
            x,
            feature_names=feature_names,
            class_names=class_names,
            max_units=max_units,
            rank=rank,
            output_kind=output_kind,
        )
        self._draw(frames, height)

    def _draw(self, frames: LiveFrames, height: int) -> None:
        """Begin to show frames."""
        self._frames = frames
        self._sent_at = 0.0
        self._history: HistorySender | None = None
        self._edges = EdgeExplanations(self._frames, self._take_explanation)
        self._class_layer: str | None = None
        super().__init__(height=whole_number("height", height), rank=self._frames.drawing.rank)
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
        with self._frames.lock:
            before = self.selected_sample
            self._frames.observation.look_at(sample, name)
            self.selected_sample = self._frames.observation.selected
            return self.update() if self.selected_sample == before else self

    def show_mean(self, rows: Sequence[int] | None, *, name: str | None = None) -> NetworkDiagram:
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

    def update(self) -> NetworkDiagram:
        """Read the live weights again and redraw; the structure too, when layers were added or removed."""
        with self._frames.lock:
            if self._frames.reader.stale:
                self._reread()
            else:
                self._send_frame(self._frames.now())
            self.fault = None
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
        with self._frames.lock:
            if name not in self.opened:
                check_opens(self._frames, name)
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
        with self._frames.lock:
            self.opened = still_open(self.architecture, name)
        return self

    def rerank(self) -> NetworkDiagram:
        """Choose the units of folded layers anew, by the current weights."""
        with self._frames.lock:
            self._frames.drawing.pulled.clear()
            self._rebuild()
            if self.selected_unit is not None and self._frames.drawing.pull(self.selected_unit):
                self._rebuild()  # what is selected keeps its numbers
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
            with self._frames.lock:
                self._frames.look_at_rows(x)
                self.selected_sample = self._frames.observation.selected
                self._rebuild()
        return LiveCallback(self.model, update=self.update, publish=self.publish, failed=self._stopped, every=every)

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
        from nbviz.widgets.network_diagram.history_sender import HistorySender

        if self._history is not None:
            self._history.close()
        self._history = None if recording is None else HistorySender(self, recording)
        # What is recorded with these frames is shown as the live state too, where nothing else keeps it moving.
        self._frames.tell(None if recording is None else self._observed)
        return self.update()  # it may have been drawn before the run

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

    def explain_always(self, background: list[np.ndarray] | None = None) -> None:
        """Work out what the edges carry, and why, for whatever sample is shown; `explained` and `explanation` get it.

        Args:
            background: Rows that samples are compared with, one array for each input; None for those of x.
        """
        self._edges.always(background)
        self._ask_for_edges()

    def explain_output(self, output: str, layer: str) -> None:
        """Work out what the edges carry to another output; no class is selected then.

        Args:
            output: Its name, as the model calls it.
            layer: The layer of the picture that makes it, whose units are the classes from now on.
        """
        with self._frames.lock, self.hold_sync():
            self.selected_class, self.explained, self.explanation = None, None, b""
            self._edges.output, self._class_layer = output, layer
            self.network = self._network
        self._ask_for_edges()

    def explain_parts(self, part_of: Callable[[int], InputPart]) -> None:
        """Let the path of a part of the one input, a picture or sequence, be asked for by `selected_part`.

        Args:
            part_of: The part by its number.
        """
        self._edges.part_of = part_of

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether all of it is done.
        """
        return self._edges.wait(timeout)

    def picture_html(self) -> str:
        """The picture as an `<img>` element, which a notebook shows without a kernel and without trust."""
        image = base64.b64encode(self.to_svg().encode()).decode()
        return f'<img alt="Network diagram" src="data:image/svg+xml;base64,{image}">'

    def publish(self, progress: Progress) -> None:
        """Send the present state with what is known of the training run; any thread may call this.

        Args:
            progress: Where the run stands. While it trains, fewer rows of x are looked at.
        """
        with self._frames.lock:
            if self._frames.reader.stale:
                self._reread()
            self._send_frame(self._frames.in_training(progress))

    def explain_at(self, sample: int | Samples) -> Explanation | None:
        """What the edges carry for a sample, as `explained` would hold it; nothing changes.

        Args:
            sample: Row of x, or the values of one row.
        """
        seen = copy.copy(self._frames.observation)
        seen.look_at(sample)
        return self._edges.explain(seen, self._question)

    def explanation_wire(self, found: Explanation, sample: int) -> bytes:
        """An explanation of a row of x as `explanation` would hold it."""
        return self._edges.sent(found, self._frames.observation.with_sample(sample))

    def frame_wire(self, found: Explanation | None, sample: int) -> bytes:
        """The picture of a row of x as `frame` would hold it, with the units that its explanation speaks of."""
        return self._frames.of_sample(sample, {} if found is None else units_told(found))

    @property
    def _question(self) -> EdgeQuestion:
        feature = None if self.selected_feature is None else self.selected_unit
        unit = self.selected_unit if feature is None else None
        return EdgeQuestion(self.edge_meaning, feature, self.selected_class, unit, self.selected_part)

    @property
    def _network(self) -> dict[str, Any]:
        return dict(self._frames.network) | {"class_layer": self._class_layer}

    def _ask_for_edges(self) -> None:
        self._edges.ask(self._question)

    def _take_explanation(self, found: EdgesExplained) -> None:
        self.explanation_error = found.error
        if found.error is not None:
            return
        with self.hold_sync():  # the units that an explanation speaks of come with it
            if found.explanation is not None:
                # While it trains many frames are sent: with the units that are drawn, not those that might be.
                question = self._question if self._frames.progress.training else None
                units = {} if found.explained is None else units_told(found.explained, question)
                frame = self._frames.with_asked(units)
                if frame is not None:
                    self.frame = self._frames.sent(frame)
                self.explanation = found.explanation
            self.explained = found.explained

    def _end(self) -> None:
        self._edges.close()
        if self._history is not None:
            self._history.close()

    def _stopped(self, fault: str) -> None:
        self.fault = f"{fault} The picture shows an earlier state; update() shows the present one."

    def _observed(self, frame: Frame, progress: Progress) -> None:
        if time.monotonic() - self._sent_at > LIVE_PAUSE:
            self._frames.progress = progress
            self._send_frame(frame)

    def _send_frame(self, frame: Frame) -> None:
        if not has_arrays_of(self._frames.network, frame):
            self._rebuild()  # such as an image's picture, which without x comes with the first sample
            return
        self.frame = self._frames.sent(frame)
        self._sent_at = time.monotonic()
        self._ask_for_edges()

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

    @traitlets.observe("edge_meaning", "selected_unit", "selected_class", "selected_part")
    def _question_changed(self, _change: traitlets.Bunch) -> None:
        question = self._question
        self._frames.is_asked = question.is_of_flows
        at = None if question.unit is None else self._frames.drawing.unit_at(question.unit)
        unit = None if at is None else (at[0].name, at[1])
        known = self.explained
        part = None if known is None or known.part is None else known.part.number
        is_part = question.part is None or question.meaning != "path" or question.part == part
        if known is None or not is_part or not known.covers(question.feature, question.class_, unit):
            self._edges.ask(question)
        else:
            self._edges.question = question

    @traitlets.observe("selected_unit")
    def _unit_changed(self, change: traitlets.Bunch) -> None:
        """Bring a unit whose numbers the browser lacks into the picture."""
        with self._frames.lock:
            if change.new is not None and self.network and self._frames.drawing.pull(change.new):
                self._rebuild()

    def _answer(self, content: dict[str, Any], _buffers: list[Any]) -> None:
        if content.get("type") == "rank":
            self.rerank()
        elif content.get("type") == "history" and self._history is not None:
            self._history.send_all()

    def __repr__(self) -> str:
        """Layers and units; no markup."""
        sizes = "-".join(str(layer.units) if layer.has_units else layer.type for layer in self.architecture.layers)
        return f"NetworkDiagram({self.architecture.name}: {sizes})"
