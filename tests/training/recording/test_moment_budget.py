"""What is kept where nothing is said: 6 x 5 + 5 weights are 140 bytes, with two slots of each 420."""

import warnings

import keras
import numpy as np
import pytest

from nbviz.training.recording import moment_budget as settled
from nbviz.training.recording.moment_budget import moment_budget
from nbviz.training.recording.recording import Recording


@pytest.fixture(scope="module")
def model():
    """6-5, compiled."""
    made = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5)])
    made.compile("adam", "mse")
    return made


def test_a_small_model_keeps_its_optimizer_within_256_megabytes(model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moment_budget(model, None, None) == (256_000_000, True)
        assert moment_budget(model, 840, None) == (840, True)
        assert moment_budget(model, 280, False) == (280, False)


@pytest.mark.parametrize(("usual", "room"), [(839, 839), (280, 280), (279, 280)])
def test_a_large_model_keeps_weights_alone_and_two_moments_in_any_case(model, monkeypatch, usual, room):
    monkeypatch.setattr(settled, "BUDGET", usual)
    with pytest.warns(UserWarning, match=r"weights alone.*budget=840\) for both"):
        assert moment_budget(model, None, None) == (room, False)
    assert moment_budget(model, None, True) == (840, True)


@pytest.mark.parametrize(("state", "needed"), [(None, 840), (True, 840), (False, 280)])
def test_what_is_asked_for_is_kept_or_refused(model, state, needed):
    with pytest.raises(ValueError, match=f"at least {needed} bytes, two moments of this model. Received {needed - 1}"):
        moment_budget(model, needed - 1, state)


def test_a_recording_of_a_large_model_goes_back_to_its_weights_bitwise(model, monkeypatch):
    monkeypatch.setattr(settled, "BUDGET", 300)
    with pytest.warns(UserWarning, match="weights alone"):
        recording = Recording(model)
    x = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
    before = [weight.tobytes() for weight in model.get_weights()]
    recording.capture()
    model.fit(x, x[:, :5], epochs=2, verbose=0, callbacks=[recording.callback()])
    assert len(recording.moments) == 2
    assert [weight.tobytes() for weight in model.get_weights()] != before
    recording.rewind(0)
    assert [weight.tobytes() for weight in model.get_weights()] == before
