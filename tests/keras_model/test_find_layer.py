import keras
import numpy as np
import pytest

from nbviz.keras_model.find_layer import every_layer, find_layer, layers_inside

L = keras.layers


class Own(keras.Model):
    """A subclassed model."""

    def __init__(self):
        super().__init__(name="own")
        self.look = L.Dense(3, name="look")

    def call(self, x):
        return self.look(x)


class Pair(L.Layer):
    """A layer made of layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.second = L.Dense(2, name="first"), L.Dense(2, name="second")

    def call(self, x):
        return self.second(self.first(x))


def nested():
    """A model inside, and a wrapper inside that."""
    inner = keras.Sequential(
        [keras.Input((6, 2)), L.TimeDistributed(L.Dense(3, name="each"), name="timed"), L.Flatten(name="flat")],
        name="inner",
    )
    outer = keras.Input((6, 2), name="x")
    return keras.Model(outer, L.Dense(2, name="head")(inner(outer)), name="outer")


def test_a_layer_is_named_by_its_path_its_index_or_itself():
    model = nested()
    inner = model.get_layer("inner")
    timed = inner.layers[0]
    assert find_layer(model, "head").layer is find_layer(model, -1).layer is find_layer(model, np.int64(2)).layer
    assert find_layer(model, "inner/timed").layer is find_layer(model, timed).layer is timed
    assert find_layer(model, "inner/timed/each").layer is find_layer(model, timed.layer).layer is timed.layer


@pytest.mark.parametrize(
    ("path", "home", "member"),
    [
        ("inner", "outer", "inner"),
        ("inner/timed", "inner", "timed"),
        ("inner/timed/each", "inner", "timed"),
        ("head", "outer", "head"),
    ],
)
def test_a_layers_home_is_the_innermost_model_around_it_and_its_member_the_layer_there(path, home, member):
    found = find_layer(nested(), path)
    assert (found.path, found.home.name, found.member.name) == (path, home, member)


def test_each_layer_comes_before_those_inside_it():
    assert [found.path for found in every_layer(nested())] == [
        "x",
        "inner",
        "inner/timed",
        "inner/timed/each",
        "inner/flat",
        "head",
    ]


def test_a_shared_layer_comes_once_where_it_is_first():
    shared = L.Dense(4, name="shared")
    inner = keras.Sequential([keras.Input((4,)), shared], name="inner")
    x = keras.Input((4,), name="x")
    model = keras.Model(x, L.Add(name="sum")([inner(x), shared(x)]))
    paths = [found.path for found in every_layer(model)]
    assert sorted(path.rpartition("/")[2] for path in paths) == ["inner", "shared", "sum", "x"]


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (L.Bidirectional(L.LSTM(2, name="lstm")), ["forward_lstm", "backward_lstm"]),
        (L.TimeDistributed(L.Dense(2, name="each")), ["each"]),
        (Pair(), ["first", "second"]),
        (L.Dense(2), []),
    ],
)
def test_what_is_inside_a_layer(layer, names):
    assert [inner.name for inner in layers_inside(layer)] == names


def test_layers_of_a_subclassed_model_are_found():
    model = Own()
    model(np.zeros((1, 2)))
    found = find_layer(model, "look")
    assert found.layer is model.look
    assert found.home is model


@pytest.mark.parametrize(
    ("layer", "error", "words"),
    [
        ("no", ValueError, "Expected a layer among 'input"),
        ("conv2d/no", ValueError, "Received 'conv2d/no'"),
        ("", ValueError, "Received ''"),
        (5, IndexError, "Expected layer from 0 to 1"),
        (True, TypeError, "Received bool"),
        (1.5, TypeError, "Received float"),
        (None, TypeError, "Received NoneType"),
        (L.Conv2D(2, 3, name="stranger"), ValueError, "not part of it"),
    ],
)
def test_a_layer_that_is_not_there_is_refused(layer, error, words):
    inputs = keras.Input((5, 5, 1))
    model = keras.Model(inputs, L.Conv2D(2, 3)(inputs))
    with pytest.raises(error, match=words):
        find_layer(model, layer)


def test_of_many_layers_forty_are_told():
    model = keras.Sequential([keras.Input((1,)), *[L.Dense(1, name=f"d{place}") for place in range(42)]])
    with pytest.raises(ValueError, match=r"'d39', and 2 more\. Received 'no'"):
        find_layer(model, "no")
