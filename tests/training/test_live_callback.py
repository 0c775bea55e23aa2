import contextlib
import threading
import time

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from tests.sent_frames import present_frame


class Raise(keras.callbacks.Callback):
    """Ends a fit the hard way, after some batches."""

    def __init__(self, error, batch=3):
        super().__init__()
        self.error, self.batch = error, batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            raise self.error


class Slow(keras.callbacks.Callback):
    """Makes batches take their time, and calls back."""

    def __init__(self, seconds, then=lambda batch: None):
        super().__init__()
        self.seconds, self.then = seconds, then

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(self.seconds)
        self.then(batch)


@pytest.fixture
def model():
    model = Sequential(
        [Input((4,), name="x"), layers.Dense(6, activation="relu", name="h"), layers.Dense(3, "softmax", name="y")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(64, 4)).astype("float32")


@pytest.fixture
def y():
    return np.random.default_rng(1).integers(0, 3, 64)


@pytest.fixture
def diagram(model, x):
    return NetworkDiagram(model, x)


def is_last_state(diagram):
    header, arrays = present_frame(diagram)
    kernels = [layer.get_weights()[0] for layer in diagram.model.layers]
    same = all(np.array_equal(arrays[f"connection/{i}/kernel"], kernel) for i, kernel in enumerate(kernels))
    return same and not header["training"]


def watchers():
    return [thread for thread in threading.enumerate() if thread.name == "nbviz-live"]


def eventually(claim, seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if claim():
            return True
        time.sleep(0.02)
    return claim()


@pytest.fixture(autouse=True)
def nobody_watches_afterwards():
    yield
    assert eventually(lambda: not watchers(), 60), "a watching thread is left after the end"


def test_after_fit_the_frame_holds_the_models_weights_and_training_is_over(diagram, x, y):
    before = diagram.model.get_weights()
    diagram.model.fit(x, y, batch_size=8, epochs=2, verbose=0, callbacks=[diagram.live()])
    assert is_last_state(diagram)
    assert not np.array_equal(diagram.model.get_weights()[0], before[0])
    header, arrays = present_frame(diagram)
    assert (header["epoch"], header["batch"]) == (2, 8)
    assert header["updates_per_second"] is None
    answers = keras.ops.convert_to_numpy(diagram.model(x)).mean(axis=0)
    assert arrays["layer/y/a"] == pytest.approx(answers, abs=1e-6)


def test_the_weights_of_a_watched_fit_are_those_of_an_unwatched_one(model, x, y):
    weights = model.get_weights()
    keras.utils.set_random_seed(5)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    unwatched = model.get_weights()
    twin = keras.models.clone_model(model)
    twin.set_weights(weights)
    twin.compile("adam", "sparse_categorical_crossentropy")
    diagram = NetworkDiagram(twin, x)
    keras.utils.set_random_seed(5)
    twin.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=[diagram.live(), Slow(0.03)])
    for ours, theirs in zip(twin.get_weights(), unwatched, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("error", [ValueError("from another callback"), KeyboardInterrupt()])
@pytest.mark.parametrize("ours_first", [True, False])
def test_a_fit_that_is_interrupted_or_raises_leaves_the_last_state(diagram, x, y, error, ours_first):
    callbacks = [diagram.live(), Raise(error)]
    with pytest.raises(type(error)):
        diagram.model.fit(
            x, y, batch_size=8, epochs=2, verbose=0, callbacks=callbacks if ours_first else callbacks[::-1]
        )
    assert eventually(lambda: is_last_state(diagram), 60)


def test_the_end_is_noticed_when_nobody_keeps_the_traceback(diagram, x, y):
    # The frames of fit are freed then, and what comes after may get their addresses.
    for _ in range(5):
        with contextlib.suppress(ValueError):
            diagram.model.fit(x, y, batch_size=8, verbose=0, callbacks=[diagram.live(), Raise(ValueError())])
        assert eventually(lambda: is_last_state(diagram), 60)
        assert eventually(lambda: not watchers(), 60)


def test_an_error_in_the_first_hook_of_another_callback_leaves_the_last_state(diagram, x, y):
    class RaiseAtOnce(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise ValueError("in the first hook")

    with pytest.raises(ValueError, match="in the first hook"):
        diagram.model.fit(x, y, verbose=0, callbacks=[diagram.live(), RaiseAtOnce()])
    assert eventually(lambda: is_last_state(diagram), 60)


@pytest.mark.parametrize("error", [None, ValueError("in the thread")])
def test_a_fit_in_another_thread_leaves_the_last_state(diagram, x, y, error):
    caught = []

    def fit():
        try:
            diagram.model.fit(
                x, y, batch_size=8, verbose=0, callbacks=[diagram.live(), *([Raise(error)] if error else [])]
            )
        except ValueError as raised:
            caught.append(raised)

    thread = threading.Thread(target=fit)
    thread.start()
    thread.join()
    assert len(caught) == bool(error)
    assert eventually(lambda: is_last_state(diagram), 60)


def test_a_callback_serves_a_second_fit_after_an_interrupted_one(diagram, x, y):
    live = diagram.live()
    with pytest.raises(KeyboardInterrupt):
        diagram.model.fit(x, y, batch_size=8, verbose=0, callbacks=[live, Raise(KeyboardInterrupt())])
    diagram.model.fit(x, y, batch_size=32, epochs=3, verbose=0, callbacks=[live])
    assert is_last_state(diagram)
    header, _ = present_frame(diagram)
    assert (header["epoch"], header["batch"]) == (3, 2)


def test_while_training_the_picture_moves_and_says_so(diagram, x, y):
    seen = []
    diagram.observe(lambda change: seen.append(present_frame(diagram)), "frame")
    times = [time.perf_counter()]

    def note(batch):
        times.append(time.perf_counter())
        # A slow machine has fewer pictures in the same time.
        diagram.model.stop_training = len(seen) > 8

    diagram.model.fit(x, y, batch_size=2, epochs=100, verbose=0, callbacks=[diagram.live(), Slow(0.03, note)])
    during = [(header, arrays) for header, arrays in seen if header["training"]]
    assert len(during) >= 4
    places = [(header["epoch"], header["batch"]) for header, _ in during]
    assert places == sorted(places)
    assert not np.array_equal(during[1][1]["connection/0/kernel"], during[-1][1]["connection/0/kernel"])
    # No slower than half the slowest batch, no faster than batches that take 0.03 s.
    slowest = 1 / np.diff(times).max()
    assert slowest / 2 < during[-1][0]["updates_per_second"] < 34


def test_at_most_fifteen_pictures_a_second(diagram, x, y, monkeypatch):
    monkeypatch.setattr("nbviz.training.live_callback.SHARE_OF_TIME", 1.0)  # as if pictures cost nothing
    times = []
    diagram.observe(lambda change: times.append(time.perf_counter()), "frame")
    live = diagram.live(every=1e-9)
    diagram.model.fit(x, y, batch_size=1, epochs=12, verbose=0, callbacks=[live, Slow(0.001)])
    seconds = times[-1] - times[0]
    assert seconds > 0.5
    # The first and the last picture come whatever the time.
    assert len(times) - 2 <= seconds * 15 + 1


def test_pictures_come_as_rarely_as_asked_for(diagram, x, y):
    times = []
    diagram.observe(lambda change: times.append(time.perf_counter()), "frame")
    diagram.model.fit(x, y, batch_size=1, verbose=0, callbacks=[diagram.live(every=1000), Slow(0.01)])
    assert len(times) <= 3


def test_a_state_that_was_skipped_is_shown_while_a_long_batch_runs(diagram, x, y):
    shown = []

    def compare(batch):
        if batch == 1:  # the first batches come at once, and the picture of the second is skipped
            kernel = diagram.model.layers[0].get_weights()[0]
            shown.append(eventually(lambda: (present_frame(diagram)[1]["connection/0/kernel"] == kernel).all(), 60))

    diagram.model.fit(x, y, batch_size=16, verbose=0, callbacks=[diagram.live(), Slow(0, compare)])
    assert shown == [True]


def test_the_model_of_another_diagram_is_refused(diagram, x, y):
    other = keras.models.clone_model(diagram.model)
    other.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"Expected fit of the diagram's own model.*make a NetworkDiagram"):
        other.fit(x, y, verbose=0, callbacks=[diagram.live()])


@pytest.mark.parametrize("every", [0, -1, float("nan")])
def test_a_period_that_is_not_positive_is_refused(diagram, every):
    with pytest.raises(ValueError, match="Expected every as seconds above 0"):
        diagram.live(every=every)


@pytest.mark.parametrize("method", ["publish", "update"])
def test_a_diagram_that_fails_never_stops_fit(diagram, x, y, monkeypatch, method):
    def fail(*_):
        raise RuntimeError("no screen")

    monkeypatch.setattr(diagram, method, fail)
    with pytest.warns(RuntimeWarning, match=r"The live diagram has stopped: RuntimeError\('no screen'\)") as warned:
        history = diagram.model.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=[diagram.live(), Slow(0.02)])
    assert len(history.history["loss"]) == 3
    assert len([w for w in warned if "live diagram" in str(w.message)]) == 1
    assert diagram.fault == (
        "The live diagram has stopped: RuntimeError('no screen'). Training goes on. "
        "The picture shows an earlier state; update() shows the present one."
    )
    monkeypatch.undo()
    assert diagram.update().fault is None


def test_new_rows_given_to_live_colour_the_units(diagram, x, y):
    new = x[:5] + 10
    diagram.model.fit(x, y, verbose=0, callbacks=[diagram.live(new)])
    header, arrays = present_frame(diagram)
    assert header["sample_name"] == "mean of 5 rows"
    assert arrays["layer/x/value"] == pytest.approx(new.mean(axis=0), abs=1e-5)


def test_rows_of_the_wrong_shape_given_to_live_change_nothing(diagram):
    before = diagram.frame
    with pytest.raises(ValueError, match="Expected x of shape"):
        diagram.live(np.zeros((3, 5)))
    assert diagram.frame == before


def test_a_sample_can_be_shown_from_another_thread_while_training(diagram, x, y):
    failed = []

    def slide():
        try:
            for index in range(30):
                diagram.selected_sample = index
                time.sleep(0.01)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=slide)
    thread.start()
    diagram.model.fit(x, y, batch_size=2, epochs=2, verbose=0, callbacks=[diagram.live(), Slow(0.005)])
    thread.join()
    assert failed == []
    assert present_frame(diagram)[0]["sample"] == 29
    assert is_last_state(diagram)


def test_layers_added_since_are_drawn_when_fit_begins(diagram, x, y):
    diagram.model.pop()
    diagram.model.add(layers.Dense(3, activation="softmax", name="new"))
    diagram.model.compile("adam", "sparse_categorical_crossentropy")
    diagram.model.fit(x, y, verbose=0, callbacks=[diagram.live()])
    assert [layer["name"] for layer in diagram.network["layers"]] == ["x", "h", "new"]
    assert is_last_state(diagram)
