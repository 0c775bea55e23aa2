"""DeepLIFT and LRP, against credit handed back layer by layer in float64."""

import gc

import keras
import numpy as np
import pytest
from keras import layers

from nbviz.attribution.explain import attributions, importance
from tests.attribution import reference
from tests.attribution.reference import random_net, random_rows, to_keras

ACTIVATIONS = ["relu", "tanh", "gelu", "softplus"]


def close(found, expected, tolerance=2e-5):
    """Within a tolerance relative to the largest number expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def sequential(*inside, features=4):
    return keras.Sequential([keras.Input((features,), name="x"), *inside])


def gap(model, x, **given):
    return importance(model, x, method="deeplift", **given).attrs["completeness_gap"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_deeplift_hands_credit_back_by_the_rescale_rule(activation):
    net, x = random_net(4, 6, 5, 3, activation=activation), random_rows(9, 4)
    baseline = random_rows(1, 4, seed=7)
    model = to_keras(net)
    close(attributions(model, x, method="deeplift", baseline=baseline), reference.deeplift(net, x, baseline))
    raw = attributions(model, x, method="deeplift", baseline=baseline, output="raw_logit")
    close(raw, reference.deeplift(net, x, baseline, "raw_logit"))


def test_deeplift_by_hand():
    # z = 2 x0 + x1 - 1 is 3 at (1, 2) and -1 at 0: relu brings 3 / 4 of the change through, times 5.
    net = reference.Net([np.array([[2.0], [1.0]]), np.array([[5.0]])], [-np.ones(1), np.zeros(1)], "relu", "linear")
    found = attributions(to_keras(net), np.array([[1.0, 2.0]]), method="deeplift", baseline="zero")
    assert found[0, :, 0].tolist() == pytest.approx([2 * 3 / 4 * 5, 2 * 3 / 4 * 5])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_deeplift_adds_up(activation):
    net, x = random_net(20, 64, 64, 3, activation=activation), random_rows(90, 20)
    model, mean = to_keras(net), x.astype(float).mean(axis=0, keepdims=True)
    for baseline, start in (("mean", mean), ("zero", 0 * mean)):
        found = attributions(model, x, method="deeplift", baseline=baseline)
        change = net.answers(x) - net.answers(start)
        assert np.abs(found.sum(axis=1) - change).max() < 1e-5 * np.abs(change).max()
        assert gap(model, x, baseline=baseline) < 1e-5


@pytest.mark.parametrize(("kind", "classes"), [("sigmoid", 1), ("sigmoid", 3), ("linear", 2), ("softmax", 3)])
def test_deeplift_adds_up_for_every_head(kind, classes):
    net, x = random_net(4, 8, classes, kind=kind), random_rows(30, 4)
    baseline = random_rows(1, 4, seed=7)
    found = attributions(to_keras(net), x, method="deeplift", baseline=baseline)
    close(found.sum(axis=1), net.answers(x) - net.answers(baseline), 1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus", "exponential", "hard_sigmoid"])
def test_deeplift_has_its_rule_for_an_activation_at_the_head_of_a_regression(activation):
    model = sequential(layers.Dense(6, "relu"), layers.Dense(2, activation))
    assert gap(model, random_rows(30, 4)) < 1e-5
    apart = sequential(*model.layers[:1], layers.Dense(2), layers.Activation(activation))
    apart.set_weights(model.get_weights())
    assert gap(apart, random_rows(30, 4)) < 1e-5


def test_deeplift_has_its_rule_inside_where_a_hidden_layer_is_an_output_as_well():
    x = keras.Input((4,), name="x")
    hidden = layers.Dense(6, "tanh", name="h")(x)
    model = keras.Model(x, [hidden, layers.Dense(2, name="y")(hidden)])
    assert gap(model, random_rows(30, 4)) < 1e-5


@pytest.mark.parametrize("last", [lambda: layers.Reshape((1,)), layers.Flatten, lambda: layers.Dropout(0.5)])
def test_deeplift_explains_the_logit_of_a_sigmoid_behind_which_nothing_changes(last):
    net, x = random_net(4, 6, 1, kind="sigmoid"), random_rows(9, 4)
    whole = to_keras(net)
    model = sequential(*whole.layers, last())
    baseline = random_rows(1, 4, seed=7)
    found = attributions(model, x, method="deeplift", baseline=baseline)
    close(found, reference.deeplift(net, x, baseline))


def test_deeplift_explains_the_logit_of_a_sigmoid_that_is_squeezed():
    net, x = random_net(4, 6, 1, kind="sigmoid"), random_rows(9, 4)
    whole = to_keras(net)
    model = keras.Model(whole.inputs, keras.ops.squeeze(whole.outputs[0], axis=-1))
    found = attributions(model, x, method="deeplift", baseline="zero")
    close(found, reference.deeplift(net, x, np.zeros((1, 4))))


@pytest.mark.parametrize("method", ["deeplift", "lrp"])
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_probabilities_have_no_rule(method, kind):
    model = to_keras(random_net(4, 6, 3, kind=kind))
    with pytest.raises(ValueError, match=f"Expected output='logit' or 'raw_logit' for {method}"):
        attributions(model, random_rows(9, 4), method=method, output="probability")


def test_deeplift_takes_the_derivative_where_a_unit_is_what_it_was_at_the_baseline():
    # The second row is the baseline but for the last feature, which only the second unit reads.
    kernel = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    net = reference.Net([kernel, np.array([[1.0], [1.0]])], [np.zeros(2), np.zeros(1)], "tanh", "linear")
    baseline = np.array([[0.2, 0.4, 0.0]], "float32")
    x = np.array([[0.2, 0.4, 0.0], [0.2, 0.4, 1.0]], "float32")
    found = attributions(to_keras(net), x, method="deeplift", baseline=baseline)[..., 0]
    np.testing.assert_allclose(found, [[0, 0, 0], [0, 0, np.tanh(1.0)]], atol=1e-6)
    # Two changes that cancel inside a unit: 0.2 * 1 - 0.1 * 2, at the slope there.
    x = np.array([[0.4, 0.3, 0.0]], "float32")
    found = attributions(to_keras(net), x, method="deeplift", baseline=baseline)[0, :, 0]
    slope = 1 - np.tanh(1.0) ** 2
    np.testing.assert_allclose(found, [0.2 * slope, -0.2 * slope, 0], rtol=1e-3)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("depth", [1, 2])
def test_deeplift_at_a_layer_is_the_rule_from_there_on(activation, depth):
    net, x = random_net(4, 6, 5, 3, activation=activation, bias=2), random_rows(9, 4)
    baseline = random_rows(1, 4, seed=7)
    found = attributions(to_keras(net), x, method="deeplift", baseline=baseline, layer=f"h{depth}")
    h, start = net.hidden(x, depth), net.hidden(baseline, depth)
    rest = reference.Net(net.kernels[depth:], net.biases[depth:], activation)
    expected = reference.deeplift(rest, h, start) if depth == 1 else (h - start)[:, :, None] * rest.gradient(h)
    close(found, np.nan_to_num(expected))
    close(found.sum(axis=1), net.answers(x) - net.answers(baseline), 1e-5)


def test_deeplift_at_the_head_is_the_change_of_the_logits_centred():
    net, x = random_net(4, 6, 3), random_rows(9, 4)
    found = attributions(to_keras(net), x, method="deeplift", baseline="zero", layer="y")
    close(found, (net.logits(x) - net.logits(np.zeros((1, 4))))[:, :, None] * (np.eye(3) - 1 / 3))


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("kind", ["softmax", "linear"])
def test_lrp_redistributes_relevance_layer_by_layer(activation, kind):
    net, x = random_net(4, 6, 5, 3, activation=activation, kind=kind), random_rows(9, 4)
    close(attributions(to_keras(net), x, method="lrp"), reference.lrp(net, x), 5e-5)


def test_lrp_is_gradient_x_input_on_relu_nets_and_not_on_others():
    x = random_rows(30, 4)
    for activation, same in (("relu", True), ("tanh", False)):
        model = to_keras(random_net(4, 6, 5, 3, activation=activation))
        one, other = (attributions(model, x, method=method) for method in ("lrp", "gradient_x_input"))
        assert (np.abs(one - other).max() < 2e-4 * np.abs(other).max()) == same


def test_a_convolution_pools_flattens_and_adds_up():
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(4, 3, activation="gelu"),
            layers.BatchNormalization(),
            layers.AveragePooling2D(2),
            layers.DepthwiseConv2D(2),
            layers.LeakyReLU(0.1),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(12, 6, 6, 2)).astype("float32")
    made = importance(model, x, method="deeplift", sum_axes=(2,))
    assert made.strength.shape == (6, 6, 3)
    assert made.attrs["completeness_gap"] < 1e-5


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        (lambda: layers.LayerNormalization(name="norm"), 'LayerNormalization "norm"'),
        (lambda: layers.Dense(3, activation="softmax", name="gate"), 'Dense "gate" with the activation softmax'),
        (lambda: layers.Dense(3, activation=lambda z: z * z, name="square"), 'Dense "square" with the activation'),
    ],
)
def test_a_layer_without_a_rule_is_named(inside, named):
    for model in (sequential(inside(), layers.Dense(2, "softmax")), sequential(layers.Dense(3), inside())):
        if named.startswith('Dense "gate"') and len(model.layers) == 2 and model.layers[-1].name == "gate":
            continue  # at the head softmax is what logits stand before
        with pytest.raises(ValueError, match=named):
            attributions(model, random_rows(5, 4), method="deeplift")


def test_nothing_of_a_dropped_model_stays():
    def graphs():
        for _ in range(3):
            gc.collect()
        return sum(type(kept).__name__ == "FuncGraph" for kept in gc.get_objects())

    before = graphs()
    for _ in range(2):
        model = to_keras(random_net(4, 6, 3))
        for method in ("deeplift", "lrp"):
            attributions(model, random_rows(5, 4), method=method)
        del model
    assert graphs() == before
