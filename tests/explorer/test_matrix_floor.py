"""The noise floor in an explorer's matrix: worked out on demand, of the model as it is, or why there is none."""

import threading

import numpy as np
import pytest
from keras import Sequential, layers

import nbviz
from nbviz import explore
from nbviz.attribution.checks.no_floor import NoFloorError
from nbviz.attribution.checks.noise_floor import NoiseFloorRun
from tests.explorer.small_classifier import LONG, X, Y, front_end, mlp

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def press(matrix, wanted=True):
    matrix._receive(matrix, {"type": "floor", "value": wanted}, [])


def test_pressed_it_is_the_floor_of_these_rows_and_goes_once_the_model_has_changed(own):
    model, explorer = own
    matrix = explorer.matrix
    told = []
    matrix.observe(lambda change: told.append(change["new"]), "floor_progress")
    assert matrix.floor == "offered"
    plain = explorer.importance
    press(matrix)
    assert matrix.floor == "running"
    assert explorer.wait(LONG)
    assert (matrix.floor, matrix.floor_words) == ("known", "")
    assert told[-1] == 1.0
    floor = nbviz.noise_floor(model, X, Y)
    np.testing.assert_allclose(explorer.importance.noise_floor, floor, rtol=1e-5)
    # Shares of what exceeds it, in the table that is sent and in what a notebook keeps of it.
    excess = np.maximum(plain.strength - floor, 0)
    shares = excess / np.where(excess.sum(axis=0) > 0, excess.sum(axis=0), 1)
    above = matrix.tables[""]["above"]
    sent = np.frombuffer(matrix.numbers, "<f4", 12, matrix.tables[""]["offset"] + above["offset"]).reshape(4, 3)
    np.testing.assert_allclose(sent, shares, atol=1e-5)
    np.testing.assert_allclose(explorer.importance.to_frame(above_floor=True), shares, atol=1e-5)
    assert "shares of what exceeds the noise floor" in explorer.picture_html()
    assert "trained on the 40 rows explored" in explorer.picture_html()
    front_end(matrix, above_floor=False)
    assert "shares of what exceeds the noise floor" not in explorer.picture_html()

    # Of another method there is none; back at the first it is still that of this model.
    front_end(matrix, method="gradient")
    assert explorer.wait(LONG)
    assert (matrix.floor, explorer.importance.noise_floor) == ("offered", None)
    front_end(matrix, method="expected_gradients")
    assert explorer.wait(LONG)
    np.testing.assert_allclose(explorer.importance.noise_floor, floor, rtol=1e-5)
    model.layers[0].kernel.assign_add(np.full((4, 8), 0.1, "float32"))
    assert explorer.wait(LONG)
    assert (matrix.floor, explorer.importance.noise_floor, matrix.tables[""]["above"]) == ("offered", None, None)


@pytest.fixture
def halting(monkeypatch):
    """A floor that goes on for ever, unless somebody who listens ends it; tells when it has begun and ended."""
    begun, ended = threading.Event(), threading.Event()

    def work_out(_run):
        from nbviz.attribution.progress import current_listener

        begun.set()
        try:
            while True:
                current_listener()(1, 100)
        finally:
            ended.set()

    monkeypatch.setattr(NoiseFloorRun, "work_out", work_out)
    return begun, ended


@pytest.mark.parametrize("by", ["stop", "train", "change", "close"])
def test_stop_training_a_change_of_the_model_and_closing_end_it(own, halting, by):
    model, explorer = own
    begun, ended = halting
    explorer.measure_noise_floor()
    assert begun.wait(LONG)
    assert not ended.is_set()
    if by == "stop":
        press(explorer.matrix, wanted=False)
    elif by == "train":
        explorer.training.trainer.step("epoch")
    elif by == "change":
        model.layers[0].kernel.assign_add(np.full((4, 8), 0.1, "float32"))
        explorer.diagram.update()
    else:
        explorer.close()
    assert ended.wait(LONG)
    if by != "close":
        assert explorer.training.trainer.wait(LONG)
        assert explorer.wait(LONG)
        assert (explorer.matrix.floor, explorer.importance.noise_floor) == ("offered", None)


def frozen_columns():
    """Puts its columns into another shape, which doubled they would not fit."""
    return Sequential([layers.Input((4,)), layers.Reshape((2, 2)), layers.Flatten(), layers.Dense(3, "softmax")])


@pytest.mark.parametrize(
    ("made", "rows", "words"),
    [
        (lambda: mlp(), (X, None), "No noise floor: it needs y, since a copy of the model is trained for it."),
        (lambda: mlp(), (X[:9], Y[:9]), "No noise floor: 10 rows are needed at the least"),
        (frozen_columns, (X.to_numpy(), Y), "takes no other number of columns"),
    ],
)
def test_where_there_is_none_the_matrix_says_why_and_python_too(made, rows, words):
    explorer = explore(made(), *rows)
    press(explorer.matrix)
    assert words in explorer.matrix.floor_words
    assert explorer.matrix.floor == "offered"
    with pytest.raises(NoFloorError):
        explorer.measure_noise_floor()
    assert explorer.wait(LONG)
    assert explorer.error is None


def test_images_have_none(of_images):
    press(of_images.matrix)
    assert of_images.matrix.floor_words == "No noise floor: it is that of single columns, not of regions of a picture."
    of_images.matrix.floor_words = ""


def test_a_copy_that_cannot_be_trained_is_told_in_words_of_ours(own, monkeypatch):
    _, explorer = own
    monkeypatch.setattr(NoiseFloorRun, "work_out", lambda _: np.log(object()))
    press(explorer.matrix)
    assert explorer.wait(LONG)
    assert explorer.matrix.floor_words == "No noise floor: a copy of the model could not be trained (TypeError)."
    assert explorer.matrix.floor == "offered"


def test_while_the_model_trains_there_is_none(own):
    _, explorer = own
    explorer._panels.tables.give_up()  # as when a training begins
    press(explorer.matrix)
    assert explorer.matrix.floor_words == "No noise floor: the model is being trained; once it pauses there can be one."
    explorer.update()
    assert explorer.wait(LONG)
    assert explorer.matrix.floor_words == ""
