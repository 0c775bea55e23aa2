import time
import warnings
from typing import ClassVar

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram
from tests.sent_frames import present_frame
from tests.training.recording.small_run import X, Y, everything, fit, made


def test_by_time_the_cost_keeps_moments_apart():
    model, recording = made(every=1e-6)
    fit(model, recording, 60)
    spent = recording.moments[-1].seconds
    # 300 updates; were the time asked for all that counts, there would be as many moments.
    assert 2 <= len(recording.moments) < 100, spent


@pytest.mark.parametrize("epochs", [3, 8])
def test_the_end_of_each_epoch_is_a_moment_however_short_it_is_and_can_be_gone_back_to(epochs):
    model, recording = made(every=1000.0)
    after = []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after.append(everything(model)))
    model.fit(X, Y, batch_size=20, epochs=epochs, verbose=0, callbacks=[keep, recording.callback()])
    assert [moment.step for moment in recording.moments] == list(range(0, 5 * epochs + 1, 5))
    for epoch in (epochs, 1, 2):
        assert recording.rewind(epoch).epoch == epoch
        assert everything(model) == after[epoch - 1]


def test_where_memory_is_short_the_ends_of_epochs_and_the_explosion_stay_longest():
    model, recording = made(keras.optimizers.SGD(0.01), every=1e-9)
    fit(model, recording, 1)
    size = recording.moments[-1].nbytes

    class Explode(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.optimizer.iterations == 17:
                self.model.get_layer("last").bias.assign([1e4, 0, 0])

    model, recording = made(keras.optimizers.SGD(0.01), budget=12 * size)
    recording.every = 1e-9
    callback = recording.callback()
    callback._pause = lambda: 0.0  # each batch, whatever it costs
    fit(model, recording, 6, callbacks=[Explode(), callback])
    kept = [moment.step for moment in recording.moments]
    assert recording.nbytes <= 12 * size
    assert {0, 5, 10, 15, 18, 20, 25, 30} <= set(kept)
    assert recording.seen.exploded == 18
    assert [event["text"] for event in recording.events if event["step"] == 18] == ["loss explodes"]
    recording.rewind(kept.index(18))
    assert model.get_layer("last").bias.numpy()[0] > 9e3


def test_recording_does_not_change_what_training_gives():
    def train(record):
        keras.utils.set_random_seed(3)
        model, recording = made(every_batches=2)
        history = model.fit(
            X, Y, batch_size=20, epochs=3, verbose=0, callbacks=[recording.callback()] if record else []
        )
        return history.history, everything(model)

    assert train(True) == train(False)


def test_what_goes_wrong_with_recording_does_not_stop_training(monkeypatch):
    model, recording = made(every_batches=2)
    monkeypatch.setattr(recording, "capture", lambda **_: 1 / 0)
    events = []
    recording.listen(lambda event: events.append((event, recording.fault)))
    with pytest.warns(RuntimeWarning, match="The recording has stopped"):
        history = fit(model, recording, 2)
    assert len(history.history["loss"]) == 2
    assert events[-1] == ("progress", recording.fault)
    assert "ZeroDivisionError" in recording.fault
    assert not recording.training


def test_a_run_that_is_interrupted_is_told_to_rest_and_its_last_state_is_a_moment():
    model, recording = made(every=1000.0)

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    events = []
    recording.listen(events.append)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=20, verbose=0, callbacks=[recording.callback(), Interrupt()])
    state = everything(model)
    assert recording.training
    deadline = time.monotonic() + 60
    while (recording.training or events[-1] != "progress") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not recording.training
    assert events[-1] == "progress"
    assert [moment.step for moment in recording.moments] == [0, 3]
    fit(model, recording, 1)
    assert [moment.step for moment in recording.moments] == [0, 3, 8]
    recording.rewind(1)
    assert everything(model) == state


class Average(keras.callbacks.Callback):
    """Puts the mean of the weights after each epoch into the model, at the very end."""

    def __init__(self):
        super().__init__()
        self.after = []

    def on_epoch_end(self, epoch, logs=None):
        self.after.append(self.model.get_weights())

    def on_train_end(self, logs=None):
        self.model.set_weights([np.mean(arrays, axis=0) for arrays in zip(*self.after, strict=True)])


def averaging():
    return keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)


@pytest.mark.parametrize(
    ("optimizer", "others"),
    [
        (None, lambda: [keras.callbacks.EarlyStopping("loss", mode="max", patience=1, restore_best_weights=True)]),
        (None, lambda: [Average()]),
        (averaging, list),
        (averaging, lambda: [keras.callbacks.SwapEMAWeights()]),
        (averaging, lambda: [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]),
    ],
    ids=["early stopping", "own callback", "averages", "swapped averages", "averages each epoch"],
)
def test_whatever_changes_the_weights_at_the_end_is_the_last_moment_and_the_picture(optimizer, others):
    for ours_first in (True, False):
        # Each batch: there is a moment of the last step already. Now and then: there may be none.
        model, recording = made(optimizer and optimizer(), **({"every_batches": 1} if ours_first else {}))
        diagram = NetworkDiagram(model, X)
        own = [recording.callback(), diagram.live()]
        callbacks = [*own, *others()] if ours_first else [*others(), *own]
        model.fit(X, Y, batch_size=20, epochs=3, verbose=0, callbacks=callbacks)
        left, weights = everything(model), model.get_weights()
        _, arrays = present_frame(diagram)
        np.testing.assert_array_equal(arrays["connection/0/kernel"], weights[0])
        assert recording.moments[-1].step == recording.step == int(model.optimizer.iterations.numpy())
        model.set_weights([np.zeros_like(array) for array in weights])
        recording.rewind(-1)
        assert everything(model) == left


