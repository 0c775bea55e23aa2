"""`Trainer`: Play, Pause, Step and Reset for a model, while the notebook stays free."""

from __future__ import annotations

import contextlib
import math
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import traitlets

from nbviz.keras_model.same_model import check_part
from nbviz.network.names import Names
from nbviz.picture.frame import Progress
from nbviz.picture.live_frames import ShowsFrames
from nbviz.training.learning_rate import why_fixed
from nbviz.training.loop.active_drivers import TAKING_OVER, enlist, kept_still, take_over
from nbviz.training.loop.controls import (
    Command,
    StepSize,
    TrainerStatus,
    read_message,
    valid_callbacks,
    valid_count,
    valid_rate,
    valid_step_size,
)
from nbviz.training.loop.data import as_fit_takes
from nbviz.training.loop.driver import Driver, DriverListener
from nbviz.training.loop.preview import UnitNames, unit_names
from nbviz.training.loop.run import TrainingRun, check_model
from nbviz.training.loop.stopping import StopRule
from nbviz.training.recording.run_recorder import RunRecorder
from nbviz.widgets.index_trait import Index
from nbviz.widgets.trainer.labels_of_text import holds_text, numbered_labels
from nbviz.widgets.trainer.trainer_state import StateReader
from nbviz.widgets.view import View

if TYPE_CHECKING:
    from nbviz.keras_model import Callback, Model
    from nbviz.training.recording.recording import Recording
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

SHORTEST = 1 / 15  # s between pictures of the diagram
SHARE_OF_TIME = 0.03  # of the time that these may take


