"""What an output means: logits are found before softmax or sigmoid, or the loss says so."""

import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, layers, losses

from nbviz.keras_model.output_heads import kind_by_loss, logits_before, loss_of

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def traced(run, *shape):
    """What `logits_before` says of an answer, while a function is traced."""
    found = []

    @tf.function(input_signature=[tf.TensorSpec((None, *shape))])
    def function(x):
        answer = run(x)
        said = logits_before(answer)
        found.append(None if said is None else said[1])
        return answer if said is None else said[0]

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


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_eager_answers_carry_their_logits(activation):
    dense = layers.Dense(3, activation=activation)
    logits, kind = logits_before(dense(X))
    kernel, bias = dense.get_weights()
    assert kind == activation
    np.testing.assert_allclose(logits, X @ kernel + bias, atol=1e-6)
    assert logits_before(layers.Dense(3)(X)) is None


LOSSES = {
    losses.CategoricalCrossentropy(from_logits=True): "softmax",
    losses.SparseCategoricalCrossentropy(from_logits=True): "softmax",
    losses.BinaryCrossentropy(from_logits=True): "sigmoid",
    losses.BinaryFocalCrossentropy(from_logits=True): "sigmoid",
    losses.CategoricalCrossentropy(): "linear",
    losses.MeanSquaredError(): "linear",
    "sparse_categorical_crossentropy": "linear",
    None: "linear",
}


@pytest.mark.parametrize(
    "loss", LOSSES, ids=[f"{getattr(loss, 'name', loss)} {place}" for place, loss in enumerate(LOSSES)]
)
def test_numbers_are_logits_only_where_the_loss_says_so(loss):
    assert kind_by_loss(loss) == LOSSES[loss]


def test_each_output_has_its_own_loss():
    x = Input((4,))
    kind, size = layers.Dense(3, name="kind")(x), layers.Dense(1, name="size")(x)
    says = losses.SparseCategoricalCrossentropy(from_logits=True)
    by_order, by_name = Model(x, [size, kind]), Model(x, {"size": size, "kind": kind})
    by_order.compile(loss=["mse", says])
    assert [loss_of(by_order, tensor) for tensor in by_order.outputs] == ["mse", says]
    by_order.compile(loss={"kind": says, "size": "mse"})
    assert [loss_of(by_order, tensor) for tensor in by_order.outputs] == ["mse", says]
    by_name.compile(loss={"kind": says})
    assert [loss_of(by_name, tensor) for tensor in by_name.outputs] == [says, None]
