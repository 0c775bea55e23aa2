"""Whatever goes wrong in a callback of ours, `fit` goes on, its end is seen, and it is told."""

import copy
import threading
import time
import warnings

import keras
import numpy as np
import pytest

from nbviz.training.watching_callback import WatchingCallback

X, Y = np.ones((12, 2), "float32"), np.ones((12, 1), "float32")
STEPS = ("_begin", "_epoch_begins", "_batch_done", "_epoch_done", "_end", "_tick", "_gone")
PATIENCE = 60  # s


class Watching(WatchingCallback):
    """Writes down what it is told, and fails where it is told to."""

    subject, thread_name, period = "The test", "nbviz test", 0.01

    def __init__(self, fails=()):
        super().__init__()
        self.fails, self.told, self.faults = fails, [], []

    def _note(self, step, *what):
        self.told.append((step, *what))
        if step in self.fails:
            raise RuntimeError(f"in {step}")

    def _begin(self, fit):
        self._note("_begin", fit.is_keras)

    def _epoch_begins(self, epoch):
        self._note("_epoch_begins", epoch)
        return 0

    def _batch_done(self, batch, logs):
        self._note("_batch_done", batch)

    def _epoch_done(self, logs):
        self._note("_epoch_done")

    def _end(self):
        self._note("_end")

    def _tick(self):
        if self.fails == ("_tick",):
            self._note("_tick")

    def _gone(self, fit):
        self._note("_gone")
        return True

    def _failed(self, fault):
        self.faults.append(fault)


def compiled(**options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


def fit(callbacks, **options):
    model = compiled(**options)
    return model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=callbacks).history


def eventually(claim):
    end = time.monotonic() + PATIENCE
    while not claim() and time.monotonic() < end:
        time.sleep(0.01)
    return claim()


@pytest.fixture(autouse=True)
def threads():
    """Errors of threads; none is left at the end."""
    failed, before = [], threading.excepthook
    threading.excepthook = failed.append
    yield failed
    threading.excepthook = before
    assert eventually(lambda: not [t for t in threading.enumerate() if t.name == Watching.thread_name])
    assert failed == []


class Waiting(keras.callbacks.Callback):
    """Gives a watching thread the time to look."""

    def on_epoch_end(self, epoch, logs=None):
        time.sleep(0.1)


def test_it_is_told_of_a_run_from_begin_to_end():
    watching = Watching()
    fit([watching])
    epoch = [("_batch_done", 1), ("_batch_done", 2), ("_batch_done", 3), ("_epoch_done",)]
    assert watching.told == [("_begin", True), ("_epoch_begins", 0), *epoch, ("_epoch_begins", 1), *epoch, ("_end",)]


@pytest.mark.parametrize("step", STEPS[:-1])
def test_an_error_stops_it_alone_and_is_told_once(step):
    watching = Watching((step,))
    with pytest.warns(RuntimeWarning) as warned:
        history = fit([watching, Waiting()])
    assert len(history["loss"]) == 2
    words = f"The test has stopped: RuntimeError('in {step}'). Training goes on."
    assert watching.faults == [watching.fault] == [words]
    assert [str(w.message) for w in warned if w.category is RuntimeWarning] == [words]
    assert [what[0] for what in watching.told].count(step) == 1


def test_all_hooks_of_keras_that_it_has_are_fenced():
    watching = Watching(STEPS)
    own = [name for name in vars(WatchingCallback) if name.startswith("on_")]
    assert own == ["on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end"]
    given = {"on_epoch_begin": (0,), "on_train_batch_end": (0,), "on_epoch_end": (0,)}
    for name in own:  # without a model, without params, from nowhere
        watching.fault = None
        with pytest.warns(RuntimeWarning, match="The test has stopped"):
            getattr(watching, name)(*given.get(name, ()))


def test_after_a_fault_the_next_run_is_followed_again():
    watching = Watching(("_batch_done",))
    with pytest.warns(RuntimeWarning):
        fit([watching])
    watching.fails, watching.told = (), []
    fit([watching])
    assert watching.fault is None
    assert len(watching.told) == 12


