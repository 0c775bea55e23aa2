import json
import struct
import threading

import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import unpacked
from nbviz.picture.live_frames import LiveFrames

X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")


def model():
    hidden = layers.Dense(5, activation="relu", name="h")
    return Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")], name="m")


@pytest.fixture
def frames():
    made = LiveFrames(model(), X)
    made.arrange(480.0)
    return made


def header_of(frame):
    (length,) = struct.unpack_from("<I", frame)
    return json.loads(frame[4 : 4 + length])


def test_arranging_makes_a_network_whose_version_its_frames_repeat(frames):
    first = frames.network["version"]
    assert header_of(frames.sent(frames.now()))["version"] == first
    frames.arrange(480.0)
    assert frames.network["version"] == first + 1
    assert header_of(frames.sent(frames.now()))["version"] == first + 1


def test_the_frame_of_a_sample_is_that_of_its_activations_and_nothing_else_changes(frames):
    frame = frames.of_sample(7)
    assert header_of(frame)["sample"] == 7
    assert frames.observation.selected is None
    frames.observation.select(7)
    assert frames.sent(frames.now()) == frame
    expected = frames.model(X[7:8]).numpy()[0]
    shown = dict(frames.now().layers[2].arrays)["a"]
    np.testing.assert_allclose(shown, expected, atol=1e-6)


def test_other_rows_keep_the_sample_where_they_have_it(frames):
    frames.observation.select(3)
    frames.look_at_rows(X[:5])
    assert (frames.observation.selected, frames.observation.count) == (3, 5)
    frames.look_at_rows(X[:2])
    assert frames.observation.selected is None


def test_what_is_observed_is_the_mean_over_the_rows_given_beside_the_sample_shown(frames):
    told = []

    class Observer:
        def take(self, frame, progress):
            told.append((frame, progress))

    observer = Observer()
    frames.tell(observer.take)
    frames.observation.select(2)
    progress = Progress(True, 1, 4, None)
    seen = frames.observe([X[:3]], progress)
    key, header, _ = unpacked(seen.frame)
    assert key == frames.layout.key
    assert (header["sample"], header["sample_name"], header["epoch"], header["batch"]) == (2, "sample 2", 1, 4)
    np.testing.assert_allclose(seen.flow["a", "y"], frames.model(X[:3]).numpy(), atol=1e-6)
    ((frame, of),) = told
    assert (frame.sample, of) == (2, progress)
    del observer
    frames.observe([X[:3]], progress)
    assert len(told) == 1, "who is told is not kept alive"


def test_while_it_trains_fewer_rows_are_looked_at_and_at_rest_all(frames):
    many = LiveFrames(model(), np.repeat(X, 20, axis=0))
    many.arrange(480.0)
    assert many.in_training(Progress(True, 1, 1, None)).sample_name == "mean of 64 of 240 rows"
    assert many.in_training(Progress()).sample_name == "mean of 240 rows"


def test_a_frame_of_weights_alone_is_that_of_these_weights_and_the_model_stays(frames):
    before = [array.copy() for array in frames.model.get_weights()]
    kernels = {name: (2 * kernel, bias) for name, (kernel, bias) in frames.reader.weights().items()}
    layout = {place["key"]: place for place in frames.layout.arrays}
    _, _, payload = unpacked(frames.of_weights(kernels, Progress()))
    place = layout["connection/0/kernel"]
    sent = np.frombuffer(payload, "<f2", 20, place["offset"]).reshape(4, 5)
    np.testing.assert_allclose(sent, 2 * before[0], rtol=1e-3, atol=1e-6)
    for array, same in zip(frames.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, same)


def test_frames_may_be_asked_for_by_several_threads_at_once(frames):
    found = []
    ask = [threading.Thread(target=lambda: found.append(frames.of_sample(5))) for _ in range(4)]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_units": 0}, "max_units as a whole number of at least 1. Received 0"),
        ({"rank": "size"}, "Expected rank among"),
        ({"rank": "contribution"}, "Expected x for rank="),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        LiveFrames(model(), **options)
