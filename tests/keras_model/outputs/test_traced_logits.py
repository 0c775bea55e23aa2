"""Logits are found before softmax or sigmoid, through whatever leaves probabilities what they are."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from nbviz.keras_model import describe
from nbviz.keras_model.outputs.traced_logits import logits_before

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def traced(run, *shape):
    """What `logits_before` says of an answer, while a function is traced."""
    found = []

    @tf.function(input_signature=[tf.TensorSpec((None, *shape))])
    def function(x):
        answer = run(x)
        said = logits_before(answer)
        found.append(None if said is None or said.kind == "linear" else said.kind)
        return answer if said is None or said.logits is None else said.logits()

    return lambda x: (np.asarray(function(x)), found[-1])


ANSWERS = {
    "softmax": (tf.nn.softmax, "softmax"),
    "log softmax": (tf.nn.log_softmax, "softmax"),
    "sigmoid": (tf.sigmoid, "sigmoid"),
    "identity": (lambda x: tf.identity(tf.nn.softmax(x)), "softmax"),
    "half precision": (lambda x: tf.cast(tf.nn.softmax(x), tf.float16), "softmax"),
    "one more axis": (lambda x: tf.nn.softmax(x)[:, None] + 0, None),
    "reshaped": (lambda x: tf.reshape(tf.nn.softmax(x), (-1, 1, 4)), "softmax"),
    "expanded": (lambda x: tf.expand_dims(tf.sigmoid(x), 1), "sigmoid"),
    "turned over and back": (lambda x: tf.transpose(tf.transpose(tf.nn.softmax(x))), "softmax"),
    "cut up": (lambda x: tf.reshape(tf.nn.softmax(x), (-1, 2, 2)), None),
    "linear": (lambda x: x * 2, None),
    "scaled": (lambda x: tf.nn.softmax(x) * 2, None),
    "tanh": (tf.tanh, None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_logits_are_what_enters_softmax_or_sigmoid(name):
    run, kind = ANSWERS[name]
    logits, found = traced(run, 4)(X)
    assert found == kind
    by_hand = X if kind else np.asarray(run(X))
    np.testing.assert_array_equal(logits.reshape(by_hand.shape), by_hand)
    assert logits.shape == tuple(run(X).shape)


def test_logits_have_the_shape_of_the_answer():
    logits, kind = traced(lambda x: tf.reshape(tf.sigmoid(x), (-1, 3, 2)), 2, 3)(np.ones((5, 2, 3), "float32"))
    assert (logits.shape, kind) == ((5, 3, 2), "sigmoid")


# A part of a tensor, and what of x it is the logits of.
PARTS = {
    "last step of a softmax": (lambda x: tf.nn.softmax(x)[:, -1], lambda x: x[:, -1], "softmax"),
    "some labels": (lambda x: tf.gather(tf.sigmoid(x), [3, 0], axis=2), lambda x: x[:, :, [3, 0]], "sigmoid"),
    "half the steps": (lambda x: tf.split(tf.nn.softmax(x), 2, axis=1)[1], lambda x: x[:, 3:], "softmax"),
    "sigmoids joined": (lambda x: tf.concat([tf.sigmoid(x), tf.sigmoid(2 * x)], 2), None, "sigmoid"),
    "two softmax joined": (lambda x: tf.concat([tf.nn.softmax(x), tf.nn.softmax(2 * x)], 2), None, None),
    "another axis last": (lambda x: tf.transpose(tf.nn.softmax(x), (0, 2, 1)), None, None),
    "some classes": (lambda x: tf.nn.softmax(x)[:, :, 1:3], None, None),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_probabilities_have_the_same_parts_of_the_logits(name):
    run, by_hand, kind = PARTS[name]
    x = np.random.default_rng(1).normal(size=(2, 6, 4)).astype("float32")
    logits, found = traced(run, 6, 4)(x)
    assert found == kind
    if by_hand is not None:
        np.testing.assert_array_equal(logits, by_hand(x))
    elif kind == "sigmoid":
        np.testing.assert_array_equal(logits, np.concatenate([x, 2 * x], 2))


MIXTURES = {
    "average": (lambda p, q: (p + q) / 2, "softmax"),
    "weighted": (lambda p, q: 0.3 * p + 0.7 * q, "softmax"),
    "stacked mean": (lambda p, q: tf.reduce_mean(tf.stack([p, q]), 0), "softmax"),
    "clip": (lambda p, q: tf.clip_by_value(p, 1e-7, 1 - 1e-7), "softmax"),
    "clip and over the sum": (
        lambda p, q: (c := tf.clip_by_value(p, 1e-3, 1.0)) / tf.reduce_sum(c, -1, keepdims=True),
        "softmax",
    ),
    "sum": (lambda p, q: p + q, None),
    "weights of 0.7": (lambda p, q: 0.3 * p + 0.4 * q, None),
    "product": (lambda p, q: p * q, None),
    "clipped to a half": (lambda p, q: tf.clip_by_value(p, 0.0, 0.5), None),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_means_and_clips_of_probabilities_are_probabilities(name):
    run, kind = MIXTURES[name]
    assert traced(lambda x: run(tf.nn.softmax(x), tf.nn.softmax(2 * x)), 4)(X)[1] == kind


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_eager_answers_carry_their_logits(activation):
    dense = layers.Dense(3, activation=activation)
    found = logits_before(dense(X))
    kernel, bias = dense.get_weights()
    assert found.kind == activation
    np.testing.assert_allclose(found.logits(), X @ kernel + bias, atol=1e-6)
    assert logits_before(layers.Dense(3)(X)) is None


def test_a_reshape_to_two_open_sizes_is_walked_outside_the_traced_function():
    steps, cells = keras.Input((None, 3)), keras.Input((1, 1, 3))
    assert describe(keras.Model([cells, steps], keras.layers.Average()([cells, steps]))).layers[-1].output == "linear"
