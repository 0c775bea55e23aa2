"""A copy of a model at a recorded moment answers as the model did then."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from nbviz.training.model_of_state import model_of_state
from nbviz.training.model_state import ModelState

X = np.random.default_rng(0).normal([3, -50, 1000], [1, 10, 200], (40, 3)).astype("float32")
IDS = np.random.default_rng(1).integers(10, 15, (40, 4))
TEXT = np.array([["good film"], ["bad film"], ["awful film"], ["great"]] * 10)


def scaled():
    scale = layers.Normalization()
    scale.adapt(X)
    return X, [scale]


def scaled_inside():
    scale = layers.Normalization()
    scale.adapt(X)
    return X, [keras.Sequential([keras.Input((3,)), scale, layers.Dense(4)])]


def in_buckets():
    buckets = layers.Discretization(num_bins=4, output_mode="int")
    buckets.adapt(X)
    return X, [buckets, layers.Embedding(5, 2), layers.Flatten()]


def looked_up():
    lookup = layers.IntegerLookup()
    lookup.adapt(IDS)
    return IDS, [lookup, layers.Embedding(lookup.vocabulary_size(), 3), layers.Flatten()]


def text():
    words = layers.TextVectorization(output_sequence_length=3)
    words.adapt(TEXT)
    return tf.constant(TEXT), [words, layers.Embedding(words.vocabulary_size(), 2), layers.Flatten()]


def weighed_text():
    words = layers.TextVectorization(output_mode="tf_idf")
    words.adapt(TEXT)
    return tf.constant(TEXT), [words]


def low_rank():
    dense = layers.Dense(4)
    dense.build((None, 3))
    dense.enable_lora(2)
    return X, [dense]


MADE = (scaled, scaled_inside, in_buckets, looked_up, text, weighed_text, low_rank)


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_a_copy_answers_as_the_model_did_at_that_moment(made):
    keras.utils.set_random_seed(0)
    x, first = made()
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype.name), *first, layers.Dense(2)])
    early, said = ModelState.take(model), model.predict(x, verbose=0)
    for variable in model.trainable_variables:
        variable.assign_add(np.full(variable.shape, 0.3))
    late, said_late = ModelState.take(model), model.predict(x, verbose=0)
    rows = [np.asarray(x)[:2]]
    np.testing.assert_allclose(model_of_state(model, early, rows).predict(x, verbose=0), said, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model_of_state(model, late, rows).predict(x, verbose=0), said_late, rtol=1e-5, atol=1e-5)
    assert ModelState.take(model).is_of(model)
    assert late.is_of(model)


class Shift(layers.Layer):
    """Adds a number that stands in no variable and in no config."""

    by = 0.0

    def call(self, x):
        return x + self.by


def test_a_model_whose_copy_answers_otherwise_is_refused_with_the_way_out():
    shift = Shift()
    shift.by = 5.0
    model = keras.Sequential([keras.Input((3,)), shift, layers.Dense(2)])
    with pytest.raises(ValueError, match=r"whose clone answers as it does.*save it at both moments and compare"):
        model_of_state(model, ModelState.take(model), [X[:2]])


def test_a_model_that_draws_at_random_has_a_copy():
    class Noisy(layers.Layer):
        def call(self, x):
            return x + keras.random.normal((2,))

    model = keras.Sequential([keras.Input((3,)), layers.Dense(2), Noisy()])
    copy = model_of_state(model, ModelState.take(model), [X[:2]])
    np.testing.assert_array_equal(copy.layers[0].get_weights()[0], model.layers[0].get_weights()[0])
