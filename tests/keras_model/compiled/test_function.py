"""Compiled functions see the sizes of the data, and say in words what TensorFlow says in graphs."""

import keras
import numpy as np
import pytest
from keras import Input, Model, layers

import nbviz
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model.compiled.function import compiled_if_possible, is_compiled
from nbviz.network.samples import InputSpec

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def by_step():
    keras.utils.set_random_seed(1)
    steps = Input((None, 3))
    each = layers.TimeDistributed(layers.Dense(4, activation="tanh"), name="each")(steps)
    return Model(steps, layers.Dense(2, activation="softmax", name="y")(layers.GlobalAveragePooling1D()(each)))


@pytest.mark.parametrize(("rows", "steps"), [(5, 8), (8, 5), (1, 4)])
def test_open_lengths_are_those_of_the_data(by_step, rows, steps):
    x = RNG.normal(size=(rows, steps, 3)).astype("float32")
    answers = np.asarray(by_step(x))  # `predict` fails at the second length, for the reason told in `compiled`
    found = nbviz.activations(by_step, x)
    kernel, bias = by_step.get_layer("each").get_weights()
    np.testing.assert_allclose(found["each"], np.tanh(x @ kernel + bias), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["y"], answers, rtol=1e-5)
    np.testing.assert_allclose(explained_outputs(by_step, "probability").answers([x]), answers, rtol=1e-5)
    assert nbviz.NetworkDiagram(by_step, x).frames.observation.count == rows


def test_functions_of_a_few_lengths_are_kept_and_no_more():
    function = compiled_if_possible(lambda x: keras.ops.sum(x, axis=1), [InputSpec("x", (None,), "float32")])
    for length in range(1, 20):
        assert np.asarray(function(np.ones((2, length), "float32"))).tolist() == [length, length]
    assert is_compiled(function)
    assert len(function._found) == 8


def test_an_id_of_no_word_is_named():
    entering = Input((2,), dtype="int32")
    model = Model(entering, layers.Dense(1, name="y")(layers.Flatten()(layers.Embedding(10, 4)(entering))))
    for call in (nbviz.activations, nbviz.attributions, nbviz.NetworkDiagram):
        with pytest.raises(ValueError, match=r"^Expected ids from 0 to 9.*Received 12( in row 1)?\.$"):
            call(model, [[1, 2], [1, 12], [3, 4]])


def test_a_word_outside_the_vocabulary_is_named():
    entering = Input((1,), dtype="string")
    lookup = layers.StringLookup(vocabulary=["a", "b"], num_oov_indices=0)
    model = Model(entering, layers.Dense(1, name="y")(layers.Flatten()(layers.Embedding(2, 4)(lookup(entering)))))
    with pytest.raises(ValueError, match=r"^Expected values that a lookup of the model.*Received 'zz'; num_oov"):
        nbviz.activations(model, [["zz"], ["yy"]], "y")


class Eager(Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(10, 4)

    def build(self, input_shape):
        self.words.build(input_shape)

    def call(self, x):
        if float(keras.ops.sum(x)) < 0:  # runs eagerly only
            return x
        return self.words(x)[:, 0]


def test_a_model_that_cannot_be_compiled_says_it_as_plainly():
    model = Eager()
    model.build((None, 2))
    with pytest.raises(ValueError, match=r"^Expected ids from 0 to 9.*Received 12"):
        nbviz.activations(model, [[12, 1]])


def stateful(layer, batch=4):
    keras.utils.set_random_seed(2)
    return keras.Sequential([Input(batch_shape=(batch, 5, 3)), layer, layers.Dense(2, activation="softmax", name="y")])


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.LSTM(6, stateful=True),
        lambda: layers.Bidirectional(layers.GRU(3, stateful=True)),
        lambda: layers.RNN([layers.SimpleRNNCell(3), layers.SimpleRNNCell(2)], stateful=True),
    ],
    ids=["LSTM", "Bidirectional", "stacked cells"],
)
@pytest.mark.parametrize("count", [1, 10])
def test_rows_of_a_stateful_model_go_on_from_the_state_in_which_it_stands(make, count):
    layer = make()
    model = stateful(layer)
    x = RNG.normal(size=(12, 5, 3)).astype("float32")
    model.predict(x, batch_size=4, verbose=0)
    before = [variable.numpy() for variable in model.variables]
    parts = []
    for start in range(0, 12, 4):
        with keras.StatelessScope():
            parts.append(np.asarray(model(x[start : start + 4], training=False)))
    wanted = np.concatenate(parts)[:count]
    np.testing.assert_allclose(nbviz.activations(model, x[:count], "y")["y"], wanted, rtol=1e-5)
    explained = explained_outputs(model, "probability")
    np.testing.assert_allclose(explained.answers([x[:count]]), wanted, rtol=1e-5)
    nbviz.NetworkDiagram(model, x[:count]).show(0)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_a_model_built_for_a_number_of_rows_is_given_that_number():
    entering = Input(batch_shape=(4, 6))
    model = Model(entering, layers.Dense(2, name="y")(keras.ops.reshape(entering, (4, 6)) * 2))
    x = RNG.normal(size=(6, 6)).astype("float32")
    wanted = model.predict(np.concatenate([x, x[:2]]), batch_size=4, verbose=0)[:6]
    np.testing.assert_allclose(nbviz.activations(model, x, "y")["y"], wanted, rtol=1e-5)
    assert nbviz.NetworkDiagram(model, x).frames.observation.count == 6
