"""Names and axes of weights, checked against what the layers compute."""

import keras
import numpy as np
import pytest

from nbviz.keras_model.weight_arrays import weights
from nbviz.network.named_array import NamedArray

L = keras.layers
RNG = np.random.default_rng(3)


def around(layer, *shape, dtype="float32"):
    inputs = keras.Input(shape, dtype=dtype)
    called = (
        layer(inputs, inputs) if isinstance(layer, (L.MultiHeadAttention, L.GroupQueryAttention)) else layer(inputs)
    )
    model = keras.Model(inputs, called)
    layer.set_weights([RNG.normal(size=weight.shape).astype("float32") for weight in layer.get_weights()])
    return model


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


LAYERS = [
    (L.Dense(3), (4,)),
    (L.Conv2D(3, 2), (5, 5, 2)),
    (L.Conv2DTranspose(3, 2), (5, 5, 2)),
    (L.DepthwiseConv2D(2, depth_multiplier=2), (5, 5, 2)),
    (L.SeparableConv2D(3, 2), (5, 5, 2)),
    (L.BatchNormalization(), (4,)),
    (L.LayerNormalization(), (4,)),
    (L.LayerNormalization(axis=(1, 2)), (4, 3)),
    (L.SimpleRNN(3), (5, 2)),
    (L.LSTM(3), (5, 2)),
    (L.GRU(3), (5, 2)),
    (L.GRU(3, reset_after=False), (5, 2)),
    (L.Bidirectional(L.GRU(2)), (5, 2)),
    (L.ConvLSTM2D(2, 2), (3, 5, 5, 1)),
    (L.RNN([L.LSTMCell(2), L.SimpleRNNCell(3)]), (5, 2)),
    (L.MultiHeadAttention(2, 3), (5, 4)),
    (L.GroupQueryAttention(3, 4, 2), (5, 4)),
    (L.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d"), (5, 4)),
    (L.PReLU(), (4,)),
    (keras.Sequential([L.Dense(2), L.BatchNormalization(), L.Dense(2)]), (4,)),
    (L.Flatten(), (4, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=[type(layer).__name__ for layer, _ in LAYERS])
def test_every_number_of_a_layer_is_there_once_with_a_name_for_each_axis(layer, shape):
    named = weights(around(layer, *shape), -1)
    own = np.sort(np.concatenate([np.ravel(weight) for weight in layer.get_weights()] or [np.zeros(0)]))
    found = np.sort(np.concatenate([np.ravel(each.values) for each in named.values()] or [np.zeros(0)]))
    np.testing.assert_array_equal(found, own)
    for name, each in named.items():
        assert each.name == name
        assert len(each.axes) == each.values.ndim


def test_what_is_read_are_copies():
    layer = L.Dense(2)
    model = around(layer, 3)
    before = layer.get_weights()[0]
    named = weights(model, layer)
    named["kernel"].values[:] = 0
    np.testing.assert_array_equal(layer.get_weights()[0], before)


def test_the_gates_of_an_lstm_compute_what_the_layer_returns():
    layer = L.LSTM(3)
    model = around(layer, 4, 2)
    w = {name: each.values for name, each in weights(model, layer).items()}
    x = RNG.normal(size=(4, 2))
    h, c = np.zeros(3), np.zeros(3)
    for step in x:
        gate = {
            name: step @ w[f"{name}/kernel"] + h @ w[f"{name}/recurrent_kernel"] + w[f"{name}/bias"]
            for name in ("input", "forget", "cell", "output")
        }
        c = sigmoid(gate["forget"]) * c + sigmoid(gate["input"]) * np.tanh(gate["cell"])
        h = sigmoid(gate["output"]) * np.tanh(c)
    np.testing.assert_allclose(h, model(x[None])[0], rtol=1e-4, atol=1e-5)


def test_the_gates_of_a_gru_compute_what_the_layer_returns():
    layer = L.GRU(3)
    model = around(layer, 4, 2)
    w = {name: each.values for name, each in weights(model, layer).items()}
    x = RNG.normal(size=(4, 2))
    h = np.zeros(3)
    for step in x:
        entering = {g: step @ w[f"{g}/kernel"] + w[f"{g}/bias"] for g in ("update", "reset", "new")}
        kept = {g: h @ w[f"{g}/recurrent_kernel"] + w[f"{g}/recurrent_bias"] for g in ("update", "reset", "new")}
        update, reset = (sigmoid(entering[g] + kept[g]) for g in ("update", "reset"))
        h = update * h + (1 - update) * np.tanh(entering["new"] + reset * kept["new"])
    np.testing.assert_allclose(h, model(x[None])[0], rtol=1e-4, atol=1e-5)


def test_forward_and_backward_are_apart():
    layer = L.Bidirectional(L.SimpleRNN(2))
    model = around(layer, 4, 3)
    w = {name: each.values for name, each in weights(model, layer).items()}
    x = RNG.normal(size=(4, 3))
    halves = []
    for way, steps in (("forward", x), ("backward", x[::-1])):
        h = np.zeros(2)
        for step in steps:
            h = np.tanh(step @ w[f"{way}/kernel"] + h @ w[f"{way}/recurrent_kernel"] + w[f"{way}/bias"])
        halves.append(h)
    np.testing.assert_allclose(np.concatenate(halves), model(x[None])[0], rtol=1e-4, atol=1e-5)


def test_the_heads_of_an_attention_layer_compute_what_it_returns():
    layer = L.MultiHeadAttention(2, 3)
    model = around(layer, 5, 4)
    named = weights(model, layer)
    w = {name: each.values for name, each in named.items()}
    assert named["query/kernel"].axes == ("input", "head", "dimension")
    x = RNG.normal(size=(5, 4))
    out = np.array(w["attention_output/bias"], dtype=float)
    out = np.broadcast_to(out, (5, 4)).copy()
    for head in range(2):
        q, k, v = (x @ w[f"{name}/kernel"][:, head] + w[f"{name}/bias"][head] for name in ("query", "key", "value"))
        scores = np.exp(q @ k.T / np.sqrt(3))
        out += scores / scores.sum(axis=1, keepdims=True) @ v @ w["attention_output/kernel"][head]
    np.testing.assert_allclose(out, model(x[None])[0], rtol=1e-4, atol=1e-4)


def test_an_embedding_has_a_row_for_each_token():
    layer = L.Embedding(6, 2)
    model = around(layer, 1, dtype="int32")
    table = weights(model, layer)["embeddings"]
    assert table.axes == ("token", "dimension")
    np.testing.assert_allclose(model(np.array([[4]]))[0, 0], table.values[4])


def test_a_normalization_is_what_its_four_arrays_say():
    layer = L.BatchNormalization()
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([RNG.uniform(0.5, 2, 3) for _ in range(4)])
    w = {name: each.values for name, each in weights(model, layer).items()}
    x = RNG.normal(size=(2, 3))
    expected = (x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + layer.epsilon) * w["gamma"] + w["beta"]
    np.testing.assert_allclose(expected, model(x), rtol=1e-4, atol=1e-5)


def test_weights_of_a_layer_of_ones_own_keep_their_names():
    class Own(L.Layer):
        def build(self, shape):
            self.table = self.add_weight(shape=(2, 3, 4), name="table")
            self.dense = L.Dense(2, name="dense")
            self.dense.build(shape)

        def call(self, x):
            return self.dense(x)

    named = weights(around(Own(name="own"), 5), "own")
    assert {name: each.axes for name, each in named.items()} == {
        "dense/kernel": ("input", "unit"),
        "dense/bias": ("unit",),
        "table": ("axis0", "axis1", "axis2"),
    }


def test_a_model_inside_is_read_by_its_path_or_as_a_whole():
    inner = keras.Sequential([L.Dense(2, name="a"), L.Dense(3, name="b")], name="inner")
    model = around(inner, 4)
    assert list(weights(model, "inner")) == ["a/kernel", "a/bias", "b/kernel", "b/bias"]
    assert list(weights(model, "inner/b")) == ["kernel", "bias"]


def test_a_named_array_is_an_array_to_numpy():
    array = NamedArray("kernel", np.arange(6.0).reshape(2, 3), ("input", "unit"))
    assert np.sum(np.asarray(array)) == 15
    assert array.shape == (2, 3)
    assert repr(array) == "NamedArray(kernel: input 2 × unit 3)"


def test_spectral_normalization_has_the_names_and_order_of_keras():
    layer = L.SpectralNormalization(L.Dense(4, name="inside"))
    named = weights(around(layer, 6), layer)
    assert list(named) == [weight.name for weight in layer.weights] == ["kernel", "vector_u", "bias"]
    assert named["kernel"].axes == ("input", "unit")
    for each, weight in zip(named.values(), layer.get_weights(), strict=True):
        np.testing.assert_array_equal(each.values, weight)


@pytest.mark.parametrize(
    ("layer", "shape", "kernel"),
    [(L.Dense(3), (4,), "kernel"), (L.Conv2D(3, 2), (5, 5, 2), "kernel"), (L.Embedding(7, 3), (4,), "embeddings")],
)
def test_with_lora_the_frozen_weight_has_its_name_and_the_merged_one_comes_last(layer, shape, kernel):
    model = around(layer, *shape)
    frozen = layer.get_weights()[0]
    layer.enable_lora(2)
    for weight in layer.weights:
        if weight.name not in (kernel, "bias"):
            weight.assign(RNG.normal(size=weight.shape))
    named = weights(model, layer)
    assert list(named) == [*(weight.name for weight in layer.weights), f"{kernel} (merged)"]
    np.testing.assert_array_equal(named[kernel].values, frozen)
    a, b = (next(named[name].values for name in named if name.endswith(f"_{end}")) for end in "ab")
    np.testing.assert_allclose(named[f"{kernel} (merged)"].values, frozen + a @ b, atol=1e-6)
