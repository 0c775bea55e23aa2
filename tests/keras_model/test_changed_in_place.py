"""Layers changed in place: what is read afterwards is the model as it is, and agrees with the model's own call."""

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import layers

from nbviz import NetworkDiagram, activations
from nbviz.keras_model import ModelReader, describe
from nbviz.keras_model.forward import unchanged
from nbviz.keras_model.graph import all_the_same, inner_state

X = np.random.default_rng(0).normal(size=(12, 6)).astype("float32")


def net():
    keras.utils.set_random_seed(5)
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )


def quantize(mode):
    def change(model):
        for layer in model.layers:
            layer.quantize(mode)

    return change


def add_lora(model):
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(np.ones((2, 8)))


def replace_call(model):
    layer = model.layers[0]
    layer.call = lambda inputs, training=None: keras.ops.square(keras.ops.matmul(inputs, layer.kernel))


def replace_activation(model):
    model.layers[0].activation = keras.activations.tanh


CHANGES = {
    "int8": quantize("int8"),
    "int4": quantize("int4"),
    "float8": quantize("float8"),
    "lora": add_lora,
    "call": replace_call,
    "activation": replace_activation,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_layer_changed_in_place_is_read_anew(change):
    model = net()
    diagram = NetworkDiagram(model, X)
    diagram.selected_unit = diagram.unit_id("answer", 1)
    activations(model, X)
    largest = np.abs(model.layers[0].get_weights()[0]).max()
    before = diagram.reader
    assert not before.stale
    change(model)
    assert before.stale
    diagram.update()
    assert diagram.reader is not before
    assert not diagram.reader.stale
    assert diagram.architecture == NetworkDiagram(model, X).architecture == describe(model)
    own = np.asarray(model(X))
    assert np.abs(activations(model, X)["answer"] - own).max() < 1e-6
    if diagram.selected_unit is not None:
        assert diagram.selected_unit == diagram.unit_id("answer", 1)
    for name, (kernel, _) in diagram.reader.weights().items():
        layer = model.get_layer(name)
        assert np.abs(kernel).max() < 2 * largest + 2  # never the codes of a quantized one, which go up to 127
        flow = diagram.reader.forward([X])
        before_activation = flow["kernel input", name] @ kernel + np.asarray(layer.bias)
        np.testing.assert_allclose(layer.activation(before_activation), flow["a", name], atol=1e-5)


def test_training_and_new_weights_change_nothing_that_was_read():
    model = net()
    model.compile("adam", "sparse_categorical_crossentropy")
    reader, state = ModelReader(model), inner_state(model)
    model.fit(X, np.arange(12) % 3, verbose=0)
    model.set_weights([weight * 2 for weight in model.get_weights()])
    model.layers[0].trainable = False
    assert not reader.stale
    assert all_the_same(inner_state(model), state)


def test_what_is_remembered_of_a_model_keeps_it_not_alive():
    model = net()
    activations(model, X)
    gone, state = weakref.ref(model), inner_state(model)
    del model
    gc.collect()
    assert gone() is None
    assert state[0]() is None


def test_an_activation_that_halves_the_units_makes_a_block_and_an_output_of_half_as_many():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="glu", name="gated")])
    architecture = describe(model)
    assert [(layer.kind, layer.units) for layer in architecture.layers] == [("input", 6), ("block", 1), ("output", 4)]
    z = X @ model.layers[0].get_weights()[0]
    right = z[:, :4] / (1 + np.exp(-z[:, 4:]))
    np.testing.assert_allclose(activations(model, X)["gated"], right, atol=1e-6)
    assert "<svg" in NetworkDiagram(model, X).show(0).to_svg()


def test_adaptive_pooling_hands_channels_on():
    model = keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            layers.Conv2D(4, 3, name="conv"),
            layers.AdaptiveAveragePooling2D(3, name="pool"),
            layers.Flatten(),
            layers.Dense(2, name="answer"),
        ]
    )
    x = np.random.default_rng(1).normal(size=(3, 9, 9, 2)).astype("float32")
    assert [layer.kind for layer in describe(model).layers] == ["input", "conv", "maps", "dense"]
    reader = ModelReader(model)
    entering = reader.forward([x])["kernel input", "answer"]
    np.testing.assert_allclose(entering @ reader.weights()["answer"][0], np.asarray(model(x)), atol=1e-5)


class Times(layers.Layer):
    def __init__(self, factor, **options):
        super().__init__(**options)
        self.factor = factor
        self.calls = 0

    def call(self, x):
        self.calls += 1
        return self.factor * x


def test_another_value_of_what_a_layer_was_made_with_counts():
    x = keras.Input((6,))
    scaled = layers.Rescaling(0.5, offset=1.0, name="scaled")(x)
    leaky = layers.LeakyReLU(negative_slope=0.2, name="leaky")(scaled)
    model = keras.Model(x, Times(2.0, name="times")(leaky))
    before = inner_state(model)
    activations(model, X)
    assert all_the_same(inner_state(model), before)  # a count of calls makes no other layer
    model.get_layer("scaled").scale = 3.0
    model.get_layer("leaky").negative_slope = 0.0
    model.get_layer("times").factor = 5.0
    assert not all_the_same(inner_state(model), before)
    np.testing.assert_allclose(activations(model, X)["times"], 5 * np.maximum(0, 3 * X + 1), rtol=1e-5)


def test_while_a_model_is_taken_to_be_unchanged_weights_are_live_and_what_comes_after_is_the_model_as_it_is():
    model = net()
    activations(model, X)  # compiled before
    with unchanged(model):
        model.layers[0].kernel.assign(-model.layers[0].kernel)
        np.testing.assert_allclose(activations(model, X)["answer"], np.asarray(model(X)), atol=1e-6)
    model.layers[0].activation = keras.activations.tanh
    np.testing.assert_allclose(activations(model, X)["answer"], np.asarray(model(X)), atol=1e-6)
    with unchanged(model):
        np.testing.assert_allclose(activations(model, X)["answer"], np.asarray(model(X)), atol=1e-6)
