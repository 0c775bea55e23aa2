"""The columns of outputs: logits centred or not, or probabilities, however the head is written."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Sequential, layers

from nbviz import attributions, importance, layer_importance
from nbviz.attribution.outputs import explained_outputs

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


HEADS = {
    "dense": lambda: [layers.Dense(3, activation="softmax")],
    "softmax layer": lambda: [layers.Dense(3), layers.Softmax()],
    "activation layer": lambda: [layers.Dense(3), layers.Activation("softmax")],
    "log softmax": lambda: [layers.Dense(3, activation="log_softmax")],
    "lambda": lambda: [layers.Dense(3), layers.Lambda(keras.ops.softmax)],
    "model inside": lambda: [Sequential([Input((4,)), layers.Dense(3, activation="softmax")])],
    "dropout after it": lambda: [layers.Dense(3, activation="softmax"), layers.Dropout(0.2)],
    "dropout before it": lambda: [layers.Dense(3), layers.Dropout(0.2), layers.Softmax()],
    "half precision": lambda: [layers.Dense(3, activation="softmax", dtype="mixed_float16")],
    "flattened": lambda: [layers.Dense(3, activation="softmax"), layers.Reshape((1, 3)), layers.Flatten()],
}


@pytest.mark.parametrize("name", HEADS)
def test_however_softmax_is_written_the_logits_are_explained(name):
    model = Sequential([Input((4,)), *HEADS[name]()])
    (kernel,) = [weights for weights in model.get_weights() if weights.ndim == 2]
    (head,) = explained_outputs(model).heads
    assert (head.kind, head.classes, head.positions) == ("softmax", 3, False)
    by_hand = kernel - kernel.mean(axis=1, keepdims=True)
    found = attributions(model, X, method="gradient")
    np.testing.assert_allclose(found, np.broadcast_to(by_hand, found.shape), atol=2e-3 if "half" in name else 1e-6)


def test_a_softmax_over_another_axis_is_no_head_of_classes():
    model = Sequential([Input((2, 3)), layers.Softmax(axis=1)])
    assert explained_outputs(model).heads[0].kind == "linear"


@pytest.mark.parametrize(
    ("output", "by_hand"),
    [
        ("raw_logit", lambda z: z),
        ("logit", lambda z: z - z.mean(axis=1, keepdims=True)),
        ("probability", lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
    ],
)
def test_an_output_is_what_was_asked_for(output, by_hand):
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    kernel, _ = model.get_weights()
    np.testing.assert_allclose(explained_outputs(model, output).answers([X]), by_hand(X @ kernel), atol=1e-6)


def test_a_single_sigmoid_is_not_centred():
    model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
    kernel, _ = model.get_weights()
    np.testing.assert_allclose(explained_outputs(model).answers([X]), X @ kernel, atol=1e-6)
    by_hand = 1 / (1 + np.exp(-X @ kernel))
    np.testing.assert_allclose(explained_outputs(model, "probability").answers([X]), by_hand, atol=1e-6)


def test_an_output_with_many_positions_is_the_mean_over_them():
    model = Sequential([Input((5, 4)), layers.Dense(3, activation="softmax")])
    kernel, _ = model.get_weights()
    x = np.random.default_rng(0).normal(size=(6, 5, 4)).astype("float32")
    (head,) = explained_outputs(model, "raw_logit").heads
    assert (head.classes, head.positions) == (3, True)
    found = explained_outputs(model, "raw_logit").answers([x])
    np.testing.assert_allclose(found, (x @ kernel).mean(axis=1), atol=1e-6)


REGION = np.zeros((4, 5), bool)
REGION[1:3, :2] = True


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_a_region_of_an_output_is_explained_by_the_mean_over_its_positions_alone(activation):
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Conv2D(3, 3, padding="same", activation="tanh")
    model = keras.Sequential([keras.Input((4, 5, 1)), hidden, keras.layers.Conv2D(2, 1, activation=activation)])
    x = np.random.default_rng(0).normal(size=(6, 4, 5, 1)).astype("float32")
    with tf.GradientTape() as tape:
        points = tf.Variable(x)
        answers = tf.math.log(model(points)) if activation else model(points)
        if activation:
            answers -= tf.reduce_mean(answers, axis=-1, keepdims=True)
        # Each position by its place: rows 1 and 2, columns 0 and 1.
        mean = (answers[:, 1, 0] + answers[:, 1, 1] + answers[:, 2, 0] + answers[:, 2, 1]) / 4
        second = mean[:, 1]
    expected = x * tape.gradient(second, points).numpy()
    asked = {"method": "gradient_x_input", "output_region": REGION, "seed": 0}
    found = attributions(model, x, **asked)
    np.testing.assert_allclose(found[..., 1], expected, atol=1e-5)
    table = importance(model, x, groups={"all": list(range(20))}, **asked)
    np.testing.assert_allclose(table.strength[0, 1], np.abs(expected.sum(axis=(1, 2, 3))).mean(), atol=1e-5)
    assert table.attrs["positions"] == "mean over 4 of 20 positions"
    whole = attributions(model, x, method="gradient_x_input")
    assert np.abs(whole - found).max() > 1e-3
    layers_found = layer_importance(model, x, output_region=REGION)
    with tf.GradientTape() as tape:
        maps = tf.Variable(hidden(x))
        answers = model.layers[-1](maps)
        answers = (
            tf.math.log(answers) - tf.reduce_mean(tf.math.log(answers), -1, keepdims=True) if activation else answers
        )
        second = tf.reduce_mean(answers[:, 1:3, :2, 1], axis=(1, 2))
    credit = (maps * tape.gradient(second, maps)).numpy().sum(axis=(1, 2))
    np.testing.assert_allclose(layers_found[hidden.name].strength[:, 1], np.abs(credit).mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (np.ones((4, 4)), r"the positions of an output, \(4, 5\)\. Received shape \(4, 4\)"),
        (np.zeros((4, 5)), "one at least"),
        (np.full((4, 5), 0.5), r"as 1 \(or True\)"),
        ("left", r"as 1 \(or True\)"),
    ],
)
def test_a_region_that_is_none_of_the_output_is_refused(region, words):
    model = keras.Sequential([keras.Input((4, 5, 1)), keras.layers.Conv2D(2, 1)])
    with pytest.raises(ValueError, match=rf"^Expected output_region .*{words}"):
        importance(model, np.zeros((3, 4, 5, 1), "float32"), output_region=region)
