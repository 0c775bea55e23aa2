from pathlib import Path

import keras
import numpy as np
import pytest

from nbviz.keras_model.files.model_file import load
from tests.keras_model.files.saved_weights import saved_weights

L = keras.layers
FIXTURES = Path(__file__).parents[2] / "fixtures"


def network(units=(256, 256, 256), names=None, inputs=20):
    names = names or [None] * len(units)
    hidden = [L.Dense(unit, "relu", name=name) for unit, name in zip(units, names, strict=True)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, L.Dense(3, "softmax")])


def test_old_weights_go_into_a_built_model():
    whole = load(FIXTURES / "tf212_mlp_20_256_256_256_3.h5")
    model = network()
    assert load(FIXTURES / "tf212_mlp_weights.h5", model) is model
    x = np.random.default_rng(0).uniform(size=(20, 20))
    np.testing.assert_allclose(model(x), whole(x), rtol=1e-6)
    # What the fixture was trained for.
    logits = (x[:, [2, 11, 17]] - 0.5) @ np.array([[8, -4, -4], [0, 4, -4], [-3, 0, 3]])
    assert (np.argmax(model(x), axis=1) == logits.argmax(axis=1)).mean() > 0.7


KINDS = ["new", "keras", "h5", "old"]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_every_kind_of_file_fill_a_built_model(tmp_path, kind):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(3, 3), L.BatchNormalization(), L.Flatten(), network((5,), inputs=108)]
    )
    model.set_weights([np.random.default_rng(1).normal(size=w.shape) for w in model.get_weights()])
    path = saved_weights(tmp_path, kind, model)
    other = keras.models.clone_model(model)
    assert not same(other.get_weights(), model.get_weights())
    load(path, other)
    assert same(other.get_weights(), model.get_weights())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: network((4, 6)), r"\(20, 4\)|\(4, 6\)|\(4, 5\)"),
        (lambda: network((4,)), "the model has no|has arrays of shapes"),
        (lambda: network((4, 5, 5)), "it has nothing for|has arrays of shapes"),
        (lambda: network((4, 5), inputs=21), r"\(21, 4\)"),
    ],
    ids=["other units", "a layer less", "a layer more", "other inputs"],
)
def test_weights_that_do_not_fit_change_nothing(tmp_path, kind, wrong, words):
    path = saved_weights(tmp_path, kind, network((4, 5)))
    model = wrong()
    model.compile("adam", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match=words) as caught:
        load(path, model)
    assert "The model is as it was" in str(caught.value)
    assert same(before, model.get_weights())


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_the_same_shape_in_another_order_are_not_confused(tmp_path, kind):
    path = saved_weights(tmp_path, kind, network((4, 4, 4), ["a", "b", "c"]))
    with pytest.raises(ValueError, match="its layers are in another order: 'b' where the model has 'c'"):
        load(path, network((4, 4, 4), ["a", "c", "b"]))


@pytest.mark.parametrize("kind", KINDS)
def test_names_that_keras_numbers_anew_in_every_session_do_not_matter(tmp_path, kind):
    model = network((20, 20), ["dense", "dense_1"])
    path = saved_weights(tmp_path, kind, model)
    other = network((20, 20), ["dense_1", "dense_2"])
    load(path, other)
    assert same(other.get_weights(), model.get_weights())


@pytest.mark.parametrize("kind", ["h5", "old"])
def test_layers_of_an_old_file_are_matched_by_name_where_all_names_are_the_same(tmp_path, kind):
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, name="a"), L.Dense(4, name="b")])
    path = saved_weights(tmp_path, kind, model)
    other = keras.Sequential([keras.Input((4,)), L.Dense(4, name="b"), L.Dense(4, name="a")])
    load(path, other)
    assert same(other.get_layer("a").get_weights(), model.get_layer("a").get_weights())
    assert same(other.get_layer("b").get_weights(), model.get_layer("b").get_weights())


def test_a_failure_in_the_middle_puts_everything_back(tmp_path, monkeypatch):
    path = saved_weights(tmp_path, "old", network((4, 5)))
    model = network((4, 5))
    before = model.get_weights()
    last = model.weights[-1]
    assign, calls = type(last).assign, []

    def failing(self, value):
        calls.append(self)
        if self is last and len(calls) <= len(model.weights):
            raise RuntimeError("no memory")
        return assign(self, value)

    monkeypatch.setattr(type(last), "assign", failing)
    with pytest.raises(RuntimeError, match="no memory"):
        load(path, model)
    monkeypatch.undo()
    assert len(calls) > len(before)
    assert same(before, model.get_weights())


def test_the_optimizer_of_the_model_is_left_alone(tmp_path):
    model = network((4,))
    model.compile("adam", "mse")
    model.fit(np.ones((4, 20)), np.ones((4, 3)), verbose=0)
    path = saved_weights(tmp_path, "new", model)
    other = network((4,))
    other.compile("adam", "mse")
    other.fit(np.ones((8, 20)), np.zeros((8, 3)), batch_size=2, verbose=0)
    before = [np.array(variable) for variable in other.optimizer.variables]
    load(path, other)
    assert same(other.get_weights(), model.get_weights())
    assert same(before, [np.array(variable) for variable in other.optimizer.variables])
