import time
import warnings

import keras
import pytest

from nbviz import NetworkDiagram
from tests.training.recording.small_run import X, Y, everything, fit, made


def test_by_time_the_cost_keeps_moments_apart():
    model, recording = made(every=1e-6)
    fit(model, recording, 60)
    spent = recording.moments[-1].seconds
    # 300 updates; were the time asked for all that counts, there would be as many moments.
    assert 2 <= len(recording.moments) < 100, spent


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
    model, recording = made()
    monkeypatch.setattr(recording, "capture", lambda **_: 1 / 0)
    with pytest.warns(RuntimeWarning, match="The recording has stopped"):
        history = fit(model, recording, 2)
    assert len(history.history["loss"]) == 2


def test_a_run_that_is_interrupted_is_told_to_rest_and_the_next_one_takes_the_state_it_left():
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
    while recording.training and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not recording.training
    assert events[-1] == "progress"
    assert [moment.step for moment in recording.moments] == [0]
    fit(model, recording, 1)
    assert [moment.step for moment in recording.moments] == [0, 3, 8]
    recording.rewind(1)
    assert everything(model) == state


def test_no_warning_in_an_ordinary_run():
    model, recording = made()
    NetworkDiagram(model, X).show_history(recording)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        fit(model, recording, 3)
