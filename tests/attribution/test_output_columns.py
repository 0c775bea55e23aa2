"""The columns of outputs: logits centred or not, or probabilities, however the head is written."""

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import attributions
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
