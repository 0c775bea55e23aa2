"""What is differentiated: what lies behind the place asked for, and nothing that comes before it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, layers

import nbviz
from nbviz.attribution.edges.contributions import contributions
from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.outputs import explained_outputs

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
CENTRED = np.eye(3) - 1 / 3


class Twice(layers.Layer):
    """Doubles its input, and fails when it is differentiated."""

    def call(self, x):
        @tf.custom_gradient
        def run(x):
            def grad(*upstream):
                raise AssertionError("Twice was differentiated")

            return 2 * x, grad

        return run(x)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            Input((4,)),
            Twice(name="twice"),
            layers.Dense(5, activation="tanh", name="h"),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )


@pytest.fixture(scope="module")
def by_hand(model):
    """Activation of each layer (rows, units), slope of the centred logits there (rows, units, classes); numpy."""
    w, b, v, c = (value.astype(float) for value in model.get_weights())
    twice = 2 * X.astype(float)
    h = np.tanh(twice @ w + b)
    at_h = np.broadcast_to(v @ CENTRED, (len(X), 5, 3))
    before_h = (1 - h**2)[..., None] * at_h
    at_twice = np.einsum("iu,ruk->rik", w, before_h)
    at_y = np.broadcast_to(CENTRED, (len(X), 3, 3))
    return {"twice": (twice, at_twice), "h": (h, at_h), "y": (h @ v + c, at_y), "before h": (None, before_h)}


@pytest.mark.parametrize("layer", ["twice", "h", "y"])
def test_the_gradient_at_a_layer_differentiates_nothing_before_it(model, by_hand, layer):
    found = nbviz.attributions(model, X, method="gradient", layer=layer)
    np.testing.assert_allclose(found, by_hand[layer][1], rtol=1e-4, atol=1e-6)


def test_importance_of_all_layers_differentiates_nothing_before_the_first(model, by_hand):
    tables = nbviz.layer_importance(model, X)
    assert list(tables) == ["twice", "h", "y"]
    for name, table in tables.items():
        activation, slope = by_hand[name]
        expected = np.abs(activation[..., None] * slope).mean(axis=0)
        np.testing.assert_allclose(table.strength, expected, rtol=1e-4, atol=1e-6)


def test_contributions_of_edges_differentiate_nothing_before_the_first_dense_layer(model, by_hand):
    units = {"h": EdgeUnits(range(4), range(5)), "y": EdgeUnits(range(5), range(3))}
    found = contributions(explained_outputs(model), [X], units, signed=True)
    for name, before, slope in (("h", "twice", by_hand["before h"][1]), ("y", "h", by_hand["y"][1])):
        kernel = model.get_layer(name).get_weights()[0]
        expected = np.einsum("ri,ij,rjc->cij", by_hand[before][0], kernel, slope) / len(X)
        np.testing.assert_allclose(found[name].edges, expected, rtol=1e-4, atol=1e-6)


def test_the_gradient_of_the_inputs_goes_through_all_layers(model):
    with pytest.raises(AssertionError, match="Twice was differentiated"):
        nbviz.attributions(model, X, method="gradient")
