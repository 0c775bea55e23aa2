"""`TrainingRun`: what `model.fit` does, one batch at a time, from any place in the run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from nbviz.keras_model.graph import input_specs
from nbviz.network.named_columns import NamedColumns
from nbviz.network.streams import is_stream
from nbviz.training.loop.data import TrainingData, as_fit_takes
from nbviz.training.loop.fit_check import check_fit

Logs = dict[str, float]


class TrainingRun:
    """Trains a compiled model batch by batch, with the callbacks, metrics and validation of `fit`.

    It can be left after any batch and gone on with later, and it can be set to any place of the run: which rows a
    batch holds depends on the seed and the epoch alone. No thread, no widget.

    Attributes:
        model: The model that is trained.
        step: Updates done.
        steps_per_epoch: Batches in an epoch; the last may be smaller.
        stopped: Whether a callback has asked to stop (`model.stop_training`); the next batch begins a new run.
        epoch_logs: What the last epoch that has ended was measured at; empty before.
        between: Called between two batches of a validation, None for nothing.
    """

    def __init__(
        self,
        model: keras.Model,
        x: Any,
        y: Any,
        *,
        batch_size: int = 32,
        epochs: int | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        validation_data: Any = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        shuffle: bool = True,
        seed: int = 0,
    ) -> None:
        """Get ready; nothing of the model changes.

        Args:
            model: Compiled, with at least one trainable weight.
            x: Rows to train on: array-like, DataFrame, or a list or dict of these for several inputs.
            y: Their answers, in the form that the loss takes.
            batch_size: Rows in an update; fewer where the data end.
            epochs: What callbacks are told; the run itself goes on for as long as it is asked to.
            sample_weight: How much each row counts, shape (rows,).
            class_weight: Class index -> how much its rows count.
            validation_data: x and y, or x, y and sample weights, measured after each epoch.
            callbacks: Called as `fit` calls them.
            shuffle: Whether each epoch has an order of its own.
            seed: Of these orders.

        Raises:
            TypeError: Not a Keras model, or data that are not arrays of numbers.
            ValueError: The model is not compiled or has nothing to train, the data do not fit it, or y does not
                fit its loss.
        """
        check_model(model)
        if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"Expected batch_size of at least 1. Received {batch_size!r}.")
        self._data = TrainingData.read(*as_fit_takes(model, x, y, sample_weight), class_weight)
        self._validation = None if validation_data is None else _read_validation(model, validation_data, x)
        check_fit(model, self._data)
        if self._validation is not None:
            check_fit(model, self._validation, " of validation_data")
        self.model = model
        self.batch_size = int(batch_size)
        self.steps_per_epoch = -(-self._data.rows // self.batch_size)
        self.step = 0
        self.stopped = False
        self.epoch_logs: Logs = {}
        self.between: Callable[[], None] | None = None
        self._epochs, self._shuffle, self._seed = epochs, shuffle, seed
        self._given_callbacks = list(callbacks)
        self._callbacks: keras.callbacks.CallbackList | None = None  # while a run is under way
        self._in_epoch = False
        self._order: tuple[int, np.ndarray] | None = None

    @property
    def epoch(self) -> int:
        """The epoch of the last update, counted from 1 as `fit` prints it; 0 before the first update."""
        return -(-self.step // self.steps_per_epoch)

    @property
    def batch(self) -> int:
        """The batch of the last update in its epoch, counted from 1; 0 before the first update."""
        return (self.step - 1) % self.steps_per_epoch + 1 if self.step else 0

    @property
    def is_under_way(self) -> bool:
        """Whether callbacks have been told that it has begun, and not that it has ended."""
        return self._callbacks is not None

    @property
    def rows(self) -> int:
        """Number of rows trained on."""
        return self._data.rows

    def __repr__(self) -> str:
        """Where it is."""
        return f"TrainingRun(model {self.model.name!r}: step {self.step}, {self.steps_per_epoch} batches an epoch)"

    def batch_rows(self, step: int) -> np.ndarray:
        """The rows of the update that follows after `step` updates: their places in x."""
        epoch, batch = divmod(step, self.steps_per_epoch)
        return self._epoch_order(epoch)[batch * self.batch_size : (batch + 1) * self.batch_size]

    def step_batch(self) -> Logs:
        """Do one update, and what `fit` does around it: at the end of an epoch validation and its callbacks, too.

        Returns:
            Loss and metrics as `fit` prints them: means since the epoch began (since `go_to`, where that led into the
            midst of one); with those of the validation where an epoch has ended.
        """
        callbacks = self._begin()
        epoch, batch = divmod(self.step, self.steps_per_epoch)
        if not self._in_epoch:
            self.model.reset_metrics()
            self._in_epoch = True
            callbacks.on_epoch_begin(epoch)
        callbacks.on_train_batch_begin(batch)
        x, y, sample_weight = self._data.take(self.batch_rows(self.step))
        with _metrics_kept(self.model):
            logs: Logs = self.model.train_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
        self.step += 1
        # Whatever a callback raises now, the update has been made.
        is_last = batch + 1 == self.steps_per_epoch
        self._in_epoch = not is_last
        callbacks.on_train_batch_end(batch, logs)
        if is_last or self.model.stop_training:
            self._in_epoch = False
            logs = self._end_epoch(callbacks, epoch, logs)
        if self.model.stop_training:
            self.end()
            self.stopped = True
        return logs

    def train_on_row(self, row: int) -> Logs:
        """One update by one row alone, beside the run: no callbacks, metrics or place in the run change.

        Args:
            row: Its place in x.

        Returns:
            Loss and metrics of this row before the update.
        """
        x, y, sample_weight = self._data.take(slice(row, row + 1))
        variables = [variable for metric in self.model.metrics for variable in metric.variables]
        before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
        try:
            logs: Logs = self.model.train_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
        return logs

    def go_to(self, step: int) -> None:
        """Set the place in the run; weights and the like are the caller's to put back.

        Args:
            step: Updates done.

        Raises:
            ValueError: A negative number.
        """
        if step < 0:
            raise ValueError(f"Expected step of at least 0. Received {step}.")
        self.step = int(step)
        self._in_epoch = False

    def add_callback(self, callback: keras.callbacks.Callback) -> None:
        """Have a callback called after the others, from the next beginning of the run on."""
        self._given_callbacks.append(callback)

    def resize(self, batch_size: int) -> None:
        """Take another number of rows in each update; the run begins anew with it.

        Raises:
            ValueError: Updates have been made, which would no longer fit their places in the run.
        """
        if self.step:
            raise ValueError(
                f"Expected a new batch_size before the first update. Received it after {self.step}; reset first."
            )
        self.end()
        self.batch_size = batch_size
        self.steps_per_epoch = -(-self._data.rows // batch_size)

    def end(self) -> None:
        """End the run as `fit` does: callbacks are told, and averaged weights take their place. Does nothing twice."""
        callbacks, self._callbacks = self._callbacks, None
        self._in_epoch = False
        if callbacks is None:
            return
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        callbacks.on_train_end(self.epoch_logs)

    def _begin(self) -> keras.callbacks.CallbackList:
        if self._callbacks is None:
            self.model.stop_training = self.stopped = False
            callbacks = keras.callbacks.CallbackList(
                self._given_callbacks,
                add_history=False,
                model=self.model,
                verbose=0,
                epochs=sys.maxsize if self._epochs is None else self._epochs,
                steps=self.steps_per_epoch,
            )
            callbacks.on_train_begin()
            self._callbacks = callbacks
        return self._callbacks

    def _end_epoch(self, callbacks: keras.callbacks.CallbackList, epoch: int, logs: Logs) -> Logs:
        logs = dict(logs)
        if self._validation is not None:
            measured = self._validate(callbacks, self._validation)
            logs |= {f"val_{name}": value for name, value in measured.items()}
        self.epoch_logs = logs
        callbacks.on_epoch_end(epoch, logs)
        return logs

    def _validate(self, callbacks: keras.callbacks.CallbackList, data: TrainingData) -> Logs:
        # What evaluate does, without building a pipeline of data for each epoch, and with a place to pause.
        model = self.model
        model.stop_evaluating = False
        callbacks.on_test_begin()
        model.reset_metrics()
        logs: Logs = {}
        for batch, (x, y, sample_weight) in enumerate(data.batches(self.batch_size)):
            callbacks.on_test_batch_begin(batch)
            with _metrics_kept(model):
                logs = model.test_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
            callbacks.on_test_batch_end(batch, logs)
            if model.stop_evaluating:
                break
            if self.between is not None:
                self.between()
        callbacks.on_test_end(logs)
        return logs

    def _epoch_order(self, epoch: int) -> np.ndarray:
        if self._order is None or self._order[0] != epoch:
            rows = self._data.rows
            order = np.random.default_rng((self._seed, epoch)).permutation(rows) if self._shuffle else np.arange(rows)
            self._order = epoch, order
        return self._order[1]


def check_model(model: Any) -> None:
    """Raise unless the model can be trained.

    Raises:
        TypeError: Not a Keras model.
        ValueError: Not built, not compiled, or without trainable weights.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected a keras.Model. Received {type(model).__name__}.")
    if not model.compiled or model.optimizer is None:
        raise ValueError(
            f"Expected a compiled model. Received {model.name!r}, which has no optimizer and loss; "
            "call model.compile(optimizer, loss) first."
        )
    if not model.built:
        raise ValueError(
            f"Expected a built model. Received {model.name!r}, which has no weights yet; "
            "give it a keras.Input or call model.build(input_shape)."
        )
    if not model.trainable_weights:
        raise ValueError(
            f"Expected a model with trainable weights. Received {model.name!r}, which has none; "
            "set trainable = True on a layer with weights and compile again."
        )


def _read_validation(model: keras.Model, given: Any, beside: Any) -> TrainingData:
    """Validation data, with columns where those of the same name are in what is trained on."""
    if is_stream(given):
        given = as_fit_takes(model, given)
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise TypeError(
            f"Expected validation_data as (x, y) or (x, y, sample_weight). Received {type(given).__name__}"
            f"{f' of length {len(given)}' if isinstance(given, (tuple, list)) else ''}."
        )
    x, *answers = given
    if isinstance(x, pd.DataFrame) and isinstance(beside, pd.DataFrame):
        columns = NamedColumns(input_specs(model))
        columns.read(beside)
        x = columns.in_order(x, "columns of validation_data")
    return TrainingData.read(*as_fit_takes(model, x, *answers), suffix=" of validation_data")


@contextlib.contextmanager
def _metrics_kept(model: keras.Model) -> Iterator[None]:
    """Let metrics run over the batches of an epoch, as in `fit`: `train_on_batch` would begin them anew each time."""
    attributes = vars(model)
    attributes["reset_metrics"] = _keep
    try:
        yield
    finally:
        del attributes["reset_metrics"]


def _keep() -> None:
    """In place of `reset_metrics`."""
