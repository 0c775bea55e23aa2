import json
import struct

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.training.recording.recording import Recording
from tests.training.recording.small_run import X, Y, everything, fit, made


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


def test_capture_replaces_a_moment_of_the_same_step():
    model, recording = made()
    recording.capture()
    model.set_weights([np.zeros_like(array) for array in model.get_weights()])
    recording.capture(step=0)
    (moment,) = recording.moments
    assert not moment.state.kernels(model)["first"][0].any()


def test_in_a_loop_of_ones_own_the_optimizer_counts_the_steps():
    model, recording = made()
    states = []
    for epoch in range(3):
        for batch in range(4):
            model.train_on_batch(X[20 * batch :][:20], Y[20 * batch :][:20])
        recording.capture(epoch=epoch + 1, batch=4)
        states.append(everything(model))
    assert [(m.step, m.epoch, m.batch) for m in recording.moments] == [(4, 1, 4), (8, 2, 4), (12, 3, 4)]
    assert (recording.step, recording.epoch, recording.batch) == (12, 3, 4)
    recording.rewind(1)
    assert everything(model) == states[1]
    model.train_on_batch(X[:20], Y[:20])
    recording.capture(epoch=3, batch=1)
    assert [m.step for m in recording.moments] == [4, 8, 9]


def test_in_a_loop_with_an_optimizer_of_its_own_each_capture_of_new_weights_is_a_step_or_as_told():
    model, recording = made()
    recording.capture()
    for _ in range(2):
        model.layers[0].kernel.assign_add(np.ones((6, 8)))
        recording.capture()
    assert [m.step for m in recording.moments] == [0, 1, 2]
    recording.capture()
    assert [m.step for m in recording.moments] == [0, 1, 2]
    assert recording.capture(step=40, epoch=2).step == recording.step == 40
    with pytest.raises(ValueError, match=r"Expected step as a whole number from 40, the present one. Received 39"):
        recording.capture(step=39)
    assert recording.step == 40


def test_after_a_recorded_fit_an_edit_by_hand_is_no_step():
    model, recording = made()
    fit(model, recording, 1)
    model.layers[0].kernel.assign_add(np.ones((6, 8)))
    recording.capture()
    assert recording.moments[-1].step == recording.step == 5
    recording.rewind(0)
    recording.rewind(-1)
    fit(model, recording, 1)
    assert recording.step == 10


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
        ({"every": "fast"}, "Expected every from 0 to inf"),
        ({"budget": 1e9}, "Expected budget as a whole number"),
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
        exact = recording.moments[index].state.kernels(model)["last"][0]
        np.testing.assert_allclose(sent, exact, rtol=1e-3, atol=1e-6)


def test_what_a_cell_prints_of_it_fits_a_line():
    model, recording = made(every_batches=1)
    assert repr(recording) == "Recording(model 'm': 0 moments, at step 0, epoch 0, batch 0)"
    fit(model, recording, 2)
    moment = recording.rewind(3)
    assert repr(moment).startswith("Moment(step 3, epoch 1, batch 3; accuracy ")
    assert repr(recording) == "Recording(model 'm': 11 moments, at step 3, epoch 1, batch 3)"
    fit(model, recording, 1)
    shown = [*recording.moments, moment.state, recording.branches[0], recording.probe, recording.contents()]
    assert all(len(repr(each)) < 160 and "array" not in repr(each) for each in [*shown, recording.callback()])


def test_what_is_no_diagram_is_refused_by_its_kind():
    model, _ = made()
    with pytest.raises(TypeError, match=r"Expected a diagram of the model 'm'\. Received str; make a NetworkDiagram"):
        Recording(model, diagram="x")
    with pytest.raises(TypeError, match="Received Sequential"):
        Recording(model, diagram=model)


def test_the_encoder_of_an_autoencoder_that_is_trained_is_recorded_and_drawn():
    encoder = Sequential([Input((6,)), layers.Dense(2, activation="tanh")], name="encoder")
    decoder = Sequential([Input((2,)), layers.Dense(6)], name="decoder")
    whole = Sequential([Input((6,)), encoder, decoder])
    whole.compile("adam", "mse")
    recording, diagram = Recording(encoder, X, every_batches=1), NetworkDiagram(encoder, X)
    whole.fit(X, X, batch_size=20, epochs=2, verbose=0, callbacks=[recording.callback(), diagram.live()])
    assert recording.step == 10
    assert recording.moments[-1].state.is_of(encoder)
    assert not recording.moments[0].state.is_of(encoder)
    decoder.compile("adam", "mse")
    with pytest.raises(ValueError, match=r"fit of the recorded model, 'encoder'\. Received that of 'decoder'"):
        decoder.fit(np.zeros((4, 2)), np.zeros((4, 6)), verbose=0, callbacks=[recording.callback()])
