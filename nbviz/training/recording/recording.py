"""`Recording`: the history of a training run, bounded in memory, exact where it matters."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import pandas as pd

from nbviz.keras_model.graph import check_model
from nbviz.keras_model.same_model import check_same_model
from nbviz.network.samples import Samples
from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import EventWire
from nbviz.picture.observation import Observation
from nbviz.training.model_state import ModelState, state_bytes
from nbviz.training.recording.contents import Branch
from nbviz.training.recording.findings import Finding, FirstSeen, events
from nbviz.training.recording.gradients import ProbeGradients
from nbviz.training.recording.metric_log import MetricLog
from nbviz.training.recording.moment import Moment
from nbviz.training.recording.probe import Probe, draw
from nbviz.training.recording.quantiles import activation_quantiles
from nbviz.training.recording.thinning import thinned

if TYPE_CHECKING:
    from nbviz.training.recording.recording_callback import RecordingCallback
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

__all__ = ["Branch", "Moment", "Recording"]

MOST_BRANCHES = 8
METRICS_EVERY = 0.1  # s between two times that listeners are told of new metrics


class Recording:
    """The history of a run: exact weights at many moments, metrics of every batch and epoch.

    Moments are taken while the model trains (`callback`) or when asked for (`capture`). Where they outgrow the
    budget, some are let go so that the others are spread evenly; the first and the last stay. Any moment can be put
    back into the live model (`rewind`), bitwise, and training can go on from there.

    Attributes:
        model: The model that is recorded.
        probe: The rows that moments are looked at with, None without x.
        every: Seconds between moments; more where recording would take over 5 % of the time.
        every_batches: Batches between moments instead, None for time.
        budget: Bytes that moments may have together.
        steps_per_epoch: Batches of an epoch, None until known.
        branches: Ways that were left by training on from an earlier moment, newest last.
        training: Whether a run is under way.
        optimizer_state: Whether moments hold the state of the optimizer.
        seen: What came up in the run, and when.
    """

    def __init__(
        self,
        model: keras.Model,
        x: Samples | None = None,
        y: Any = None,
        *,
        diagram: NetworkDiagram | None = None,
        every: float = 0.2,
        every_batches: int | None = None,
        budget: int = 256_000_000,
        optimizer_state: bool = True,
        seed: int = 0,
    ) -> None:
        """Prepare to record.

        Args:
            model: A built model.
            x: Rows for activations and gradients, as `fit` takes them: at most 256 are drawn. By default those of
                the diagram.
            y: What the compiled loss compares the answers with, for as many rows; without it no gradients are kept.
            diagram: A diagram of the same model; by default one is made when it is needed.
            every: Seconds between moments, above 0. Recording takes at most 5 % of the time: for a large model they
                are further apart.
            every_batches: Take a moment each so many batches instead, whatever it costs.
            budget: Bytes for all moments.
            optimizer_state: Whether the optimizer's state is kept, which training on bitwise needs; it makes moments
                of Adam three times as large.
            seed: Of the draw of rows.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: The model is not built; data, diagram or a number do not fit; y without x or without a loss;
                a budget too small for two moments.
        """
        self.model = check_model(model)
        if diagram is not None:
            remedy = "make a NetworkDiagram of the model that is recorded"
            check_same_model(model, diagram.model, "a diagram of the model", remedy)
        if not every > 0:
            raise ValueError(f"Expected every as seconds above 0. Received {every}.")
        if every_batches is not None and (int(every_batches) != every_batches or every_batches < 1):
            raise ValueError(f"Expected every_batches as a whole number of at least 1. Received {every_batches}.")
        needed = 2 * state_bytes(model, optimizer_state)
        if budget < needed:
            raise ValueError(
                f"Expected a budget of at least {needed:,} bytes, two moments of this model. Received {budget:,}; "
                "pass a larger budget, or optimizer_state=False."
            )
        self.every, self.every_batches, self.budget = every, every_batches, budget
        self.steps_per_epoch: int | None = None
        self.training = False
        self.branches: tuple[Branch, ...] = ()
        self.optimizer_state = optimizer_state
        self._diagram = diagram
        self._given_x = x
        self.probe = draw(model, x, y, diagram, seed)
        self._observation: Observation | None = None
        gradients = self.probe is not None and self.probe.y is not None
        self._gradients = ProbeGradients(model) if gradients else None
        self._moments: tuple[Moment, ...] = ()
        self._step = self._epoch = self._batch = 0
        self._seconds = 0.0
        self._began: float | None = None  # when the present stretch of training began
        self._told = self._updated = 0.0  # when listeners were last told of metrics; of the last update
        self._looked = 0, 0.0  # step and second of the last moment
        self._ahead = False  # whether moments lie after the present step: after a rewind
        self._epochs = MetricLog("epoch", "step")
        self._batches = MetricLog("step", "epoch", "batch")
        self.seen = FirstSeen()
        self._listeners: list[Callable[[str], None]] = []
        self._lock = threading.RLock()

    @property
    def diagram(self) -> NetworkDiagram:
        """The diagram whose frames are recorded, made at its first use."""
        if self._diagram is None:
            from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

            self._diagram = NetworkDiagram(self.model, self._given_x)
        return self._diagram

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What is kept, in the order of steps."""
        return self._moments

    @property
    def step(self) -> int:
        """Updates done since the run began, of the way that the model is on."""
        return self._step

    @property
    def epoch(self) -> int:
        """The epoch that the model is in, counted from 1; 0 before training."""
        return self._epoch

    @property
    def batch(self) -> int:
        """Batches done in that epoch."""
        return self._batch

    @property
    def metrics(self) -> pd.DataFrame:
        """A row for each epoch: epoch, step, loss, val_loss, ..., learning_rate, as `fit` gives them at its end."""
        with self._lock:
            return self._epochs.frame()

    @property
    def batch_metrics(self) -> pd.DataFrame:
        """A row for each batch: step, epoch, batch, loss, ...: running means over the epoch, as Keras gives them."""
        with self._lock:
            return self._batches.frame()

    @property
    def nbytes(self) -> int:
        """Bytes of all moments."""
        return sum(moment.nbytes for moment in self._moments)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the model's health now, and since when."""
        return list(self.seen.findings)

    @property
    def events(self) -> list[EventWire]:
        """What a timeline flags: best validation, changes of the learning rate, findings; at most eight."""
        units = {layer.name: layer.units for layer in self.diagram.architecture.layers}
        return events(self.seen, self.metrics.to_dict("records"), units)  # type: ignore[arg-type]

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return self._seconds + (0.0 if self._began is None else time.monotonic() - self._began)

    @property
    def idle(self) -> float:
        """Seconds since the last update, or since training began."""
        return time.monotonic() - self._updated

    def callback(self) -> RecordingCallback:
        """A callback for `model.fit` that records: `model.fit(..., callbacks=[recording.callback()])`."""
        from nbviz.training.recording.recording_callback import RecordingCallback

        return RecordingCallback(self)

    def capture(self, *, epoch: int | None = None, batch: int | None = None) -> Moment:
        """Take a moment now; one of the same step is replaced.

        Args:
            epoch: The epoch it lies in, counted from 1; None where the callback knows.
            batch: Batches done in that epoch; None likewise.

        Returns:
            The moment.
        """
        began = time.perf_counter()
        position = self._step, self._epoch if epoch is None else epoch, self._batch if batch is None else batch
        moment = self._look(*position)
        with self._lock:
            others = [other for other in self._moments if other.step != moment.step]
            moments = sorted([*others, moment], key=lambda other: other.step)
            kept = thinned([m.step for m in moments], [m.nbytes for m in moments], self.budget)
            self._moments = tuple(moments[index] for index in kept)
            thinner = len(kept) < len(moments)
            self._see_rate()
        self.capture_seconds = time.perf_counter() - began
        if thinner:
            self._tell("thinned")
        self._tell("moment")
        return moment

    def rewind(self, index: int) -> Moment:
        """Put the model back to a moment, bitwise: weights, moving statistics, seeds, and the optimizer if recorded.

        What came after it stays, to look at and to return to, until training goes on from here.

        Args:
            index: Into `moments`; negative ones count from the end.

        Returns:
            The moment.

        Raises:
            IndexError: No such moment.
            ValueError: The model is no longer the one that was recorded; nothing is changed.
        """
        moments = self._moments
        if not -len(moments) <= index < len(moments):
            raise IndexError(f"Expected a moment from 0 to {len(moments) - 1}. Received {index}.")
        moment = moments[index]
        moment.state.put(self.model)
        with self._lock:
            self._step, self._epoch, self._batch = moment.step, moment.epoch, moment.batch
            self._ahead = moment is not moments[-1]
        self._tell("progress")
        return moment

    def cut(self, step: int) -> None:
        """Leave the way after a step: its moments are dropped, its metrics become the newest of `branches`.

        Args:
            step: The last step that is kept; the run is there now.

        Raises:
            ValueError: No moment lies at or before it.
        """
        at = self.moment_at(step)
        if at.step > step:
            raise ValueError(f"Expected a step from {at.step}, that of the first moment. Received {step}.")
        with self._lock:
            self._moments = tuple(moment for moment in self._moments if moment.step <= step)
            epochs, batches = self._epochs.cut("step", step), self._batches.cut("step", step)
            if len(epochs) or len(batches):
                self.branches = (*self.branches, Branch(step, epochs, batches))[-MOST_BRANCHES:]
            self.seen.cut(step)
            self._step, self._ahead = step, False
            self._epoch, self._batch = at.epoch, at.batch
            if step > at.step and self.steps_per_epoch:
                self._epoch, self._batch = 1 + (step - 1) // self.steps_per_epoch, 1 + (step - 1) % self.steps_per_epoch
        self._tell("cut")

    def moment_at(self, step: int) -> Moment:
        """The latest moment at or before a step; the first where there is none.

        Raises:
            ValueError: Nothing is recorded yet.
        """
        moments = self._moments
        if not moments:
            raise ValueError("Expected a recording with moments. Received an empty one; train with its callback first.")
        return next((moment for moment in reversed(moments) if moment.step <= step), moments[0])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording into one file, whole or not at all.

        Args:
            path: Of an `.npz` file; an existing one is replaced once the new one is complete.

        Raises:
            OSError: It cannot be written.
        """
        from nbviz.training.recording.recording_file import write

        write(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], model: keras.Model) -> Recording:
        """Read a recording of a model; the model stays as it is until `rewind`.

        Args:
            path: A file that `save` wrote.
            model: The model that was recorded, or one built alike.

        Raises:
            FileNotFoundError: There is no such file.
            TypeError: Not a `keras.Model`.
            ValueError: The file is incomplete, no recording, or one of another model.
        """
        from nbviz.training.recording.recording_file import read

        return read(cls, path, model)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Be told what happens, in the thread that records.

        Args:
            listener: Called with `"metrics"` (new ones, at most ten times a second), `"moment"` (a new one is the
                last of `moments`), `"thinned"`, `"cut"`, or `"progress"` (training began, ended, or was rewound).
                One that raises is dropped with a warning.

        Returns:
            Call it to be told no more.
        """
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def begin(self, steps_per_epoch: int | None) -> None:
        """Training begins or goes on; for the callback.

        Args:
            steps_per_epoch: Batches of an epoch, None where that is not known.
        """
        with self._lock:
            self.training, self._began = True, time.monotonic()
            self._updated = self._began
            self.steps_per_epoch = steps_per_epoch or self.steps_per_epoch
        if not self._moments or self._moments[-1].step < self._step:  # a run that was interrupted took no last moment
            self.capture()
        self._tell("progress")

    def begin_epoch(self, epoch: int) -> None:
        """An epoch begins, or goes on after a rewind into it; for the callback.

        Args:
            epoch: Counted from 1.
        """
        with self._lock:
            if epoch != self._epoch:
                self._epoch, self._batch = epoch, 0

    def updated(self, batch: int, metrics: Mapping[str, float]) -> bool:
        """A batch is done; for the callback.

        Args:
            batch: Batches done in this epoch, this one included.
            metrics: As Keras gives them.

        Returns:
            Whether its loss is the first that is not finite.
        """
        if self._ahead:
            position = self._epoch, self._batch
            self.cut(self._step)
            self._epoch, self._batch = position
        with self._lock:
            self._updated = time.monotonic()
            if not self.training:
                self.training, self._began = True, self._updated
            self._step += max(1, batch - self._batch)
            self._batch = batch
            self._batches.add({"step": self._step, "epoch": self._epoch, "batch": batch} | dict(metrics))
            diverged = self.seen.see_loss(metrics.get("loss", 0.0), self._step, self._epoch, batch)
        if time.monotonic() - self._told >= METRICS_EVERY:
            self._told = time.monotonic()
            self._tell("metrics")
        return diverged

    def end_epoch(self, metrics: Mapping[str, float]) -> None:
        """An epoch is done; for the callback.

        Args:
            metrics: As Keras gives them, those of the validation data included.
        """
        with self._lock:
            if self.steps_per_epoch is None:
                self.steps_per_epoch = self._batch or None
            self._see_rate()
            rate = {} if self.seen.rate is None else {"learning_rate": self.seen.rate}
            self._epochs.add({"epoch": self._epoch, "step": self._step} | dict(metrics) | rate)

    def end(self) -> None:
        """Training has ended or pauses: takes the last moment; for the callback."""
        self.training, self._seconds, self._began = False, self.seconds, None
        if not self._moments or self._moments[-1].step < self._step:
            self.capture()
        self._told = time.monotonic()
        self._tell("metrics")
        self._tell("progress")

    def rest(self) -> None:
        """Training has stopped without a word, by an error or an interrupt; for the callback."""
        with self._lock:
            self.training, self._seconds, self._began = False, self.seconds, None
        self._tell("progress")

    def restore(
        self,
        moments: Sequence[Moment],
        *,
        position: tuple[int, int, int, float],
        steps_per_epoch: int | None,
        epochs: pd.DataFrame,
        batches: pd.DataFrame,
        branches: Sequence[tuple[int, pd.DataFrame, pd.DataFrame]],
        findings: Sequence[Finding],
        rates: Sequence[tuple[int, float, float]],
        rate: float | None,
        probe: Probe | None,
    ) -> None:
        """Take what a file holds; the model stays as it is.

        Args:
            moments: In order of step.
            position: Step, epoch, batch and seconds of the run.
            steps_per_epoch: Batches of an epoch.
            epochs: As `metrics`.
            batches: As `batch_metrics`.
            branches: Step, `metrics` and `batch_metrics` of each.
            findings: As `findings`.
            rates: Step, learning rate before and after of each change.
            rate: The learning rate that holds.
            probe: The rows that moments are looked at with.
        """
        with self._lock:
            self._moments = tuple(moments)
            self._step, self._epoch, self._batch, self._seconds = position
            self._looked = self._step, self._seconds
            self.steps_per_epoch = steps_per_epoch
            self._epochs.restore(epochs)
            self._batches.restore(batches)
            self.branches = tuple(Branch(*branch) for branch in branches)
            self.seen.findings, self.seen.rates, self.seen.rate = list(findings), list(rates), rate
            self.probe, self._observation = probe, None
            # The live model may be at another moment, or at none.
            self._ahead = False
            with_gradients = probe is not None and probe.y is not None and self.model.compiled
            self._gradients = ProbeGradients(self.model) if with_gradients else None
        self._tell("progress")

    def _look(self, step: int, epoch: int, batch: int) -> Moment:
        diagram = self.diagram
        state = ModelState.take(self.model, self.optimizer_state)
        if self._observation is None:
            self._observation = Observation(diagram.reader, None)
            self._observation.x = None if self.probe is None else self.probe.x
        progress = Progress(self.training, epoch or None, batch or None, self._measured_speed(step))
        seen = diagram.look_with(self._observation, progress)
        self.seen.see(seen.badges, step, epoch, batch)
        gradients = {}
        if self._gradients is not None and self.probe is not None:
            gradients = self._gradients.quantiles(self.probe.x, self.probe.y)
        at_end = self._epochs.last() if len(self._epochs) and self._epochs.at("step") == step else {}
        metrics = at_end or self._batches.last()
        activations = activation_quantiles(seen.flow)
        return Moment(step, epoch, batch, self.seconds, state, seen.frame, activations, gradients, metrics)

    def _measured_speed(self, step: int) -> float | None:
        """Updates a second since the last moment."""
        (before, then), self._looked = self._looked, (step, self.seconds)
        passed = self._looked[1] - then
        return (step - before) / passed if self.training and passed > 0 and step > before else None

    def _see_rate(self) -> None:
        """Take note of the learning rate, which costs a look at a variable."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            schedule = isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)
            self.seen.see_rate(
                float(keras.ops.convert_to_numpy(optimizer.learning_rate)), self._step, scheduled=schedule
            )

    def _tell(self, event: str) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as error:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                warnings.warn(
                    f"What follows this recording has stopped: {error!r}. Recording goes on.",
                    RuntimeWarning,
                    stacklevel=3,
                )
