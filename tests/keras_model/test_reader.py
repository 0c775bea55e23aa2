"""Expected numbers come from calling the layers one by one, from plain numpy, or from finite differences."""

import keras
import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz import activations
from nbviz.keras_model import ModelReader
from nbviz.network.health import gradient_badges
from nbviz.network.samples import read_samples
from tests.keras_model.models import MODELS, ROW, chain, lora, mlp, of_dtype, rows


def test_a_kernel_joins_the_units_of_its_two_layers(any_model):
    reader = ModelReader(any_model)
    weights = reader.weights()
    for connection in reader.architecture.connections:
        source, target = reader.architecture[connection.source], reader.architecture[connection.target]
        if connection.kind == "kernel":
            assert source.has_units
            assert weights[target.name][0].shape == (source.units, target.units)
        if connection.kind == "norm":
            rows, units = reader.channel_weights().slices[target.name].norms.shape
            assert units == target.units
            if source.has_units:
                assert source.has_maps
                assert rows == source.units
        if connection.kind != "link" and target.kind == "dense":
            assert connection.weights == weights[target.name][0].size


def test_what_flows_has_one_number_for_each_unit_and_fits_the_kernel(any_model):
    reader = ModelReader(any_model)
    x = read_samples(rows(any_model), reader.specs)
    flow = reader.forward(x)
    weights = reader.weights()
    for layer in reader.architecture.layers:
        if layer.has_units and layer.kind != "input":
            assert flow["a", layer.name].shape == (6, layer.units)
        if layer.name in weights:
            assert flow["kernel input", layer.name].shape == (6, len(weights[layer.name][0]))


def test_weights_are_the_models_own():
    model = mlp()
    weights = ModelReader(model).weights()
    for layer in model.layers:
        kernel, bias = layer.get_weights()
        np.testing.assert_array_equal(weights[layer.name][0], kernel)
        np.testing.assert_array_equal(weights[layer.name][1], bias)


def test_weights_can_only_be_read():
    kernel, _ = ModelReader(mlp()).weights()["h"]
    with pytest.raises(ValueError, match="read-only"):
        kernel[0, 0] = 1


