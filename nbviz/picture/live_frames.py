"""The frames of a live model: what is drawn of it, which rows are looked at, and the lock that keeps both together."""

from __future__ import annotations

import dataclasses
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from nbviz.keras_model.reader import ModelReader
from nbviz.network.architecture import Architecture, SaidKinds
from nbviz.network.arguments import one_of, whole_number
from nbviz.network.health import Badge
from nbviz.network.layer_arrays import KernelsAndBiases, LayerArrays
from nbviz.network.named_columns import NamedColumns
from nbviz.network.names import Names, name_units
from nbviz.network.samples import Samples, column_names
from nbviz.picture.drawing import SURVEY_ROWS, Drawing
from nbviz.picture.fold import SCORE_WORDS, Rank
from nbviz.picture.frame import Frame, FrameContent, Progress
from nbviz.picture.frame_wire import frame_bytes
from nbviz.picture.history_wire import CompactLayout, compact, compact_layout
from nbviz.picture.network_wire import NetworkWire
from nbviz.picture.observation import Observation

if TYPE_CHECKING:
    import numpy as np

    from nbviz.keras_model import Model

PROBE_ROWS = 64  # while training, of a model with few weights;
PROBE_WORK = 10_000_000  # rows times weights, for one with many


@dataclass(frozen=True, slots=True)
class Observed:
    """What `LiveFrames.observe` saw.

    Attributes:
        frame: As a recording keeps it, see `nbviz.picture.history_wire.compact`.
        flow: `ModelReader.forward` of the rows looked at; empty without.
        badges: Findings about the model's health.
    """

    frame: bytes
    flow: LayerArrays
    badges: tuple[Badge, ...]


def checked_rank(rank: Rank | None, has_rows: bool) -> Rank:
    """How units are ranked.

    Args:
        rank: As it was asked for; None for what can be.
        has_rows: Whether there are rows of data.

    Raises:
        ValueError: No such rank, or one that needs rows of data.
    """
    if rank is None:
        return "contribution" if has_rows else "weight"
    one_of("rank", rank, SCORE_WORDS)
    if rank == "contribution" and not has_rows:
        raise ValueError('Expected x for rank="contribution". Received None; pass x= or use rank="weight".')
    return rank


