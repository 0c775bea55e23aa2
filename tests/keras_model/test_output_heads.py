"""What an output means: logits are found before softmax or sigmoid, or the loss says so."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, layers, losses

from nbviz.keras_model import describe
from nbviz.keras_model.output_heads import kind_by_loss, logits_before, loss_of
from tests.keras_model.models import chain

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


@pytest.mark.parametrize(
    ("loss", "output", "logits"),
    [
        ("mse", "linear", False),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "softmax", True),
        (keras.losses.CategoricalCrossentropy(from_logits=True, name="mine"), "softmax", True),
        (keras.losses.BinaryCrossentropy(from_logits=True, name="mine"), "sigmoid", True),
        (keras.losses.BinaryCrossentropy(), "linear", False),
    ],
)
def test_a_linear_head_trained_from_logits_returns_logits(loss, output, logits):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss)
    assert (describe(model)["y"].output, describe(model)["y"].logits) == (output, logits)


@pytest.mark.parametrize("loss", [keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy])
def test_every_binary_loss_from_logits_makes_a_sigmoid(loss):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss(from_logits=True))
    assert (describe(model)["y"].output, describe(model)["y"].logits) == ("sigmoid", True)


@pytest.mark.parametrize("form", ["list", "by name", "by key"])
def test_with_several_losses_each_output_has_its_own(form):
    x = Input((4,), name="x")
    outputs = [layers.Dense(2, name="price")(x), layers.Dense(3, name="kind")(x)]
    loss = {"price": "mse", "kind": keras.losses.CategoricalCrossentropy(from_logits=True)}
    model = Model(x, dict(zip(("p", "k"), outputs, strict=True)) if form == "by key" else outputs)
    if form == "by key":
        loss = {"p": loss["price"], "k": loss["kind"]}
    model.compile("sgd", list(loss.values()) if form == "list" else loss)
    assert describe(model)["price"].output == "linear"
    assert (describe(model)["kind"].output, describe(model)["kind"].logits) == ("softmax", True)