def test_a_kernel_with_lora_is_the_one_that_acts():
    model = lora()
    x = rows(model)
    kernel, bias = ModelReader(model).weights()["h"]
    assert np.maximum(x @ kernel + bias, 0) == pytest.approx(activations(model, x)["h"], abs=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_read_as_float32(dtype):
    kernel, bias = ModelReader(of_dtype(dtype)()).weights()["h"]
    assert (kernel.dtype, bias.dtype) == (np.float32, np.float32)


def test_the_kernel_input_times_the_kernel_is_z():
    model = mlp()
    reader = ModelReader(model)
    flow = reader.forward([rows(model)])
    kernel, bias = reader.weights()["h"]
    assert np.maximum(flow["kernel input", "h"] @ kernel + bias, 0) == pytest.approx(flow["a", "h"], abs=1e-6)
    np.testing.assert_array_equal(flow["activated", "h"], flow["a", "h"])


def test_the_value_after_the_activation_is_the_one_before_batch_normalization():
    model = chain(
        Input((3,)), layers.Dense(4, activation="relu", name="h"), layers.BatchNormalization(), layers.Dense(1)
    )
    model.layers[1].beta.assign([5.0] * 4)
    x = np.random.default_rng(0).normal(size=(9, 3)).astype("float32")
    flow = ModelReader(model).forward([x])
    kernel, bias = model.layers[0].get_weights()
    assert flow["activated", "h"] == pytest.approx(np.maximum(x @ kernel + bias, 0), abs=1e-6)
    assert flow["a", "h"] == pytest.approx(np.maximum(x @ kernel + bias, 0) / np.sqrt(1.001) + 5, abs=1e-5)


def test_what_flows_through_a_sequence_is_the_mean_over_its_positions():
    model = chain(Input((5, 4)), layers.Dense(3, activation="relu", name="h"), layers.GlobalMaxPooling1D())
    x = rows(model)
    flow = ModelReader(model).forward([x])
    assert flow["kernel input", "h"] == pytest.approx(x.mean(axis=1), abs=1e-6)
    assert flow["a", "h"] == pytest.approx(keras.ops.convert_to_numpy(model.layers[0](x)).mean(axis=1), abs=1e-6)


def test_gradient_sizes_are_those_of_finite_differences():
    keras.config.set_floatx("float64")
    try:
        model = chain(
            Input((3,), dtype="float64"),
            layers.Dense(4, activation="tanh", name="a"),
            layers.Dense(4, activation="tanh", name="b"),
            layers.Dense(3, activation="softmax", name="y"),
        )
    finally:
        keras.config.set_floatx("float32")
    x = np.random.default_rng(0).normal(size=(5, 3))
    _, (kb, bb), (ky, _) = (layer.get_weights() for layer in model.layers)

    def top_logit(values, layer):
        at_head = np.tanh(values @ kb + bb) if layer == "a" else values
        return (at_head @ ky).max(axis=-1)

    found = ModelReader(model).gradient_sizes([x])
    assert list(found) == ["a", "b"]
    for name, values in activations(model, x, ["a", "b"]).items():
        slopes = []
        for unit in range(4):
            step = np.zeros(4)
            step[unit] = 1e-6
            slopes.append((top_logit(values + step, name) - top_logit(values - step, name)) / 2e-6)
        assert found[name] == pytest.approx(np.sqrt(np.mean(np.square(slopes))), rel=1e-5)


def test_the_bias_of_the_head_decides_whose_gradient_is_looked_at():
    model = chain(
        Input((3,)),
        layers.Dense(4, activation="tanh", name="a"),
        layers.Dense(4, activation="tanh", name="b"),
        layers.Dense(3, activation="softmax"),
    )
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    reader = ModelReader(model)
    kernel, _ = model.layers[2].get_weights()
    for winner in range(3):  # also: the bias is read live, by a function compiled once
        model.layers[2].set_weights([kernel, np.eye(3)[winner] * 100])
        expected = np.sqrt(np.mean(np.square(kernel[:, winner])))  # d logit / d activation is the kernel's column
        assert reader.gradient_sizes([x])["b"] == pytest.approx(expected, rel=1e-5)


def test_a_layer_that_does_not_lead_to_the_first_output_has_no_gradient_there():
    x = Input((4,), name="x")
    aside = layers.Dense(3, name="aside")(x)
    h = layers.Dense(3, name="h")(x)
    model = Model(x, [layers.Dense(2, name="y")(h), layers.Dense(1, name="z")(aside)])
    assert list(ModelReader(model).gradient_sizes([ROW])) == ["h"]


@pytest.mark.parametrize("name", ["conv", "embedding", "subclassed", "no parameters", "one unit"])
def test_models_without_hidden_dense_layers_have_no_gradient_sizes(name):
    model = MODELS[name]()
    reader = ModelReader(model)
    assert reader.gradient_sizes(read_samples(rows(model), reader.specs)) == {}


def test_a_deep_sigmoid_net_of_tiny_weights_has_a_vanishing_gradient_and_a_healthy_one_has_not():
    def badges(scale):
        keras.utils.set_random_seed(0)
        start = keras.initializers.RandomNormal(stddev=scale)
        hidden = [layers.Dense(8, activation="sigmoid", kernel_initializer=start, name=f"h{i}") for i in range(8)]
        model = chain(Input((4,)), *hidden, layers.Dense(2, activation="softmax"))
        x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
        return gradient_badges(ModelReader(model).gradient_sizes([x]))

    found = badges(0.01)
    assert {badge.kind for badge in found} == {"vanishing"}
    # each layer multiplies the gradient by about 0.25 x 0.01 x sqrt(8) = 0.007: two layers below 1e-4 of the last
    assert [badge.layer for badge in found] == ["h0", "h1", "h2", "h3", "h4", "h5"]
    assert badges(1.4) == []


def test_a_reader_is_stale_once_layers_were_added_or_popped():
    model = mlp()
    reader = ModelReader(model)
    assert not reader.stale
    model.layers[0].set_weights([np.zeros((4, 5)), np.zeros(5)])
    model.compile("adam", "mse")
    assert not reader.stale
    model.pop()
    assert reader.stale
    reader = ModelReader(model)
    model.add(layers.Dense(1))
    assert reader.stale


def test_a_reader_is_stale_after_a_layer_was_added_and_popped_again():
    model = chain(Input((4,)), layers.Dense(3))
    reader = ModelReader(model)
    model.add(layers.Dense(2))
    model.pop()
    assert reader.stale
    assert not ModelReader(model).stale


def test_a_reader_is_stale_once_its_outputs_became_logits():
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    reader = ModelReader(model)
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    assert reader.stale
    assert ModelReader(model).architecture["y"].logits