class Trainer(View):
    """Trains a compiled model under the user's hands, with everything that `fit` does around it.

    It trains in a thread of its own, so that cells can be run meanwhile; between two batches it takes what was asked
    for: pause, a single step, another learning rate. A second trainer of the same model, and the trainer that the same
    cell makes when it is run again, take the place of the first.

    Attributes:
        status: `"ready"`, `"training"`, `"paused"`, `"finished"` or `"error"`.
        error: What went wrong, None for nothing; `exception` is what was raised.
        updates: Updates done (the step of the run).
        epoch: Of the last update, counted from 1 as `fit` prints it; 0 before the first.
        batch: Of the last update in its epoch, counted the same way.
        steps_per_epoch: Batches in an epoch.
        learning_rate: Of the next update; assign a number to change it, also while it trains.
        speed: Updates a second at most, None for as many as possible; may be assigned.
        shown_frame: The step of the moment that is looked at, None for the present one.
        recording: The history of the run, None without.
    """

    _view_folder = "trainer"
    # down: the worker writes
    state = traitlets.Dict().tag(sync=True)
    # shared
    shown_frame = Index().tag(sync=True)
    # for Python, in step with `state`
    status = traitlets.Enum(list(get_args(TrainerStatus)), "ready")
    error = traitlets.Unicode(None, allow_none=True)
    updates = traitlets.Int(0)
    epoch = traitlets.Int(0)
    batch = traitlets.Int(0)
    steps_per_epoch = traitlets.Int(1)
    learning_rate = traitlets.Float(0.0)
    speed = traitlets.Float(None, allow_none=True)

    def __init__(
        self,
        model: Model,
        x: Any,
        y: Any = None,
        *,
        batch_size: int = 32,
        epochs: int | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        validation_data: Any = None,
        callbacks: Sequence[Callback] = (),
        recording: Recording | Literal[False] | None = None,
        diagram: NetworkDiagram | None = None,
        seed: int = 0,
        stop: Mapping[str, Any] | Callable[[Mapping[str, float]], bool] | None = None,
        class_names: Names = None,
    ) -> None:
        """Get ready to train; nothing of the model changes until somebody presses Play.

        Args:
            model: Compiled, with at least one trainable weight.
            x: Rows to train on: array-like, DataFrame, or a list or dict of these for several inputs; of a data set of
                (x, y) the first 10,000 at most.
            y: Their answers, in the form that the loss takes; None beside a data set. Text is numbered as `explore`
                numbers it: by `class_names` if it is among them, by the categories of a pandas Categorical, else in
                sorted order, where another order agrees far better with a trained model with a warning.
            batch_size: Rows in an update; fewer where the data end.
            epochs: How many to train for; None: until told to stop.
            sample_weight: How much each row counts, shape (rows,).
            class_weight: Class index -> how much its rows count.
            validation_data: x and y, or x, y and sample weights, measured after each epoch.
            callbacks: Called as `fit` calls them.
            recording: Keeps the history of the run; None makes one, False goes without (and without going back).
            diagram: Of the same model: its picture moves while the model trains.
            seed: Of the order of the rows in each epoch.
            stop: When to end by itself: arguments of `keras.callbacks.EarlyStopping`, such as
                `{"monitor": "val_loss", "patience": 10}`, or a function that is given the loss and metrics of each
                epoch and answers whether to stop.
            class_names: Names of the classes, in the model's order, where y holds them; a dict by output for several.
                By default those that the diagram was given.

        Raises:
            TypeError: Not a Keras model, data that are not arrays of numbers, or no stop rule.
            ValueError: The model is not compiled or has nothing to train, the data do not fit it, y does not fit its
                loss, or the recording or diagram is of another model.
        """
        for part, kind, name in (
            (None if recording is False else recording, RunRecorder, "recording"),
            (diagram, ShowsFrames, "diagram"),
        ):
            if part is not None:
                check_part(model, part, kind, f"a {name} of the model that is trained,")
        if epochs is not None:
            epochs = valid_count("epochs", epochs, 1)
        stop_rule = StopRule(stop, validated=validation_data is not None)
        given = valid_callbacks(callbacks)
        if diagram is not None:
            x = diagram.frames.observation.columns.in_order(x, "columns of x")
        x, y, sample_weight = as_fit_takes(model, x, y, sample_weight)

        def run_of(y: Any, validation_data: Any) -> TrainingRun:
            return TrainingRun(
                model,
                x,
                y,
                batch_size=batch_size,
                epochs=epochs,
                sample_weight=sample_weight,
                class_weight=class_weight,
                validation_data=validation_data,
                callbacks=[*given, *stop_rule.callbacks],
                seed=seed,
            )

        forms = [(y, validation_data)]
        if holds_text(y) or class_names is not None:
            check_model(model)
            numbered = numbered_labels(model, x, y, validation_data, class_names, diagram)
            forms = numbered.forms
            if numbered.doubt is not None:
                warnings.warn(numbered.doubt, UserWarning, stacklevel=3)
        # Trying the loss would get in the way of a trainer that is at work.
        with kept_still(model):
            run, y = _first_that_fits(run_of, forms)
        with TAKING_OVER:
            take_over(model)
            if recording and recording.moments:
                run.go_to(_place_of(recording, run))
            if recording is None:
                from nbviz.training.recording.recording import Recording

                recording = Recording(model, x, y, diagram=diagram, seed=seed)
                if diagram is not None:
                    diagram.show_history(recording)
            self.recording: Recording | None = recording or None
            if self.recording is not None:
                # Last, so that it sees what the others have done.
                run.add_callback(self.recording.callback())
            self._diagram = diagram
            self._writing = threading.RLock()
            self._drawn = self._cost = 0.0
            self._learning_rate_fixed = why_fixed(model.optimizer)
            self._driver: Driver | None = Driver(
                run,
                recording=self.recording,
                stop_rule=stop_rule,
                epochs=epochs,
                listener=DriverListener(
                    publish=self._publish, show=self._show, live=self._back_to_live, names=self._unit_names
                ),
            )
            self._reader = StateReader(
                self._driver, self.recording, epochs=epochs, fixed_rate=self._learning_rate_fixed
            )
            super().__init__()
            self._publish()
            enlist(self._driver)
            follow = _follower(self._driver)
            self._ends = [] if self.recording is None else [self.recording.listen(follow)]

    @property
    def exception(self) -> BaseException | None:
        """What was raised while training, with its traceback; None for nothing."""
        return None if self._driver is None else self._driver.exception

    def play(self) -> None:
        """Train until told to pause, the epochs are done, or the stop rule is met."""
        self._post(Command("play"))

    def pause(self) -> None:
        """Stop after the present batch; nothing is lost."""
        self._post(Command("pause"))

    def step(self, what: StepSize = "batch") -> None:
        """Train a little.

        Args:
            what: `"batch"`: one update. `"epoch"`: to the end of the present epoch. `"sample"`: works out what the
                update by the next row alone would change, and shows it; the second time makes this update.

        Raises:
            ValueError: None of these.
        """
        self._post(Command("step", valid_step_size(what)))

    def reset(self) -> None:
        """Put the model and its optimizer back to where they were when this trainer was made, bitwise.

        Callbacks begin anew. A learning rate chosen here stays, as the batch size does.
        """
        self._post(Command("reset"))

    def stop(self) -> None:
        """End the run as `fit` does at its end; Play begins another from where the model is."""
        self._post(Command("stop"))

    def rewind(self, step: int) -> None:
        """Put the model back to a recorded moment, bitwise; training goes on from there.

        Args:
            step: Updates done; of the moments recorded, the latest at or before it is taken.

        Raises:
            ValueError: There is no recording, or not a whole number of at least 0.
        """
        if self.recording is None:
            raise ValueError(
                "Expected a recording to go back in. Received none; make the trainer without recording=False."
            )
        self._post(Command("rewind", valid_count("step", step, 0)))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is under way.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether nothing is.
        """
        driver = self._driver
        return driver is None or driver.wait(timeout)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser has changed; it holds back notices, among which one of the worker's could be lost."""
        with self._writing:
            super().set_state(sync_data)

    def __del__(self) -> None:
        """Nobody holds or sees it, so nothing is under way; a thread must not be started from here."""
        self._driver = None
        super().__del__()

    def _end(self) -> None:
        driver = self._driver
        if driver is not None:
            for end in self._ends:
                end()
            driver.retire("closed")
            driver.tell_nobody()  # should its step take longer than one waits

    def _post(self, command: Command) -> None:
        if self._driver is not None:
            self._driver.post(command)

    def _answer(self, content: dict[str, Any], _buffers: list[Any]) -> None:
        with contextlib.suppress(ValueError):  # not what our own page sends
            command = read_message(content)
            if command is not None:
                self._post(command)

    def _publish(self) -> None:
        """Tell Python and the browser where things are. The driver's thread calls this, and `__init__`."""
        driver = self._driver
        if driver is None:
            return
        wire = self._reader.read()
        with self._writing:
            self.updates, self.epoch, self.batch = wire["updates"], wire["epoch"], wire["batch"]
            self.steps_per_epoch, self.error = wire["steps_per_epoch"], wire["error"]
            rate = wire["learning_rate"]
            self.learning_rate, self.speed = math.nan if rate is None else rate, wire["speed"]
            self.state = cast(dict[str, Any], wire)
            # Last: whoever waits for it finds the rest in step.
            self.status = wire["status"]
            if driver.closed:
                self._driver = self.recording = self._diagram = None
                del self._reader

    def _show(self, training: bool) -> None:
        """Have the diagram drawn: at its own pace while training, always when that rests."""
        driver, diagram = self._driver, self._diagram
        if driver is None or diagram is None:
            return
        began = time.perf_counter()
        if training and began - self._drawn < max(SHORTEST, self._cost / SHARE_OF_TIME):
            return
        run = driver.run
        try:
            diagram.publish(Progress(training, run.epoch, run.batch, driver.updates_per_second))
        except Exception as error:
            # What goes wrong with the picture must never stop the training.
            self._diagram = None
            warnings.warn(f"The live diagram has stopped: {error!r}. Training goes on.", RuntimeWarning, stacklevel=2)
        self._drawn = time.perf_counter()
        self._cost = self._drawn - began

    def _back_to_live(self) -> None:
        with self._writing:
            self.shown_frame = None
        self._show(False)

    def _unit_names(self) -> UnitNames:
        return {} if self._diagram is None else unit_names(self._diagram.frames.drawing)

    @traitlets.validate("learning_rate", "speed")
    def _valid_rate(self, proposal: traitlets.Bunch) -> float | None:
        name, value = proposal.trait.name, proposal.value
        driver = self._driver
        if driver is None or driver.is_own_thread or not self.state:
            return value  # type: ignore[no-any-return]
        if name == "learning_rate" and self._learning_rate_fixed:
            raise traitlets.TraitError(f"Expected no learning rate: {self._learning_rate_fixed}. Received {value}.")
        try:
            return None if value is None else valid_rate(name, value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

    @traitlets.observe("learning_rate", "speed")
    def _rate_changed(self, change: traitlets.Bunch) -> None:
        driver = self._driver
        if driver is not None and not driver.is_own_thread and self.state:
            driver.post(Command(change.name, change.new))

    def __repr__(self) -> str:
        """Where the run is."""
        return f"Trainer({self.status}: epoch {self.epoch}, batch {self.batch} of {self.steps_per_epoch})"


def _first_that_fits(run_of: Callable[[Any, Any], TrainingRun], forms: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """The run of the first answers that the loss takes, and these."""
    problem: Exception = ValueError("Expected y to train on. Received none.")
    for y, validation_data in forms:
        try:
            return run_of(y, validation_data), y
        except (TypeError, ValueError) as error:
            problem = error
    raise problem


def _place_of(recording: Recording, run: TrainingRun) -> int:
    """The step that a run goes on from."""
    if recording.step and recording.steps_per_epoch != run.steps_per_epoch:
        raise ValueError(
            f"Expected a recording of epochs of {run.steps_per_epoch} batches. Received one of "
            f"{recording.steps_per_epoch}; pass the batch_size and data of that run, or a new Recording."
        )
    return recording.step


def _follower(driver: Driver) -> Callable[[str], None]:
    """Has a driver go where a recording tells that others have moved the model; keeps it not alive."""
    held = weakref.ref(driver)

    def follow(event: str) -> None:
        alive = held()
        if alive is not None and event == "progress":
            alive.follow_recording()

    return follow
