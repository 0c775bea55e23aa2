import json
import struct
import time
import warnings

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.training.recording.recording import Recording

X = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 100)


def made(optimizer=None, **options):
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(8, activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.4, name="drop"),
            layers.Dense(3, activation="softmax", name="last"),
        ],
        name="m",
    )
    model.compile(optimizer or keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, Recording(model, X, Y, **options)


def fit(model, recording, epochs=2, **options):
    options = {"batch_size": 20, "shuffle": False, "verbose": 0} | options
    return model.fit(X, Y, epochs=epochs, callbacks=[recording.callback()], **options)


def everything(model):
    return [v.numpy().tobytes() for v in [*model.variables, *model.optimizer.variables]]


class Keep(keras.callbacks.Callback):
    """Keeps the state of a model after each batch, on its own."""

    def __init__(self):
        super().__init__()
        self.after = []

    def on_train_batch_end(self, batch, logs=None):
        self.after.append(everything(self.model))


def test_rewinding_puts_back_each_moment_bitwise_dropout_batch_normalization_and_adam_included():
    model, recording = made(every_batches=1)
    keep = Keep()
    model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[keep, recording.callback()])
    assert [moment.step for moment in recording.moments] == list(range(11))
    for step in (3, 10, 1, 7):
        assert recording.rewind(step).step == step
        assert everything(model) == keep.after[step - 1]


def test_rewinding_to_before_training_trains_to_bitwise_the_same_weights():
    model, recording = made()
    fit(model, recording, 3)
    first = everything(model)
    recording.rewind(0)
    fit(model, recording, 3)
    assert everything(model) == first


def test_training_on_from_the_middle_with_the_same_batches_gives_bitwise_the_same_weights():
    model, recording = made(every_batches=1)
    fit(model, recording, 2)
    first = everything(model)
    recording.rewind(5)
    fit(model, recording, 1)
    assert everything(model) == first
    assert recording.step == 10


def test_recording_does_not_change_what_training_gives():
    def train(record):
        keras.utils.set_random_seed(3)
        model, recording = made(every_batches=2)
        history = model.fit(
            X, Y, batch_size=20, epochs=3, verbose=0, callbacks=[recording.callback()] if record else []
        )
        return history.history, everything(model)

    assert train(True) == train(False)


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


def test_what_comes_after_a_rewind_stays_until_training_goes_on_and_is_then_a_branch():
    model, recording = made(every_batches=1)
    fit(model, recording, 2, validation_data=(X[:30], Y[:30]))
    metrics, batches = recording.metrics, recording.batch_metrics
    recording.rewind(5)
    assert len(recording.moments) == 11
    assert len(recording.metrics) == 2
    events = []
    recording.listen(events.append)
    fit(model, recording, 1)
    assert events.index("cut") < events.index("moment")
    assert [m.step for m in recording.moments] == list(range(11))
    assert recording.metrics["epoch"].tolist() == [1, 2]
    (branch,) = recording.branches
    assert branch.step == 5
    assert branch.metrics.equals(metrics.iloc[1:].reset_index(drop=True))
    assert branch.batch_metrics.equals(batches.iloc[5:].reset_index(drop=True))


def test_looking_at_an_earlier_moment_and_returning_to_the_last_leaves_no_branch():
    model, recording = made(every_batches=1)
    fit(model, recording, 1)
    recording.rewind(2)
    recording.rewind(-1)
    fit(model, recording, 1)
    assert recording.branches == ()
    assert recording.step == 10


def test_moment_at_is_the_latest_at_or_before_a_step():
    model, recording = made(every_batches=4)
    with pytest.raises(ValueError, match="Expected a recording with moments"):
        recording.moment_at(0)
    fit(model, recording, 2)
    assert [recording.moment_at(step).step for step in (-1, 0, 3, 4, 9, 10, 99)] == [0, 0, 0, 4, 8, 10, 10]


def test_under_a_budget_the_first_and_the_last_moment_stay():
    model, recording = made(every_batches=1)
    fit(model, recording, 1)
    size = recording.moments[-1].nbytes
    model, recording = made(every_batches=1, budget=12 * size)
    events, most = [], []
    recording.listen(events.append)
    recording.listen(lambda event: most.append(recording.nbytes))
    fit(model, recording, 10)
    last = everything(model)
    assert max(most) <= 12 * size
    assert "thinned" in events
    assert recording.moments[0].step == 0
    assert recording.moments[-1].step == 50
    assert 6 <= len(recording.moments) <= 12
    recording.rewind(-1)
    assert everything(model) == last


def test_by_time_the_cost_keeps_moments_apart():
    model, recording = made(every=1e-6)
    fit(model, recording, 60)
    spent = recording.moments[-1].seconds
    # 300 updates; were the time asked for all that counts, there would be as many moments.
    assert 2 <= len(recording.moments) < 100, spent


