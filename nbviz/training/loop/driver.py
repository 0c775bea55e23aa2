"""`Driver`: takes commands for a training run and carries them out in one thread, batch by batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nbviz.training.loop.command_loop import CommandLoop, Ended
from nbviz.training.loop.controls import ENDING, Command, StepSize, TrainerStatus, not_finite, raised
from nbviz.training.loop.preview import PreviewWire, UnitNames, layer_changes
from nbviz.training.loop.run import TrainingRun
from nbviz.training.loop.stopping import StopRule
from nbviz.training.model_state import ModelState

if TYPE_CHECKING:
    from nbviz.training.recording.recording import Recording

PUBLISH_EVERY = 0.1  # s, while it trains
SMOOTHING = 0.7  # of the measured speed


@dataclass(frozen=True, slots=True)
class DriverListener:
    """What a driver tells, and asks, in its thread.

    Attributes:
        publish: Called whenever its state has changed.
        show: Called with whether it trains, when the model has changed: now and then while training.
        live: Called when the model has jumped to another moment.
        names: Gives the names of units.
    """

    publish: Callable[[], None]
    show: Callable[[bool], None]
    live: Callable[[], None]
    names: Callable[[], UnitNames]


class Driver(CommandLoop):
    """Drives a run. Its thread lives only while there is something to do, and alone changes the model and this state.

    Attributes:
        run: What is driven.
        status: Where it is.
        error: What went wrong, for people; None for nothing.
        exception: What was raised, None for nothing.
        note: Why it has ended, None where there is nothing to say.
        preview: What the update by one row would do, while that is waited for.
        speed: Updates a second at most, None for as many as possible.
        updates_per_second: Measured, None at rest.
    """

    def __init__(
        self,
        run: TrainingRun,
        *,
        recording: Recording | None,
        stop_rule: StopRule,
        epochs: int | None,
        listener: DriverListener,
    ) -> None:
        """Remember the model as it is, to go back to.

        Args:
            run: What is driven.
            recording: The run's history, None for none.
            stop_rule: When to end by itself.
            epochs: How many to train for; None: until told to stop.
            listener: Told what happens.
        """
        super().__init__()
        self.run, self._recording, self._stop_rule, self._epochs = run, recording, stop_rule, epochs
        self._publish, self._show = listener.publish, listener.show
        self._live, self._names = listener.live, listener.names
        self.status: TrainerStatus = "ready"
        self.error: str | None = None
        self.exception: BaseException | None = None
        self.note: str | None = None
        self.preview: PreviewWire | None = None
        self.speed: float | None = None
        self.updates_per_second: float | None = None
        self._start = run.step
        self._initial: ModelState | None = ModelState.take(run.model)
        self._chosen_rate: float | None = None
        self._last_epoch = epochs
        self._diverged: tuple[int, int] | None = None  # epoch and batch since which the loss is not finite
        self._in_step = True  # whether the recording and the run were at the same step when they last rested
        self._samples = 0  # updates by single rows since the last batch
        self._published = 0.0
        self._counted = run.step
        self._midway = False  # obeying in the midst of a validation
        run.between = self._between

    def tell_nobody(self) -> None:
        """Whoever listened is gone."""
        self._publish = self._live = lambda: None
        self._show, self._names = lambda training: None, dict

    def _between(self) -> None:
        """Obey in the midst of a validation; while paused this does not return."""
        while True:
            with self._changed:
                if not self._commands:
                    if self._goal is not None:
                        return
                    self._resting = True
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._commands)
                    self._resting = False
                if self._commands[0].kind in ENDING:
                    raise Ended
                command = self._commands.popleft()
            self._midway = self._goal is None
            self._obey(command)
            self._midway = False

    def _advance(self) -> None:
        run = self.run
        now = time.monotonic()
        self._due = now + 1 / self.speed if self.speed else now
        logs = run.step_batch()
        self._samples = 0
        loss = logs.get("loss", 0.0)
        if math.isfinite(loss):
            self._diverged = None
        elif self._diverged is None:
            self._diverged = run.epoch, run.batch
        if self._diverged is not None:
            self.error = not_finite(loss, *self._diverged, recorded=self._recording is not None)
            self._rest("finished" if run.stopped else "paused")
        elif run.stopped:
            self._finish(self._stop_rule.words())
        elif run.step % run.steps_per_epoch == 0 and self._stop_rule.is_met(run.epoch_logs):
            self._finish("the stop rule is met")
        elif self._last_epoch is not None and run.step >= self._last_epoch * run.steps_per_epoch:
            self._finish(None)
        elif self._goal is not None and run.step >= self._goal:
            self._rest("paused")
        else:
            self._tell()

    def _tell(self) -> None:
        """Publish, if enough time has passed."""
        now = time.monotonic()
        seconds = now - self._published
        if seconds >= PUBLISH_EVERY:
            speed = (self.run.step - self._counted) / seconds
            before = self.updates_per_second
            self.updates_per_second = speed if before is None else SMOOTHING * before + (1 - SMOOTHING) * speed
            self._published, self._counted = now, self.run.step
            self._publish()
        self._show(True)

    def _obey(self, command: Command) -> None:
        match command.kind:
            case "play":
                if self._goal is None:
                    self._follow_recording()
                self._go(math.inf)
            case "pause":
                if self._goal is not None:
                    self._rest("paused")
            case "step":
                self._step(command.value)
            case "discard":
                self.preview = None
                self._publish()
            case "reset":
                self._reset()
            case "stop":
                if self._goal is not None or self.status in ("paused", "error"):
                    self._finish("stopped")
            case "rewind":
                self._rewind(command.value)
            case "learning_rate":
                self.preview = None
                self.run.model.optimizer.learning_rate = self._chosen_rate = command.value
                self._publish()
            case "speed":
                self.speed = command.value
                self._due = 0.0
                self._publish()
            case "batch_size":
                self.preview = None
                self.run.resize(command.value)
                self._publish()
            case "retire":
                self._retire(command.value)
            case "follow":
                if self._goal is None and not self._midway and self._is_elsewhere:
                    self._follow_recording()
                    self.error = self.exception = self.note = self.preview = None
                    self._samples, self._diverged, self.status = 0, None, "paused"
                    self._publish()

    def _go(self, goal: float) -> None:
        """Train until a step; inf: until told otherwise."""
        run = self.run
        if self._epochs is not None and self._last_epoch is not None:
            # A run that is done is gone on with for as many epochs again, as by a second call of fit.
            while run.step >= self._last_epoch * run.steps_per_epoch:
                self._last_epoch += self._epochs
        self.error = self.exception = self.note = self.preview = None
        if self._goal is None:
            self._published, self._counted, self.updates_per_second = time.monotonic(), run.step, None
        self._goal, self._due = goal, 0.0
        self.status = "training"
        self._publish()

    def _step(self, size: StepSize) -> None:
        run = self.run
        if self._goal is None:
            self._follow_recording()
        if self._midway:
            begin = run.step - 1  # the validation that was paused belongs to the last step
        elif self._goal is None or self._goal == math.inf:
            begin = run.step
        else:
            begin = int(self._goal)  # of two quick presses the second counts from where the first leads
        if size == "batch":
            self._go(begin + 1)
        elif size == "epoch":
            self._go((begin // run.steps_per_epoch + 1) * run.steps_per_epoch)
        else:
            self._step_sample()

    def _step_sample(self) -> None:
        """Work out what the update by the next row would change; the second time make it."""
        run, known = self.run, self.preview
        if known is not None:
            run.train_on_row(known["row"])
            self._samples += 1
            self.preview = None
            self._rest("paused")
            self._live()
            return
        rows = run.batch_rows(run.step)
        row = int(rows[self._samples % len(rows)])
        before = ModelState.take(run.model)
        try:
            loss = run.train_on_row(row).get("loss", math.nan)
            after = ModelState.take(run.model, optimizer=False)
        finally:
            before.put(run.model)
        self.preview = {
            "row": row,
            "rows": run.rows,
            "loss": float(loss) if np.isfinite(loss) else None,
            "layers": layer_changes(before.kernels(run.model), after.kernels(run.model), self._names()),
        }
        self.error = self.exception = None
        self._rest("ready" if run.step == self._start and self._samples == 0 else "paused")

    def _reset(self) -> None:
        try:
            self.run.end()
        finally:
            self._put_initial()

    def _put_initial(self) -> None:
        run = self.run
        if self._recording is not None and self._recording.moments:
            at_start = self._recording.moment_at(self._start)
            self._recording.rewind(self._recording.moments.index(at_start))
        if self._initial is not None:
            self._initial.put(run.model)
        if self._chosen_rate is not None:
            # A setting like the batch size: it stays as the control shows it.
            run.model.optimizer.learning_rate = self._chosen_rate
        run.go_to(self._start)
        self._settle_elsewhere("ready")
        self._last_epoch = self._epochs

    def _rewind(self, step: int) -> None:
        recording = self._recording
        if recording is None or not recording.moments:
            raise ValueError("Expected a recording with moments to go back to. Received none; train with a recording.")
        moves_on = self._goal == math.inf
        self.run.end()
        moment = recording.moment_at(step)
        recording.rewind(recording.moments.index(moment))
        self.run.go_to(moment.step)
        self._settle_elsewhere("paused")
        if moves_on:
            self._go(math.inf)

    def _settle_elsewhere(self, status: TrainerStatus) -> None:
        """The model is at another moment now."""
        self.error = self.exception = self.note = self.preview = None
        self._samples = 0
        self._goal = self._diverged = None
        self.status, self.updates_per_second = status, None
        self._live()
        self._publish()

    def _rest(self, status: TrainerStatus) -> None:
        self._goal = None
        self.status, self.updates_per_second = status, None
        self._publish()
        recording = self._recording
        if recording is not None:
            if recording.training:
                recording.end()  # takes the moment at which it rests
                self._publish()
            self._in_step = recording.step == self.run.step
        self._show(False)

    def follow_recording(self) -> None:
        """Others may have moved the model: go where it is, once nothing is under way; any thread may call this."""
        busy = self.is_own_thread or self._goal is not None or self._recording is None or self._recording.training
        if not busy and self._is_elsewhere:
            self.post(Command("follow"))

    def _follow_recording(self) -> None:
        """Go where others have moved the model meanwhile: a rewind of the recording, or a fit that it recorded."""
        recording, run = self._recording, self.run
        if recording is None:
            return
        if self._is_elsewhere:
            run.end()
            run.go_to(recording.step)
        elif run.is_under_way:
            recording.begin(run.steps_per_epoch)

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the recording tells of another step than the run, whose epochs are as long."""
        recording, run = self._recording, self.run
        if recording is None or recording.steps_per_epoch not in (None, run.steps_per_epoch):
            return False
        return self._in_step and recording.step != run.step

    def _finish(self, note: str | None) -> None:
        self.note = note
        self._goal = None
        self.run.end()
        self._rest("finished")

    def _fail(self, error: BaseException) -> None:
        self.error, self.exception = raised(error), error
        self._rest("error")

    def _retire(self, note: str | None) -> None:
        """Let go of the model and of all that is large; another trainer may already wait for the model."""
        try:
            self.run.end()
        except Exception as error:
            self.error = raised(error)
        self.closed = True
        self.note = note
        self._initial = self._recording = self.preview = None
        with self._changed:
            self._commands.clear()
        self._rest("finished")
