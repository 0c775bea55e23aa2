import gc
import json
import struct
import threading
import time
import weakref

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.keras_model import ModelReader
from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import unpacked
from nbviz.training.model_state import ModelState
from nbviz.training.recording.recording import Recording
from nbviz.widgets.network_diagram import history_sender as shown_history

X = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 100)


def made(units=8, max_units=16, **options):
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(units, activation="relu", name="first"),
            layers.Dense(3, activation="softmax", name="last"),
        ],
        name="m",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    diagram = NetworkDiagram(model, X, max_units=max_units)
    recording = Recording(model, X, Y, diagram=diagram, **({"every_batches": 1} | options))
    return model, diagram, recording


def fit(model, recording, epochs=1):
    model.fit(X, Y, batch_size=20, epochs=epochs, verbose=0, callbacks=[recording.callback()])


def header_of(history):
    if not history:
        return {"moments": [], "version": None}
    (length,) = struct.unpack_from("<I", history)
    return json.loads(history[4 : 4 + length])


def steps_of(diagram):
    return [moment["step"] for moment in header_of(diagram.history)["moments"]]


class Browser:
    """Keeps a history as the front end does: the trait, and the moments that come after it."""

    def __init__(self, diagram):
        self.steps, self.asked, self.payloads = steps_of(diagram), 0, []
        self.diagram = diagram
        diagram.observe(lambda change: setattr(self, "steps", steps_of(diagram)), "history")
        diagram.send = self.receive

    def receive(self, content, buffers=None):
        if content["type"] != "moment":
            return
        if content["count"] != len(self.steps) + 1:
            self.asked += 1
            return
        self.steps.append(content["moment"]["step"])
        self.payloads += buffers


def test_while_training_moments_come_one_by_one_and_complete_the_history():
    model, diagram, recording = made()
    diagram.show_history(recording)
    browser = Browser(diagram)
    seen = []
    recording.listen(lambda event: seen.append((event, len(browser.steps), len(recording.moments))))
    fit(model, recording, 2)
    assert all(sent == there for event, sent, there in seen if event == "moment")
    assert browser.asked == 0
    assert len(browser.payloads) >= 9
    assert browser.steps == list(range(11))
    assert {len(payload) for payload in browser.payloads} == {header_of(diagram.history)["stride"]}


def test_the_history_is_sent_as_a_whole_when_no_moment_has_come_for_a_while(monkeypatch):
    monkeypatch.setattr(shown_history, "AT_REST", 0.05)
    _, diagram, recording = made()
    diagram.show_history(recording)
    recording.capture()
    recording.updated(1, {"loss": 1.0})
    recording.capture()
    assert steps_of(diagram) == [0]
    deadline = time.monotonic() + 10
    while steps_of(diagram) != [0, 1] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert steps_of(diagram) == [0, 1]


def test_a_history_that_waits_to_be_sent_keeps_no_recording_alive(monkeypatch):
    monkeypatch.setattr(shown_history, "AT_REST", 1000.0)
    model, diagram, recording = made()
    diagram.show_history(recording)
    recording.capture()
    recording.updated(1, {"loss": 1.0})
    recording.capture()
    assert [thread for thread in threading.enumerate() if thread.name == "nbviz history"]
    stop = diagram._history._stop_timer
    gone = weakref.ref(recording)
    del model, diagram, recording
    gc.collect()
    assert gone() is None
    stop.set()


def test_a_browser_that_missed_a_moment_gets_the_history_anew():
    _, diagram, recording = made()
    diagram.show_history(recording)
    recording.capture()
    recording.updated(1, {"loss": 1.0})
    recording.capture()
    assert steps_of(diagram) == [0]
    diagram._handle_custom_msg({"type": "history"}, [])
    assert steps_of(diagram) == [0, 1]
    sent = []
    diagram.send_state = lambda key=None: sent.append(key)
    diagram._handle_custom_msg({"type": "history"}, [])  # what it was sent it could not read
    assert sent == ["history"]


def test_cutting_and_thinning_send_the_history_anew():
    model, diagram, recording = made()
    diagram.show_history(recording)
    fit(model, recording, 1)
    recording.cut(3)
    assert steps_of(diagram) == [0, 1, 2, 3]
    size = recording.moments[-1].nbytes
    recording.budget = 6 * size
    browser = Browser(diagram)
    fit(model, recording, 4)
    assert browser.steps == [moment.step for moment in recording.moments]
    assert browser.asked == 0


def test_the_browser_gets_no_more_moments_than_it_has_room_for(monkeypatch):
    monkeypatch.setattr(shown_history, "MOST_MOMENTS", 6)
    model, diagram, recording = made()
    diagram.show_history(recording)
    browser = Browser(diagram)
    most = []
    recording.listen(lambda event: most.append(len(browser.steps)))
    fit(model, recording, 4)
    assert len(recording.moments) == 21
    assert max(most) <= 6
    assert browser.steps[0] == 0
    assert browser.steps[-1] == 20
    assert browser.asked == 0


