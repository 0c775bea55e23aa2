"""A layer run in two steps does what it does in one."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.keras_model.kernel_taps import activated, kernel_taps, without_activation
from nbviz.keras_model.replay import Replay

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def taps(model, *names):
    return kernel_taps(Replay(model), names or [layer.name for layer in model.layers])


class Doubled(layers.Dense):
    def call(self, inputs, training=None):
        return 2 * super().call(inputs)


@pytest.mark.parametrize("activation", [None, "relu", "softmax", keras.activations.gelu, layers.LeakyReLU(0.3)])
@pytest.mark.parametrize("bias", [True, False])
def test_the_two_steps_together_are_the_layer(activation, bias):
    layer = layers.Dense(5, activation=activation, use_bias=bias, bias_initializer="normal", name="d")
    (tap,) = taps(Sequential([Input((4,)), layer])).values()
    kernel, *shift = layer.get_weights()
    before = np.asarray(without_activation(tap.layer, X))
    np.testing.assert_allclose(before, X @ kernel + (shift[0] if shift else 0), atol=1e-6)
    np.testing.assert_array_equal(np.asarray(activated(layer, without_activation(layer, X))), np.asarray(layer(X)))
    np.testing.assert_array_equal(np.asarray(tap.kernel()), kernel)
    assert (tap.inputs, tap.units) == (4, 5)


def test_the_layer_itself_keeps_its_activation():
    layer = layers.Dense(5, activation="relu")
    (tap,) = taps(Sequential([Input((4,)), layer])).values()
    assert (np.asarray(without_activation(tap.layer, X)) < 0).any()
    assert layer.activation is keras.activations.relu
    assert not (np.asarray(layer(X)) < 0).any()


def test_the_live_kernel_is_read():
    layer = layers.Dense(5)
    (tap,) = taps(Sequential([Input((4,)), layer])).values()
    layer.set_weights([np.full((4, 5), 2.0), np.ones(5)])
    np.testing.assert_array_equal(np.asarray(tap.kernel()), np.full((4, 5), 2.0))
    np.testing.assert_allclose(
        np.asarray(without_activation(tap.layer, np.ones((1, 4), "float32"))), np.full((1, 5), 9.0)
    )


def test_half_precision_is_computed_in_the_precision_of_the_weights():
    layer = layers.Dense(5, activation="relu", dtype="mixed_float16")
    layer.build((None, 4))
    exact = X @ layer.get_weights()[0]
    found = np.asarray(without_activation(layer, keras.ops.cast(X, "float16")))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, X.astype("float16").astype("float32") @ layer.get_weights()[0], atol=1e-6)
    np.testing.assert_allclose(found, exact, atol=1e-2)


def test_a_low_rank_update_is_part_of_the_kernel():
    layer = layers.Dense(5, name="d")
    model = Sequential([Input((4,)), layer])
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(np.ones((2, 5)))
    (tap,) = taps(model).values()
    np.testing.assert_allclose(np.asarray(without_activation(tap.layer, X)), np.asarray(layer(X)), atol=1e-6)
    np.testing.assert_allclose(np.asarray(tap.kernel()), np.asarray(layer.kernel), atol=1e-6)


def test_only_plain_dense_layers_of_the_model_itself_have_taps():
    inner = Sequential([Input((4,)), layers.Dense(3, name="inside")], name="inner")
    model = Sequential(
        [
            Input((4,)),
            inner,
            layers.Dense(4, name="plain"),
            Doubled(4, name="doubled"),
            layers.BatchNormalization(name="normal"),
            layers.EinsumDense("ab,bc->ac", 3, name="einsum"),
        ]
    )
    assert list(taps(model, "inside", "inner", "plain", "doubled", "normal", "einsum", "nowhere")) == ["plain"]


def test_a_quantized_layer_has_none():
    model = Sequential([Input((4,)), layers.Dense(4, name="d")])
    assert list(taps(model)) == ["d"]
    model.quantize("int8")
    assert list(taps(model)) == []


def test_every_call_of_a_shared_layer_has_a_tap_of_its_own():
    x, shared = Input((4,)), layers.Dense(4, name="shared")
    model = Model(x, shared(shared(x)))
    found = taps(model, "shared", "shared:1")
    assert list(found) == ["shared", "shared:1"]
    assert found["shared"].layer is found["shared:1"].layer is shared
