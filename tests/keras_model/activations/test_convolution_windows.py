import keras
import numpy as np
import pytest

from nbviz.keras_model.activations.feature_maps import MapReader

L = keras.layers
RNG = np.random.default_rng(5)


def only_layer(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model, MapReader(model).layers[layer.name].sliding


@pytest.mark.parametrize(
    ("length", "size", "stride", "dilation", "padding", "zeros"),
    [
        (8, 3, 1, 1, "valid", 0),
        (8, 3, 1, 1, "same", 1),
        (8, 4, 1, 1, "same", 1),  # three zeros: one before, two behind
        (8, 3, 2, 1, "same", 0),  # 8 = 3 + 3 * 2 - 1: the one zero is behind
        (7, 3, 2, 1, "same", 1),
        (8, 3, 1, 2, "same", 2),
        (8, 1, 3, 1, "same", 0),
    ],
)
def test_zeros_are_put_before_the_input_as_the_padding_says(length, size, stride, dilation, padding, zeros):
    layer = L.Conv2D(2, size, strides=stride, dilation_rate=dilation, padding=padding)
    _, sliding = only_layer(layer, (length, length, 1))
    assert sliding.padded_before(length, length) == (zeros, zeros)


def test_a_causal_convolution_only_looks_back():
    _, sliding = only_layer(L.Conv1D(2, 3, dilation_rate=2, padding="causal"), (9, 1))
    assert (sliding.size, sliding.padded_before(1, 9)) == ((1, 3), (0, 4))


def test_rows_and_columns_may_differ():
    layer = L.Conv2D(2, (1, 5), strides=(3, 2), padding="same")
    _, sliding = only_layer(layer, (9, 8, 2))
    assert (sliding.size, sliding.strides) == ((1, 5), (3, 2))
    assert sliding.padded_before(9, 8) == (0, 1)
    assert sliding.entering == (9, 8, 2)


@pytest.mark.parametrize(
    "layer",
    [
        L.Conv2D(6, 3),
        L.Conv2D(6, (2, 3), groups=2, use_bias=False),
        L.DepthwiseConv2D(3, depth_multiplier=2),
        L.SeparableConv2D(5, 3),
    ],
    ids=lambda layer: layer.name,
)
def test_the_numbers_that_would_travel_are_counted_before_they_are_read(layer):
    model, sliding = only_layer(layer, (8, 8, 4))
    kernels = MapReader(model).kernels(layer.name)
    assert sliding.kernel_numbers == kernels.kernels.size + (0 if kernels.biases is None else kernels.biases.size)
    assert sliding.numbers == sliding.kernel_numbers + 8 * 8 * 4


def test_an_input_without_a_size_has_no_count():
    _, sliding = only_layer(L.Conv2D(2, 3), (None, None, 1))
    assert sliding.numbers is None


def test_the_layer_knows_whether_it_reads_the_models_input_itself():
    first, second = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    raw, scaled = L.Conv2D(2, 3, name="raw"), L.Conv2D(2, 3, name="scaled")
    model = keras.Model([first, second], [raw(second), scaled(L.Rescaling(0.5)(first))])
    layers = MapReader(model).layers
    assert layers["raw"].sliding.model_input == 1
    assert layers["scaled"].sliding.model_input is None


def test_what_does_not_slide_says_none():
    class Own(L.Conv2D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    for layer in (L.MaxPooling2D(), L.Conv2DTranspose(2, 3), Own(2, 3)):
        assert only_layer(layer, (8, 8, 1))[1] is None


def test_what_enters_is_the_mean_of_what_entered(monkeypatch):
    inputs = keras.Input((6, 6, 2))
    hidden = L.Conv2D(3, 3, activation="relu", name="first")(inputs)
    model = keras.Model(inputs, L.Conv2D(2, 2, activation="relu", name="second")(hidden))
    x = RNG.normal(size=(5, 6, 6, 2)).astype("float32")
    reader = MapReader(model)
    monkeypatch.setattr("nbviz.keras_model.activations.feature_maps.ROOM", 2 * 3 * 3 * 2)  # two rows at once
    found = reader.mean_maps(model, "second", [x], entering=True)
    expected = keras.Model(inputs, model.get_layer("first").output).predict(x, verbose=0).mean(axis=0)
    np.testing.assert_allclose(found.entering, expected, atol=1e-6)
    assert reader.mean_maps(model, "second", [x]).entering is None