def test_other_units_in_the_picture_make_the_history_anew_from_the_weights():
    model, diagram, recording = made(units=40, max_units=4)
    diagram.show_history(recording)
    fit(model, recording, 1)
    before = header_of(diagram.history)
    hidden = next(unit for unit in range(40) if unit not in diagram.network["layers"][1]["candidates"])
    diagram.selected_unit = diagram.unit_id("first", hidden)
    after = header_of(diagram.history)
    assert after["version"] == diagram.network["version"] == before["version"] + 1
    assert [moment["step"] for moment in after["moments"]] == [moment["step"] for moment in before["moments"]]
    place = diagram.network["layers"][1]["candidates"].index(hidden)
    kernel = next(array for array in after["arrays"] if array["key"] == "connection/0/kernel")
    (length,) = struct.unpack_from("<I", diagram.history)
    start = 4 + length + 2 * after["stride"] + kernel["offset"]
    sent = np.frombuffer(diagram.history, "<f2", 6 * kernel["shape"][1], start).reshape(kernel["shape"])
    exact = recording.moments[2].state.kernels(model)["first"][0][:, hidden]
    np.testing.assert_allclose(sent[:, place], exact, rtol=1e-3, atol=1e-6)


def test_the_live_picture_follows_a_run_that_only_the_recording_watches():
    model, diagram, recording = made()
    diagram.show_history(recording)
    fit(model, recording, 1)
    (length,) = struct.unpack_from("<I", diagram.frame)
    header = json.loads(diagram.frame[4 : 4 + length])
    assert (header["training"], header["epoch"], header["batch"]) == (False, 1, 5)


def test_rewinding_shows_the_rewound_weights_as_the_live_ones():
    model, diagram, recording = made()
    diagram.show_history(recording)
    fit(model, recording, 2)
    after = diagram.frame
    assert header_of(diagram.history)["live_step"] is None
    recording.rewind(0)
    assert header_of(diagram.history)["live_step"] == 0
    assert diagram.frame != after
    kernel = next(array for array in diagram.network["arrays"] if array["key"] == "connection/1/kernel")
    (length,) = struct.unpack_from("<I", diagram.frame)
    sent = np.frombuffer(diagram.frame, "<f4", 24, 4 + length + kernel["offset"]).reshape(8, 3)
    np.testing.assert_array_equal(sent, recording.moments[0].state.kernels(model)["last"][0])
    assert steps_of(diagram) == list(range(11))
    fit(model, recording)
    assert header_of(diagram.history)["live_step"] is None


def test_a_history_that_is_no_longer_shown_is_gone_and_follows_no_more():
    model, diagram, recording = made()
    diagram.show_history(recording)
    fit(model, recording, 1)
    diagram.shown_frame = 2
    diagram.show_history(None)
    assert diagram.history == b""
    assert diagram.shown_frame is None
    fit(model, recording, 1)
    assert diagram.history == b""


def test_another_models_recording_is_refused_and_the_history_stays():
    model, diagram, recording = made()
    diagram.show_history(recording)
    fit(model, recording, 1)
    before = diagram.history
    with pytest.raises(ValueError, match="Expected a recording of the model 'm'"):
        diagram.show_history(made()[2])
    assert diagram.history == before


def test_a_diagram_made_before_the_run_is_drawn_anew_when_its_history_is_shown():
    model, diagram, recording = made()
    before = diagram.frame
    fit(model, recording)
    assert diagram.frame == before
    diagram.show_history(recording)
    assert diagram.frame == NetworkDiagram(model, X).frame != before


def test_an_earlier_state_of_convolutions_is_drawn_from_all_their_kernels():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2), name="x"),
            keras.layers.Conv2D(3, 1, name="plain"),
            keras.layers.SeparableConv2D(4, 3, name="separable"),
            keras.layers.Flatten(),
            keras.layers.Dense(2, name="y"),
        ]
    )
    diagram = NetworkDiagram(model)
    state = ModelState.take(model, optimizer=False)
    before = ModelReader(model).channel_weights()
    for weight in model.weights:
        weight.assign(weight * 3 + 1)
    then = diagram.frames.reader.channel_weights(state.drawn_kernels(model))
    for name in ("plain", "separable", "y"):
        np.testing.assert_array_equal(then.slices[name].norms, before.slices[name].norms)
        assert not np.allclose(diagram.frames.reader.channel_weights().slices[name].norms, before.slices[name].norms)
    _, header, _ = unpacked(diagram.frames.of_weights(state.drawn_kernels(model), Progress()))
    assert header["badges"] == []