def test_what_a_callback_that_passes_hooks_on_hides_is_seen_once_fit_is_gone():
    model, recording = made(every_batches=1)
    own = recording.callback()
    passing = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: own.on_train_begin(logs),
        on_epoch_begin=lambda epoch, logs: own.on_epoch_begin(epoch, logs),
        on_train_batch_end=lambda batch, logs: own.on_train_batch_end(batch, logs),
        on_train_end=lambda logs: own.on_train_end(logs),
    )
    own.set_model(model)
    model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[passing, Average()])
    left = model.get_weights()
    last = recording.moments[-1]  # asked for at once
    np.testing.assert_array_equal(last.state.kernels(model)["first"][0], left[0])


@pytest.mark.parametrize("together", [2, 4, 5, 10])
def test_batches_that_are_made_together_are_counted_as_the_optimizer_counts_them(together):
    model, recording = made()
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=together)
    diagram = NetworkDiagram(model, X)
    model.fit(
        X, Y, batch_size=10, epochs=2, steps_per_epoch=6, verbose=0, callbacks=[recording.callback(), diagram.live()]
    )
    made_updates = int(model.optimizer.iterations.numpy())
    assert recording.step == recording.moments[-1].step == made_updates
    assert recording.metrics["step"].iloc[-1] == made_updates
    assert diagram.progress.batch == recording.moments[-1].batch


def test_with_accumulated_gradients_a_step_is_a_batch():
    model, recording = made(keras.optimizers.Adam(gradient_accumulation_steps=5))
    fit(model, recording, 2)
    assert recording.step == 10
    assert int(model.optimizer.iterations.numpy()) == 2


class OddLogs(keras.callbacks.Callback):
    """Puts into the logs what others find there."""

    odd: ClassVar = {"vector": np.array([0.5, 0.25]), "words": "fine", "none": None, "grid": np.eye(2), "step": 7.0}

    def on_train_batch_end(self, batch, logs=None):
        logs.update(self.odd)

    def on_epoch_end(self, epoch, logs=None):
        logs.update(self.odd)


def test_vectors_have_a_column_an_element_and_what_is_no_number_is_named_once():
    model, recording = made()
    with pytest.warns(RuntimeWarning) as warned:
        history = model.fit(
            X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[recording.callback(), OddLogs()]
        ).history
    assert len(history["loss"]) == 2
    for table in (recording.metrics, recording.batch_metrics):
        assert table["vector[0]"].tolist() == [0.5] * len(table)
        assert table["vector[1]"].tolist() == [0.25] * len(table)
        assert not {"words", "none", "grid", "vector"} & set(table)
    assert recording.metrics["step"].tolist() == [5, 10]
    own = [str(w.message) for w in warned if w.category is RuntimeWarning]
    assert [words.split("'")[1] for words in own] == ["words", "none", "grid", "step"]
    assert own[2] == (
        "The recording leaves out 'grid' of the logs, an array of shape (2, 2): numbers and vectors of them are kept."
    )
    assert recording.left_out["words"] == "a str"


def test_a_metric_that_is_a_vector_is_recorded_as_fit_measures_it():
    model, recording = made()
    model.compile("adam", "categorical_crossentropy", metrics=[keras.metrics.F1Score()])
    with pytest.warns(RuntimeWarning, match="keeps no gradients any more: ValueError"):  # its y is no longer the loss's
        history = model.fit(
            X, np.eye(3)[Y], batch_size=20, epochs=2, verbose=0, callbacks=[recording.callback()]
        ).history
    assert recording.fault is None
    own = recording.metrics[[f"f1_score[{place}]" for place in range(3)]].to_numpy()
    np.testing.assert_array_equal(own, np.array(history["f1_score"], float))


def test_an_optimizer_of_several_rates_is_recorded_without_one():
    several = keras.optimizers.MultiOptimizer(lambda variable: optimizers["first" in variable.path])
    optimizers = [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.01)]
    model, recording = made(several, every_batches=1)
    fit(model, recording, 1)
    assert recording.step == 5
    assert "learning_rate" not in recording.metrics
    state = everything(model)
    recording.rewind(2)
    recording.rewind(-1)
    assert everything(model) == state


def test_no_warning_in_an_ordinary_run():
    model, recording = made()
    NetworkDiagram(model, X).show_history(recording)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        fit(model, recording, 3)