class LiveFrames:
    """Draws a live model at any moment. No widget, no browser; looking never changes the model.

    Attributes:
        drawing: Which units are drawn, and where.
        observation: The rows that units are coloured by, and which of them is looked at.
        progress: Where the training run stands.
        network: The picture as it was last arranged.
        is_asked: Whether the edges are asked about; while it trains frames tell of the units asked for only then.
        lock: Held while any of these changes, and by whoever needs them to belong together.
    """

    network: NetworkWire

    def __init__(
        self,
        model: Model,
        x: Samples | None = None,
        *,
        feature_names: Names = None,
        class_names: Names = None,
        max_units: int = 16,
        rank: Rank | None = None,
        output_kind: SaidKinds = None,
        value_names: Mapping[str, Mapping[int, str]] | None = None,
    ) -> None:
        """Read a model; `arrange` makes the picture.

        Args:
            model: Any built `keras.Model`.
            x: Rows of data; see `NetworkDiagram`, as for the rest.
            feature_names: Names of the inputs' columns; by default those of a DataFrame.
            class_names: Names of the outputs.
            max_units: A hidden layer with more units than this shows its best ranked ones.
            rank: How units are ranked; None for by contribution with x, by weight without.
            output_kind: What the user says of the outputs.
            value_names: Input layer -> what the whole numbers that are its values mean.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: The model is not built; x, names or a number do not fit.
        """
        whole_number("max_units", max_units)
        rank = checked_rank(rank, x is not None)
        reader = ModelReader(model, output_kind=output_kind)
        given = {} if x is None else column_names(x, reader.specs)
        # A dict of inputs may have other keys than the names of the input layers.
        layer_of = list(zip(reader.specs, reader.architecture.inputs, strict=True))
        columns_of = {layer.name: given[spec.name] for spec, layer in layer_of if spec.name in given}
        told = name_units(reader.architecture, feature_names, None, {})
        named = {spec.name: told[layer.name] for spec, layer in layer_of if layer.name in told}
        self.observation = Observation(reader, x, NamedColumns(reader.specs, named))
        self._given_names = (feature_names, class_names, columns_of)
        names = name_units(reader.architecture, *self._given_names)
        self.drawing = Drawing(reader, names, max_units=max_units, rank=rank)
        self.drawing.value_names = value_names or {}
        self.progress = Progress()
        self.lock = threading.RLock()
        self.is_asked = False
        self._observer: Callable[[], Callable[[Frame, Progress], None] | None] | None = None

    @property
    def model(self) -> Model:
        """The model that is drawn."""
        return self.reader.model

    @property
    def reader(self) -> ModelReader:
        """What reads the model."""
        return self.drawing.reader

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn."""
        return self.drawing.architecture

    @property
    def layout(self) -> CompactLayout:
        """Where the arrays of a recorded frame of the present picture lie."""
        return compact_layout(self.network)

    def arrange(self, height: float) -> Frame:
        """Choose the units and place them: makes `network`, and its frame.

        Args:
            height: px wanted.
        """
        self.drawing.arrange(self.observation, height)
        frame = self.now()
        self.network = self.drawing.network(frame, self.observation)
        return frame

    def look_at_rows(self, x: Samples) -> None:
        """Colour the units by other rows from now on; the row looked at stays, where there is such a row.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Data that do not fit the model.
        """
        columns = self.observation.columns
        seen = Observation(self.reader, columns.in_order(x, "columns of x"), columns)
        with self.lock:
            before = self.observation.selected
            seen.select(before if before is not None and before < seen.count else None)
            self.observation = seen

    def reading(self, opened: Sequence[str]) -> ModelReader:
        """What the model is now, with these blocks opened; the picture stays as it is.

        Args:
            opened: Names of blocks, and models inside the model, whose layers are drawn in their place.
        """
        return ModelReader(self.model, opened, self.reader.output_kind)

    def read_anew(self, reader: ModelReader, pulled: Sequence[int] = ()) -> None:
        """Draw what another reader of the model has read; `arrange` makes the picture.

        Args:
            reader: Of the same model: with other layers, or other blocks opened.
            pulled: Ids of units of the new picture that are in view whatever their rank, the latest last.
        """
        names = name_units(reader.architecture, *self._given_names, lenient=True)
        self.drawing = self.drawing.read_anew(reader, names, pulled)
        self.observation.reader = reader

    def now(self, rows: int = SURVEY_ROWS) -> Frame:
        """The present state, of what is looked at.

        Args:
            rows: Rows of x that are looked at, at most.
        """
        return self._frame(self.observation, rows)

    def in_training(self, progress: Progress) -> Frame:
        """The present state with what is known of the training run; while it trains fewer rows are looked at."""
        self.progress = progress
        if not progress.training:
            return self.now()
        weights = sum(connection.weights for connection in self.architecture.connections)
        return self.now(max(8, min(PROBE_ROWS, PROBE_WORK // max(1, weights))))

    def of_sample(self, sample: int | None, asked: Mapping[str, Sequence[int]] | None = None) -> bytes:
        """The frame of a row of x, as it goes to the browser; nothing changes.

        Args:
            sample: The row; None for the mean over all.
            asked: Layer -> units whose numbers are wanted too, without the weights between them; None for those that
                are asked for now.
        """
        with self.lock:
            drawing, before = self.drawing, self.drawing.asked
            drawing.asked = before if asked is None else asked
            try:
                frame = self._frame(self.observation.with_sample(sample), SURVEY_ROWS)
            finally:
                drawing.asked = before
            return self.sent(frame if asked is None else drawing.with_weights_of_candidates(frame))

    def with_asked(self, units: Mapping[str, Sequence[int]]) -> Frame | None:
        """The present state with the numbers of other units, those that are asked for now.

        Args:
            units: Layer -> units.

        Returns:
            The frame; None where nothing is asked for that is not in the last one.
        """
        before = {name: fold.candidates for name, fold in self.drawing.asked_folds.items()}
        self.drawing.asked = units
        found = {name: fold.candidates for name, fold in self.drawing.asked_folds.items()}
        return None if found == before or not self._shows_asked(self.progress) else self.now()

    def sent(self, frame: Frame) -> bytes:
        """A frame of the present picture as it goes to the browser."""
        return frame_bytes(frame, self.architecture, self.drawing.version)

    def tell(self, observer: Callable[[Frame, Progress], None] | None) -> None:
        """Have somebody told, under the lock, of each frame that `observe` makes.

        Args:
            observer: A method, whose object is not kept alive by this; None for nobody.
        """
        self._observer = None if observer is None else weakref.WeakMethod(observer)

    def observe(self, x: list[np.ndarray] | None, progress: Progress) -> Observed:
        """The present state as a frame of a recording; any thread may call this.

        Args:
            x: Rows to look at instead of those of x, one array for each input; the sample looked at stays.
            progress: Where the training run stands.
        """
        with self.lock:
            seen = self.observation.beside(x)
            signals, label = seen.signals(max(1, seen.count))

            content = FrameContent(signals, label, seen.selected, progress, gradient_rows=PROBE_ROWS)
            frame = self.drawing.frame(seen, content)
            observer = None if self._observer is None else self._observer()
            if observer is not None:
                shown = frame
                if self._shows_asked(progress):
                    asked = dataclasses.replace(content, gradient_rows=0, asked=True)
                    shown = dataclasses.replace(self.drawing.frame(seen, asked), badges=frame.badges)
                observer(shown, progress)
            return Observed(compact(frame, self.architecture, self.layout), signals.flow, frame.badges)

    def of_weights(self, kernels: KernelsAndBiases, progress: Progress) -> bytes:
        """A frame of a recording made from weights alone: what flows is unknown.

        Args:
            kernels: Layer -> kernel as Keras keeps it, bias or None; more layers than are drawn do not matter.
            progress: Where the training run stood.

        Raises:
            KeyError: A layer that is drawn is missing.
        """
        with self.lock:
            return compact(self.drawing.frame_of_weights(kernels, progress), self.architecture, self.layout)

    def _frame(self, seen: Observation, rows: int) -> Frame:
        training = self.progress.training
        rows = self.drawing.most_rows(rows, training)
        signals, label = seen.signals(rows)
        content = FrameContent(
            signals,
            label,
            seen.selected if seen.row is None else None,
            self.progress,
            gradient_rows=0 if training else rows,
            asked=self._shows_asked(self.progress),
        )
        return self.drawing.frame(seen, content)

    def _shows_asked(self, progress: Progress) -> bool:
        return self.is_asked or not progress.training


@runtime_checkable
class ShowsFrames(Protocol):
    """What shows the frames of a model: a diagram."""

    @property
    def model(self) -> Model:
        """The model that is shown."""

    @property
    def frames(self) -> LiveFrames:
        """The frames that are shown."""
