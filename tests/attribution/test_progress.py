"""Who listens is told instead of a bar, in one thread only."""

import threading

import keras
import numpy as np
import pytest

from nbviz import attributions, importance
from nbviz.attribution import request
from nbviz.attribution.progress import current_listener, reported_to

X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(5, activation="relu", name="h")
    return keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(3, activation="softmax")])


def test_the_listener_is_told_rows_done_up_to_all(model, capsys):
    told = []
    with reported_to(lambda done, total: told.append((done, total))):
        importance(model, X, batch_size=100)
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert len(done) > 2
    assert done[-1] == pytest.approx(300)
    assert {total for _, total in told} == {300}
    assert capsys.readouterr().err == ""


def test_what_the_listener_hears_changes_no_number(model):
    with reported_to(lambda done, total: None):
        heard = importance(model, X).strength
    np.testing.assert_array_equal(heard, importance(model, X).strength)


def test_a_listener_that_raises_ends_the_computation_and_the_next_one_works(model):
    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError), reported_to(stop):
        importance(model, X)
    assert current_listener() is None
    assert np.isfinite(importance(model, X).strength).all()


def test_listeners_may_be_nested_and_the_inner_one_is_told():
    outer, inner = (lambda done, total: None), (lambda done, total: None)
    assert current_listener() is None
    with reported_to(outer):
        with reported_to(inner):
            assert current_listener() is inner
        assert current_listener() is outer
    assert current_listener() is None


def test_another_thread_is_not_listened_to(model):
    told, seen = [], []

    def elsewhere():
        seen.append(current_listener())
        attributions(model, X[:10])

    with reported_to(lambda done, total: told.append(done)):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert seen == [None]
    assert told == []


def test_without_a_listener_there_is_a_bar_and_with_one_there_is_none(model, monkeypatch):
    off, real = [], request.tqdm
    monkeypatch.setattr(request, "tqdm", lambda **options: off.append(options["disable"]) or real(**options))
    importance(model, X)
    with reported_to(lambda done, total: None):
        importance(model, X)
    assert off == [False, True]
