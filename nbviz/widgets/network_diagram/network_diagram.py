"""`NetworkDiagram`: a live model as units in columns and weighted edges."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import traitlets

from nbviz.attribution.edges.explanation import part_id
from nbviz.keras_model.same_model import check_same_model
from nbviz.network.architecture import SaidKinds
from nbviz.network.names import named_values
from nbviz.network.samples import Samples
from nbviz.picture.fold import Rank
from nbviz.picture.frame import Frame, Progress
from nbviz.picture.history_wire import packed_history
from nbviz.picture.live_frames import LiveFrames
from nbviz.widgets.index_trait import Index
from nbviz.widgets.network_diagram.edge_explanations import EdgeExplanations, EdgeQuestion, EdgesExplained, units_told
from nbviz.widgets.network_diagram.network_picture import NetworkPicture

if TYPE_CHECKING:
    import numpy as np

    from nbviz.attribution.edges.explanation import Explanation, InputPart, OutputRegion
    from nbviz.keras_model import Model
    from nbviz.training.live_callback import LiveCallback
    from nbviz.training.recording.recording import Recording
    from nbviz.widgets.network_diagram.history_sender import HistorySender

LIVE_PAUSE = 0.15  # s without a picture after which nothing else can be keeping a diagram moving


class NetworkDiagram(NetworkPicture):
    """A live Keras model as units in columns and weighted edges.

    Edges show |weight| by thickness and its sign by colour, units their activation. Looking never changes the
    model. Works alone in every front end that shows anywidgets.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none; `unit_id` finds it by name.
        selected_class: Index of the selected unit of the output layer that is explained (the first, unless
            `explain_output` was told another), None for none.
        selected_sample: Row of x that colours the units, None for the mean over x.
        selected_part: Number of the part of a picture or sequence whose path is asked for, where no unit is selected,
            or the one that is the whole input; see `explain_parts`.
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

    # down: Python writes
    explanation = traitlets.Bytes().tag(sync=True)
    explanation_error = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    # shared
    selected_part = Index(of=lambda diagram: diagram._parts).tag(sync=True)
    shown_frame = Index().tag(sync=True)
    # down again: a recorded run, as `nbviz.picture.history_wire` packs it
    history = traitlets.Bytes().tag(sync=True, to_json=lambda history, _: packed_history(history))
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
        value_names: Mapping[str, Mapping[int, str]] | None = None,
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
            value_names: What the whole numbers that come in mean, such as the ids of tokens: input layer -> number ->
                text, which is shown in the place of the number.

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
            value_names=named_values(value_names),
        )
        self._draw(frames, height)

    def _draw(self, frames: LiveFrames, height: int) -> None:
        self._sent_at = 0.0
        self._history: HistorySender | None = None
        self._edges = EdgeExplanations(frames, self._take_explanation)
        self._class_layer: str | None = None
        self._parts: int | None = None  # whose paths can be asked for; None where nobody told of any
        super().__init__(frames, height)

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

    def show_history(self, recording: Recording | None) -> Self:
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

    def explain_always(self, background: list[np.ndarray] | None = None) -> None:
        """Work out what the edges carry, and why, for whatever sample is shown; `explained` and `explanation` get it.

        Args:
            background: Rows that samples are compared with, one array for each input; None for those of x.
        """
        self._edges.always(background)
        self._ask_for_edges()

    def explain_output(self, output: str, layer: str) -> None:
        """Work out what the edges carry to another output, to all of it; no class is selected then.

        Args:
            output: Its name, as the model calls it.
            layer: The layer of the picture that makes it, whose units are the classes from now on.
        """
        with self._frames.lock, self.hold_sync():
            self.selected_class, self.explained, self.explanation = None, None, b""
            self._edges.output, self._edges.region, self._class_layer = output, None, layer
            self.network = self._network
        self._ask_for_edges()

    def explain_region(self, region: OutputRegion | None) -> None:
        """Work out what the edges carry to the mean over a region of the output that is explained.

        Args:
            region: The region; None for all of the output.
        """
        with self._frames.lock, self.hold_sync():
            self.explained, self.explanation = None, b""
            self._edges.region = region
        self._ask_for_edges()

    def explain_parts(self, part_of: Callable[[int], InputPart], count: int) -> None:
        """Let the path of a part of the one input, a picture or sequence, be asked for by `selected_part`.

        Args:
            part_of: The part by its number.
            count: How many there are.
        """
        self._edges.part_of, self._parts = part_of, count

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether all of it is done.
        """
        return self._edges.wait(timeout)

    def publish(self, progress: Progress) -> None:
        """Send the present state with what is known of the training run; any thread may call this.

        Args:
            progress: Where the run stands. While it trains, fewer rows of x are looked at.
        """
        with self._frames.lock:
            if self._frames.reader.stale:
                self._reread()
            self._send_frame(self._frames.in_training(progress))

    def explain_at(self, sample: int | Samples | None, parts: Sequence[int] = ()) -> Explanation | None:
        """What the edges carry for a sample, as `explained` would hold it; nothing changes.

        Args:
            sample: Row of x, or the values of one row; None for the mean over x.
            parts: Numbers of parts of the input whose paths are wanted too; see `explain_parts`.
        """
        seen = copy.copy(self._frames.observation)
        seen.look_at(sample)
        return self._edges.explain(seen, self._question, parts=parts)

    def explanation_wire(self, found: Explanation, sample: int | None) -> bytes:
        """An explanation of a row of x, of the mean for None, as `explanation` would hold it."""
        return self._edges.sent(found, self._frames.observation.with_sample(sample))

    def frame_wire(self, found: Explanation | None, sample: int | None) -> bytes:
        """The picture of a row of x, of the mean for None, as `frame` would hold it, with the units told of."""
        return self._frames.of_sample(sample, {} if found is None else units_told(found))

    @property
    def _question(self) -> EdgeQuestion:
        unit, part = self.selected_unit, self.selected_part
        feature = None if self.selected_feature is None else unit
        if part is not None and self.edge_meaning == "path" and feature is None and self._is_input(unit):
            return EdgeQuestion(self.edge_meaning, part_id(part), self.selected_class)
        return EdgeQuestion(self.edge_meaning, feature, self.selected_class, unit if feature is None else None)

    def _is_input(self, unit: int | None) -> bool:
        """Whether a path may start from the whole input: no unit is selected, or the one that is all of it."""
        at = None if unit is None else self._frames.drawing.unit_at(unit)
        return unit is None or (at is not None and at[0].kind == "input")

    @property
    def _network(self) -> dict[str, Any]:
        return super()._network | {"class_layer": self._class_layer}

    def _sent(self) -> None:
        self._sent_at = time.monotonic()
        self._ask_for_edges()

    def _count_classes(self) -> int:
        # A linked table may have a column for each class of all outputs, while no one of them was told.
        return super()._count_classes() if self._class_layer is None else self._count_units(self._class_layer)

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

    @traitlets.observe("edge_meaning", "selected_unit", "selected_class", "selected_part")
    def _question_changed(self, _change: traitlets.Bunch) -> None:
        question = self._question
        self._frames.is_asked = question.is_of_flows
        at = None if question.unit is None else self._frames.drawing.unit_at(question.unit)
        unit = None if at is None else (at[0].name, at[1])
        known = self.explained
        if known is None or not known.covers(question.feature, question.class_, unit):
            self._edges.ask(question)
        else:
            self._edges.question = question

    def _answer(self, content: dict[str, Any], _buffers: list[Any]) -> None:
        if content.get("type") == "rank":
            self.rerank()
        elif content.get("type") == "history" and self._history is not None:
            before = self.history
            self._history.send_all()
            if self.history == before:  # it did not arrive as it was sent
                self.send_state("history")

    def __repr__(self) -> str:
        """Layers and units; no markup."""
        sizes = "-".join(str(layer.units) if layer.has_units else layer.type for layer in self.architecture.layers)
        return f"NetworkDiagram({self.architecture.name}: {sizes})"