def test_where_warnings_are_errors_fit_goes_on(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ticking = Watching(("_tick",))
        history = fit([Watching(("_begin",)), ticking, Waiting()])
        assert eventually(lambda: ticking.fault is not None)
    assert len(history["loss"]) == 2
    told = capsys.readouterr().err
    assert "in _begin" in told
    assert "in _tick" in told


def test_an_error_that_cannot_be_told_is_named_by_its_type():
    class Silent(Exception):
        def __repr__(self):
            raise RuntimeError

    class Fails(Watching):
        def _begin(self, fit):
            raise Silent

        def _failed(self, fault):
            raise RuntimeError("no widget")

    with pytest.warns(RuntimeWarning, match="The test has stopped: Silent"):
        fit([Fails()])


class Last(keras.callbacks.Callback):
    """Notes that it was called."""

    def __init__(self, order, name):
        super().__init__()
        self.order, self.name = order, name

    def on_epoch_end(self, epoch, logs=None):
        self.order.append(self.name)


def test_it_is_called_after_all_others_whose_order_stays():
    order, watching = [], Watching()
    watching._epoch_done = lambda logs: order.append("ours")
    fit([Last(order, "a"), watching, Last(order, "b"), Last(order, "c")])
    assert order == ["a", "b", "c", "ours"] * 2


def test_all_others_are_told_of_the_begin_though_it_moves():
    begun = []
    others = [keras.callbacks.LambdaCallback(on_train_begin=lambda logs, i=i: begun.append(i)) for i in range(4)]
    fit([others[0], Watching(), others[1], Watching(), others[2], others[3]])
    assert begun == [0, 1, 2, 3]


class Passing(keras.callbacks.Callback):
    """Passes all hooks on to another callback."""

    def __init__(self, inner):
        super().__init__()
        for name in ("set_model", "set_params", *(name for name in dir(inner) if name.startswith("on_"))):
            setattr(self, name, getattr(inner, name))


def test_one_that_cannot_go_last_looks_again_once_fit_is_gone():
    watching = Watching()
    fit([Passing(watching), Last([], "after")])
    assert ("_end",) in watching.told
    assert eventually(lambda: watching.told[-1] == ("_gone",))


def test_a_fit_that_ends_without_a_word_is_noticed():
    watching = Watching()

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit([watching, Interrupt()])
    assert eventually(lambda: watching.told[-1] == ("_gone",))


def test_a_loop_of_ones_own_tells_it_through_a_list_of_callbacks():
    watching, order = Watching(), []
    model = compiled()
    callbacks = keras.callbacks.CallbackList([watching, Last(order, "a")], model=model, epochs=1, steps=2)
    watching._epoch_done = lambda logs: order.append("ours")
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    for batch in range(2):
        callbacks.on_train_batch_end(batch, model.train_on_batch(X, Y, return_dict=True))
    callbacks.on_epoch_end(0)
    callbacks.on_train_end()
    assert watching.told == [
        ("_begin", False), ("_epoch_begins", 0), ("_batch_done", 1), ("_batch_done", 2), ("_end",),
    ]  # fmt: skip
    assert order == ["a", "ours"]


@pytest.mark.parametrize("together", [2, 3, 5])
def test_batches_that_are_made_together_are_counted_as_they_were_made(together):
    watching = Watching()
    fit([watching], steps_per_execution=together)
    last = [what[1] for what in watching.told if what[0] == "_batch_done"]
    assert last == {2: [2, 3], 3: [3], 5: [3]}[together] * 2


def test_a_copy_follows_runs_by_itself():
    watching = Watching(("_end",))
    twin = copy.deepcopy(watching)
    with pytest.warns(RuntimeWarning):
        fit([watching])
    assert twin.fault is None
    assert repr(twin) == "Watching(idle)"
    assert repr(watching).startswith("Watching(The test has stopped")
