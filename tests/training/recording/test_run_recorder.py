import keras
import numpy as np
import pytest

from tests.training.recording.small_run import X, Y, fit, made


def test_moments_know_their_step_epoch_and_batch():
    model, recording = made(every_batches=3)
    fit(model, recording, 2)
    assert [(m.step, m.epoch, m.batch) for m in recording.moments] == [
        (0, 0, 0),
        (3, 1, 3),
        (6, 2, 1),
        (9, 2, 4),
        (10, 2, 5),
    ]
    assert recording.steps_per_epoch == 5
    seconds = [m.seconds for m in recording.moments]
    assert seconds == sorted(seconds)


def test_metrics_are_those_that_fit_gives_with_the_learning_rate():
    model, recording = made()
    history = fit(model, recording, 3, validation_data=(X[:30], Y[:30])).history
    table = recording.metrics
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["step"].tolist() == [5, 10, 15]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(table[name], history[name], rtol=1e-6)
    np.testing.assert_allclose(table["learning_rate"], 0.01, rtol=1e-6)
    batches = recording.batch_metrics
    assert batches["step"].tolist() == list(range(1, 16))
    assert batches["batch"].tolist() == [1, 2, 3, 4, 5] * 3
    # The running mean over all batches of an epoch is what the epoch tells.
    np.testing.assert_allclose(batches["loss"][batches["batch"] == 5], history["loss"], rtol=1e-5)


def test_a_second_fit_counts_on():
    model, recording = made()
    fit(model, recording, 2)
    fit(model, recording, 2)
    assert recording.metrics["epoch"].tolist() == [1, 2, 3, 4]
    assert recording.step == 20
    assert recording.moments[-1].epoch == 4


def test_epochs_of_a_fit_that_names_the_first_one_are_those_it_names():
    model, recording = made()
    fit(model, recording, 2)
    fit(model, recording, 4, initial_epoch=2)
    assert recording.metrics["epoch"].tolist() == [1, 2, 3, 4]


def test_several_steps_in_one_execution_are_counted_one_by_one():
    model, recording = made(every_batches=1)
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=5)
    fit(model, recording, 2)
    assert recording.step == 10
    assert recording.moments[-1].batch == 5


def test_the_batch_at_which_the_loss_is_no_longer_finite_is_told():
    model, recording = made(keras.optimizers.SGD(0.01), every=1000.0)

    class Poison(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 3:
                self.model.get_layer("last").bias.assign([np.nan, 0, 0])

    model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[Poison(), recording.callback()])
    loss = recording.findings[0]
    assert (loss.kind, loss.layer, loss.step, loss.epoch, loss.batch) == ("nan", None, 4, 1, 4)
    assert loss.text == "the loss is NaN since batch 4 (epoch 1, batch 4)"
    assert [moment.step for moment in recording.moments] == [0, 4, 5, 10]  # and the ends of both epochs
    assert {finding.layer for finding in recording.findings} >= {"last"}
    assert recording.events[0]["kind"] == "health"
    assert recording.events[0]["step"] == 4


def test_dead_units_are_told_with_the_moment_at_which_they_were_first_seen():
    model, recording = made(every_batches=5)
    fit(model, recording, 1)
    assert recording.findings == []
    bias = model.get_layer("first").bias
    bias.assign(np.where(np.arange(8) < 2, -1e4, bias.numpy()))
    fit(model, recording, 2)
    (finding,) = recording.findings
    assert finding.text == "first: 25 % dead ReLU since epoch 2"
    assert (finding.kind, finding.units, finding.step) == ("dead", (0, 1), 10)
    assert {"step": 10, "kind": "health", "text": "2 of 8 units dead"} in recording.events
    recording.rewind(1)
    fit(model, recording, 1)
    assert recording.findings == []


def test_the_timeline_flags_the_best_validation_and_changes_of_the_learning_rate():
    model, recording = made(every_batches=5)

    class Slower(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.optimizer.learning_rate = 0.001

    model.fit(
        X, Y, batch_size=20, epochs=4, verbose=0, validation_data=(X[:30], Y[:30]),
        callbacks=[Slower(), recording.callback()],
    )  # fmt: skip
    best = int(recording.metrics["val_loss"].argmin())
    assert {"step": 5 * (best + 1), "kind": "best", "text": "best validation"} in recording.events
    assert {"step": 15, "kind": "rate", "text": "rate 0.01 → 0.001"} in recording.events


def test_a_listener_that_raises_is_dropped_and_training_goes_on():
    model, recording = made()
    told = []

    def fails(event):
        told.append(event)
        raise RuntimeError("broken chart")

    recording.listen(fails)
    with pytest.warns(RuntimeWarning, match="broken chart"):
        fit(model, recording, 2)
    assert len(told) == 1
    assert recording.step == 10


def test_a_listener_that_has_left_is_told_no_more():
    model, recording = made()
    told = []
    leave = recording.listen(told.append)
    leave()
    leave()
    fit(model, recording, 1)
    assert told == []
