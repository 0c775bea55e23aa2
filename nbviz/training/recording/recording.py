"""`Recording`: the history of a training run, bounded in memory, exact where it matters."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import check_model, input_specs
from nbviz.keras_model.same_model import check_part
from nbviz.network.arguments import whole_number
from nbviz.network.samples import Samples, held_at_once
from nbviz.network.streams import is_stream
from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import EventWire
from nbviz.picture.live_frames import LiveFrames, ShowsFrames
from nbviz.training.model_state import ModelState
from nbviz.training.recording.contents import Branch, Position, RecordingContents, Settings
from nbviz.training.recording.findings import events
from nbviz.training.recording.gradients import ProbeGradients
from nbviz.training.recording.moment import Moment
from nbviz.training.recording.moment_budget import moment_budget
from nbviz.training.recording.probe import draw
from nbviz.training.recording.quantiles import activation_quantiles
from nbviz.training.recording.recording_callback import RecordingCallback
from nbviz.training.recording.recording_file import read, write
from nbviz.training.recording.run_recorder import RunRecorder
from nbviz.training.recording.thinning import thinned

MOST_BRANCHES = 8
HEIGHT = 480.0  # px of a picture that nobody shows


class Recording(RunRecorder):
    """The history of a run: exact weights at many moments, metrics of every batch and epoch.

    Moments are taken while the model trains (`callback`), at the end of each epoch and as often as time allows within,
    or when asked for (`capture`). Where they outgrow the budget, some are let go so that the others are spread evenly:
    those within epochs first, then ends of epochs, then those at which the loss exploded; the first and the last stay.
    Any moment can be put back into the live model (`rewind`), bitwise, and training can go on from there.

    Attributes:
        model: The model that is recorded.
        probe: The rows that moments are looked at with, None without x.
        every: Seconds between moments within an epoch; more where these would take over 5 % of the time.
        every_batches: Batches between moments instead, None for time and the end of each epoch.
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
        diagram: ShowsFrames | None = None,
        every: float = 0.2,
        every_batches: int | None = None,
        budget: int | None = None,
        optimizer_state: bool | None = None,
        seed: int = 0,
    ) -> None:
        """Prepare to record.

        Args:
            model: A built model.
            x: Rows for activations and gradients, as `fit` takes them: at most 256 are drawn. By default those of
                the diagram.
            y: What the compiled loss compares the answers with, for as many rows; without it no gradients are kept.
            diagram: A `NetworkDiagram` of the same model, whose picture is recorded; by default one like it is drawn.
            every: Seconds between moments within an epoch, above 0. They take at most 5 % of the time: for a large
                model they are further apart. The end of each epoch is a moment in any case.
            every_batches: Take a moment each so many batches instead, whatever it costs.
            budget: Bytes for all moments; None for 256 MB, or for two moments where these take more.
            optimizer_state: Whether the optimizer's state is kept, which training on bitwise needs; it makes moments
                of Adam three times as large. None leaves it out where a budget is not given and would not do, which
                is noted.
            seed: Of the draw of rows.

        Raises:
            TypeError: Not a `keras.Model`, no diagram, or data that are not numbers.
            ValueError: The model is not built; data, diagram or a number do not fit; y without x or without a loss;
                a budget too small for two moments.

        Warns:
            UserWarning: Moments are kept without the optimizer's state, since two with it take over 256 MB.
        """
        if diagram is not None:
            remedy = "make a NetworkDiagram of the model that is recorded"
            check_part(model, diagram, ShowsFrames, "a diagram of the model", remedy)
        super().__init__(check_model(model), every=every, every_batches=every_batches)
        self.budget, self.optimizer_state = moment_budget(model, budget, optimizer_state)
        self.branches: tuple[Branch, ...] = ()
        self._frames = None if diagram is None else diagram.frames
        if is_stream(x):
            x, answers, _ = held_at_once(x, y, input_specs(model))
            y = answers if model.compiled else None
        self._given_x = x
        self.probe = draw(model, x, y, None if diagram is None else diagram.frames.observation, seed)
        gradients = self.probe is not None and self.probe.y is not None
        self._gradients = ProbeGradients(model) if gradients else None
        self._moments: tuple[Moment, ...] = ()

    @property
    def frames(self) -> LiveFrames:
        """What is drawn of the model at each moment: the diagram's, or a picture made at its first use."""
        if self._frames is None:
            self._frames = LiveFrames(self.model, self._given_x)
            self._frames.arrange(HEIGHT)
        return self._frames

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What is kept, in the order of steps."""
        self.settle()
        return self._moments

    @property
    def nbytes(self) -> int:
        """Bytes of all moments."""
        return sum(moment.nbytes for moment in self._moments)

    @property
    def events(self) -> list[EventWire]:
        """What a timeline flags: best validation, changes of the learning rate, findings; at most eight."""
        units = {layer.name: layer.units for layer in self.frames.architecture.layers}
        return events(self.seen, self.metrics.to_dict("records"), units)  # type: ignore[arg-type]

    def callback(self) -> RecordingCallback:
        """A callback for `model.fit(..., callbacks=[recording.callback()])`; own loops: see `RecordingCallback`."""
        return RecordingCallback(self)

    def capture(self, *, epoch: int | None = None, batch: int | None = None, step: int | None = None) -> Moment:
        """Take a moment now; one of the same step is replaced.

        In a training loop of one's own, where no callback counts, the steps are those that the model's optimizer has
        counted since; where that has not moved (another optimizer, an edit by hand), new weights are one step.

        Args:
            epoch: The epoch it lies in, counted from 1; None where the callback knows.
            batch: Batches done in that epoch; None likewise.
            step: Updates done since the run began; None where the callback or the optimizer knows.

        Returns:
            The moment.

        Raises:
            ValueError: A step before the present one, which `rewind` leads back to.
        """
        began = time.perf_counter()
        self.settle()
        self._go_on(self._own_step() if step is None else whole_number("step", step, 0))
        place = self._epoch if epoch is None else epoch, self._batch if batch is None else batch
        if not self.training:
            self._epoch, self._batch = place
        moment = self._take(*place)
        self.capture_seconds = time.perf_counter() - began
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
        moments = self.moments
        if not isinstance(index, (int, np.integer)) or not -len(moments) <= index < len(moments):
            raise IndexError(f"Expected a moment from 0 to {len(moments) - 1}. Received {index!r}.")
        moment = moments[index]
        moment.state.put(self.model)
        with self._lock:
            self._step, self._epoch, self._batch = moment.step, moment.epoch, moment.batch
            self._ahead = moment is not moments[-1]
            self._counted.passed()
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

    def ranks(self, moments: Sequence[Moment]) -> list[int]:
        """How long each of some moments is kept, for `thinned`: at which the loss exploded 2, at an epoch's end 1."""
        exploded = self.seen.exploding_steps
        return [2 if m.step in exploded else int(m.batch == self.steps_per_epoch) for m in moments]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording into one file, whole or not at all.

        Args:
            path: Of an `.npz` file; an existing one is replaced once the new one is complete.

        Raises:
            OSError: It cannot be written.
        """
        write(self.contents(), self.model, path)

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
        contents = read(path, model)
        recording = cls(model, **contents.settings._asdict())
        recording.restore(contents)
        return recording

    def __repr__(self) -> str:
        """What is kept of which model, and where it is; no arrays."""
        place = f"at step {self._step}, epoch {self._epoch}, batch {self._batch}"
        return f"Recording(model {self.model.name!r}: {len(self._moments)} moments, {place})"

    def contents(self) -> RecordingContents:
        """All of it as plain data."""
        with self._lock:
            return RecordingContents(
                settings=Settings(self.every, self.every_batches, self.budget, self.optimizer_state),
                moments=self._moments,
                position=Position(self._step, self._epoch, self._batch, self.seconds),
                steps_per_epoch=self.steps_per_epoch,
                epochs=self.metrics,
                batches=self.batch_metrics,
                branches=self.branches,
                findings=tuple(self.seen.findings),
                rates=tuple(self.seen.rates),
                rate=self.seen.rate,
                probe=self.probe,
            )

    def restore(self, contents: RecordingContents) -> None:
        """Take what another recording of the model held; the model stays as it is."""
        with self._lock:
            self._moments = contents.moments
            self._step, self._epoch, self._batch, self._seconds = contents.position
            self._looked = self._step, self._seconds
            self.steps_per_epoch = contents.steps_per_epoch
            self._epochs.restore(contents.epochs)
            self._batches.restore(contents.batches)
            self.branches = contents.branches
            self.seen.findings, self.seen.rates = list(contents.findings), list(contents.rates)
            self.seen.rate = contents.rate
            self.seen.see_losses(contents.batches)
            self.probe = contents.probe
            # The live model may be at another moment, or at none.
            self._ahead = False
            with_gradients = self.probe is not None and self.probe.y is not None and self.model.compiled
            self._gradients = ProbeGradients(self.model) if with_gradients else None
        self._tell("progress")

    def _own_step(self) -> int:
        """The step of a moment that is taken by hand."""
        if self.training:
            return self._step
        passed = self._counted.passed()
        if passed:
            return self._step + passed
        known = self._moments and not self._counts_itself and not self.moment_at(self._step).state.is_of(self.model)
        return self._step + bool(known)

    def _go_on(self, step: int) -> None:
        if isinstance(step, bool) or int(step) != step or step < self._step:
            raise ValueError(
                f"Expected step as a whole number from {self._step}, the present one. Received {step!r}; rewind leads "
                "back to an earlier one."
            )
        if step > self._step:
            if self._ahead:
                self.cut(self._step)
            self._step = int(step)

    def _is_taken(self) -> bool:
        moments = self._moments
        return bool(moments) and moments[-1].step == self._step and moments[-1].state.is_of(self.model)

    def _take(self, epoch: int | None = None, batch: int | None = None) -> Moment:
        place = self._epoch if epoch is None else epoch, self._batch if batch is None else batch
        moment = self._look(self._step, *place)
        with self._lock:
            others = [other for other in self._moments if other.step != moment.step]
            moments = sorted([*others, moment], key=lambda other: other.step)
            kept = thinned([m.step for m in moments], [m.nbytes for m in moments], self.budget, self.ranks(moments))
            self._moments = tuple(moments[index] for index in kept)
            thinner = len(kept) < len(moments)
            self._see_rate()
        if thinner:
            self._tell("thinned")
        self._tell("moment")
        return moment

    def _look(self, step: int, epoch: int, batch: int) -> Moment:
        state = ModelState.take(self.model, self.optimizer_state)
        progress = Progress(self.training, epoch or None, batch or None, self._measured_speed(step))
        seen = self.frames.observe(None if self.probe is None else self.probe.x, progress)
        self.seen.see(seen.badges, step, epoch, batch)
        gradients = {}
        if self._gradients is not None and self.probe is not None:
            gradients = self._gradients.quantiles(self.probe.x, self.probe.y)
        at_end = self._epochs.last() if len(self._epochs) and self._epochs.at("step") == step else {}
        metrics = at_end or self._batches.last()
        activations = activation_quantiles(seen.flow)
        return Moment(step, epoch, batch, self.seconds, state, seen.frame, activations, gradients, metrics)