def test_activations_and_gradients_are_quantiles_of_the_probe():
    model, recording = made()
    moment = recording.capture()
    values = keras.Model(model.inputs, model.get_layer("first").output)(X).numpy()
    np.testing.assert_allclose(moment.activations["first"], np.quantile(values, np.linspace(0, 1, 65)), atol=1e-5)
    assert set(moment.activations) == {"first", "last"}
    assert set(moment.gradients) == {"first", "last"}
    assert [part.shape for part in moment.gradients["last"]] == [(65,), (65,)]
    assert moment.nbytes == moment.state.nbytes + len(moment.frame) + 4 * 65 * (2 + 4)


def test_the_probe_is_drawn_with_the_seed_rows_and_answers_together():
    model, _ = made()
    x = np.arange(6000, dtype="float32").reshape(1000, 6)
    first, again, other = (Recording(model, x, np.arange(1000) % 3, seed=seed).probe for seed in (0, 0, 1))
    assert len(first.rows) == len(first.x[0]) == len(first.y) == 256
    np.testing.assert_array_equal(first.rows, again.rows)
    assert (first.rows != other.rows).any()
    np.testing.assert_array_equal(first.x[0][:, 0], first.rows * 6)
    np.testing.assert_array_equal(first.y, first.rows % 3)


def test_without_x_there_are_no_activations_and_no_gradients():
    model, _ = made()
    recording = Recording(model)
    moment = recording.capture()
    assert moment.activations == {}
    assert moment.gradients == {}
    assert recording.probe is None
    diagram = NetworkDiagram(model, X)
    assert set(Recording(model, diagram=diagram).capture().activations) == {"first", "last"}


def test_capture_replaces_a_moment_of_the_same_step():
    model, recording = made()
    recording.capture()
    model.set_weights([np.zeros_like(array) for array in model.get_weights()])
    recording.capture()
    (moment,) = recording.moments
    assert not moment.state.kernels()["first"][0].any()


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
    assert [moment.step for moment in recording.moments] == [0, 4, 10]
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


def test_a_model_that_has_other_layers_now_is_not_rewound():
    model, recording = made()
    fit(model, recording, 1)
    model.pop()
    before = [array.tobytes() for array in model.get_weights()]
    with pytest.raises(ValueError, match="Expected the variables that were recorded"):
        recording.rewind(0)
    assert [array.tobytes() for array in model.get_weights()] == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "Expected every as seconds above 0"),
        ({"every_batches": 0}, "Expected every_batches as a whole number"),
        ({"every_batches": 1.5}, "Expected every_batches as a whole number"),
        ({"budget": 100}, "Expected a budget of at least 2,"),
        ({"y": Y[:5]}, "Expected y with as many rows as x, 100. Received 5 rows"),
        ({"x": X[:, :4]}, r"Expected x of shape \(n, 6\)"),
        ({"x": None}, "Expected x along with y"),
    ],
)
def test_bad_input_is_refused(options, message):
    model, _ = made()
    with pytest.raises(ValueError, match=message):
        Recording(model, **({"x": X, "y": Y} | options))


def test_another_models_diagram_and_fit_are_refused():
    model, recording = made()
    other, _ = made()
    with pytest.raises(ValueError, match="Expected a diagram of the model"):
        Recording(model, diagram=NetworkDiagram(other))
    with pytest.raises(ValueError, match="Expected fit of the recorded model"):
        fit(other, recording)
    bare = Sequential([Input((6,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="Expected a compiled model along with y"):
        Recording(bare, X, Y)
    with pytest.raises(IndexError, match=r"Expected a moment from 0 to -1. Received 0"):
        recording.rewind(0)


def header_of(history):
    (length,) = struct.unpack_from("<I", history)
    return json.loads(history[4 : 4 + length]), history[4 + length :]


def test_a_diagram_shows_the_whole_history_once_training_ends():
    model, recording = made(every_batches=1)
    diagram = NetworkDiagram(model, X).show_history(recording)
    fit(model, recording, 2)
    header, payload = header_of(diagram.history)
    assert [moment["step"] for moment in header["moments"]] == list(range(11))
    assert [moment["label"] for moment in header["moments"]][:6] == [
        "before training", "epoch 1, batch 1", "epoch 1, batch 2", "epoch 1, batch 3", "epoch 1, batch 4", "epoch 1",
    ]  # fmt: skip
    assert len(payload) == 11 * header["stride"]
    assert header["version"] == diagram.network["version"]
    kernel = next(array for array in header["arrays"] if array["key"] == "connection/1/kernel")
    assert kernel["dtype"] == "f2"
    for index in (0, 4, 10):
        start = index * header["stride"] + kernel["offset"]
        sent = np.frombuffer(payload, "<f2", 24, start).reshape(8, 3)
        exact = recording.moments[index].state.kernels()["last"][0]
        np.testing.assert_allclose(sent, exact, rtol=1e-3, atol=1e-6)


def test_no_warning_in_an_ordinary_run():
    model, recording = made()
    NetworkDiagram(model, X).show_history(recording)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        fit(model, recording, 3)
