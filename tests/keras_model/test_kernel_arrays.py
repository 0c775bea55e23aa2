"""Every claim of order is checked against what the layer does to an impulse or to a loop written out here."""

import itertools

import keras
import numpy as np
import pytest

from nbviz.keras_model.kernel_arrays import Kernels, kernels, layers_with_kernels

L = keras.layers
RNG = np.random.default_rng(7)


def around(layer, *shape):
    """A model of one layer, all of whose weights are drawn anew, biases too."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([RNG.normal(size=weight.shape) for weight in layer.get_weights()])
    return model


def convolved(read, x):
    """What `kernels` claims that a layer does to x (*space, channels), without padding or strides: a loop."""
    size = read.kernels.shape[1:-1]
    space = [have - need + 1 for have, need in zip(x.shape[:-1], size, strict=True)]
    out = np.zeros((*space, len(read.kernels)))
    for place in itertools.product(*map(range, space)):
        patch = x[tuple(slice(start, start + length) for start, length in zip(place, size, strict=True))]
        for f, kernel in enumerate(read.kernels):
            out[(*place, f)] = (patch[..., read.inputs[f]] * kernel).sum() + (
                0 if read.biases is None else read.biases[f]
            )
    return out


@pytest.mark.parametrize(
    ("layer", "shape", "kernels_shape"),
    [
        (L.Conv1D(4, 3), (9, 2), (4, 3, 2)),
        (L.Conv1D(6, 3, groups=2), (9, 4), (6, 3, 2)),
        (L.Conv2D(5, (2, 3)), (6, 7, 3), (5, 2, 3, 3)),
        (L.Conv2D(6, (2, 3), groups=3, use_bias=False), (6, 7, 6), (6, 2, 3, 2)),
        (L.Conv3D(2, (1, 2, 3)), (3, 4, 5, 2), (2, 1, 2, 3, 2)),
        (L.DepthwiseConv1D(3, depth_multiplier=2), (9, 3), (6, 3, 1)),
        (L.DepthwiseConv2D((2, 3), depth_multiplier=3), (6, 7, 2), (6, 2, 3, 1)),
        (L.SeparableConv1D(5, 3, depth_multiplier=2), (9, 3), (5, 3, 3)),
        (L.SeparableConv2D(4, (2, 3), depth_multiplier=3), (6, 7, 2), (4, 2, 3, 2)),
    ],
    ids=lambda value: value.__class__.__name__ if isinstance(value, L.Layer) else "",
)
def test_a_loop_over_the_kernels_gives_what_the_layer_gives(layer, shape, kernels_shape):
    model = around(layer, *shape)
    read = kernels(model, layer)
    assert read.kernels.shape == kernels_shape
    assert (read.biases is None) == (not layer.use_bias)
    x = RNG.normal(size=shape)
    np.testing.assert_allclose(convolved(read, x), model(x[None])[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Conv1DTranspose(3, 4, strides=2), (5, 2)),
        (L.Conv2DTranspose(3, (2, 3), strides=(2, 3)), (4, 5, 2)),
        (L.Conv3DTranspose(2, (2, 3, 2)), (3, 3, 3, 2)),
    ],
    ids=["1D", "2D", "3D"],
)
def test_a_transposed_layer_paints_its_kernel_where_an_impulse_is(layer, shape):
    model = around(layer, *shape)
    read = kernels(model, layer)
    nothing = np.zeros((1, *shape), "float32")
    base = np.array(model(nothing))
    np.testing.assert_allclose(base, np.broadcast_to(read.biases, base.shape), rtol=1e-5)
    for channel in range(shape[-1]):
        place = tuple(size // 2 for size in shape[:-1])
        impulse = nothing.copy()
        impulse[(0, *place, channel)] = 1
        painted = (np.array(model(impulse)) - base)[0]
        expected = np.zeros_like(painted)
        starts = [at * stride for at, stride in zip(place, layer.strides, strict=True)]
        where = tuple(slice(start, start + size) for start, size in zip(starts, read.kernels.shape[1:-1], strict=True))
        expected[where] = np.moveaxis(read.kernels[..., channel], 0, -1)
        np.testing.assert_allclose(painted, expected, atol=1e-5)


def test_a_convolution_answers_an_impulse_with_its_kernel_turned_round():
    layer = L.Conv2D(2, 3, use_bias=False)
    model = around(layer, 5, 5, 1)
    impulse = np.zeros((1, 5, 5, 1))
    impulse[0, 2, 2, 0] = 1
    answer = np.array(model(impulse))[0]
    for f, kernel in enumerate(kernels(model, layer).kernels):
        np.testing.assert_allclose(answer[..., f], kernel[::-1, ::-1, 0], atol=1e-6)


def test_filter_seven_of_get_weights_is_where_it_is_said_to_be():
    layer = L.Conv2D(9, 3)
    model = around(layer, 8, 8, 4)
    np.testing.assert_array_equal(kernels(model, 0 + 1).kernels[7], layer.get_weights()[0][:, :, :, 7])


def test_channels_first_has_the_same_order():
    layer = L.Conv2D(4, (2, 3), data_format="channels_first")
    inputs = keras.Input((3, 8, 9))
    model = keras.Model(inputs, layer(inputs))
    read = kernels(model, layer)
    assert read.kernels.shape == (4, 2, 3, 3)
    np.testing.assert_array_equal(read.kernels[1, 0, 2], layer.get_weights()[0][0, 2, :, 1])


def test_the_axes_have_names():
    assert kernels(around(L.Conv3D(2, 2), 4, 4, 4, 1), 1).axes == ("filter", "depth", "row", "column", "input channel")
    assert kernels(around(L.Conv1D(2, 2), 4, 1), 1).axes == ("filter", "step", "input channel")


def test_what_is_read_is_a_copy_detached_from_the_model():
    layer = L.Conv2D(2, 3)
    model = around(layer, 5, 5, 1)
    before = layer.get_weights()
    read = kernels(model, layer)
    read.kernels[:] = 0
    read.biases[:] = 0
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])
    np.testing.assert_array_equal(layer.get_weights()[1], before[1])
    again = kernels(model, layer)
    layer.set_weights([np.zeros_like(weight) for weight in before])
    assert np.any(again.kernels != 0)


def test_half_precision_is_read_as_float32():
    inputs = keras.Input((8, 8, 1))
    layer = L.Conv2D(2, 3, dtype="float16")
    assert kernels(keras.Model(inputs, layer(inputs)), 1).kernels.dtype == np.float32


class Nested:
    def __init__(self):
        inner = keras.Sequential([keras.Input((6, 6, 2)), L.Conv2D(3, 3, name="conv")], name="inner")
        inputs = keras.Input((4, 6, 6, 2))
        timed = L.TimeDistributed(L.Conv2D(2, 3, name="each"), name="timed")
        x = timed(inputs)
        self.model = keras.Model(inputs, L.Dense(2, name="head")(L.Flatten()(x)))
        outer_in = keras.Input((6, 6, 2))
        self.outer = keras.Model(outer_in, L.Dense(2, name="head")(L.Flatten()(inner(outer_in))))
        self.conv = inner.layers[0]


def test_a_layer_is_found_by_name_index_path_and_itself():
    nested = Nested()
    wanted = nested.conv.get_weights()[0][:, :, :, 1]
    for layer in ("inner/conv", nested.conv):
        np.testing.assert_array_equal(kernels(nested.outer, layer).kernels[1], wanted)
    inner = nested.outer.get_layer("inner")
    for layer in ("conv", 0, -1, np.int64(0)):
        np.testing.assert_array_equal(kernels(inner, layer).kernels[1], wanted)
    assert layers_with_kernels(nested.outer) == ["inner/conv"]


def test_a_layer_inside_a_wrapper_is_found_by_either_name():
    model = Nested().model
    assert layers_with_kernels(model) == ["timed/each"]
    assert kernels(model, "timed").kernels.shape == kernels(model, "timed/each").kernels.shape == (2, 3, 3, 2)


def test_a_layer_of_a_subclassed_model_is_found():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.look = L.Conv2D(3, 2, name="look")

        def call(self, x):
            return self.look(x)

    model = Own()
    model(np.zeros((1, 4, 4, 1)))
    assert kernels(model, "look").kernels.shape == (3, 2, 2, 1)
    with pytest.raises(ValueError, match="whose graph is code"):
        kernels(model, "look", fold_batch_norm=True)


def test_a_layer_without_kernels_is_refused_and_those_that_have_some_are_named():
    with pytest.raises(ValueError, match=r"Expected a layer with kernels: 'inner/conv'\. Received 'head', a Dense"):
        kernels(Nested().outer, "head")
    dense = around(L.Dense(2), 3)
    with pytest.raises(ValueError, match=r"^No kernels: this model has no conv layer\."):
        kernels(dense, 1)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"Expected a keras\.Model"):
        kernels("model.h5", 0)


def normalized(layer, shape, norm=None, data=None):
    inputs = keras.Input(shape)
    norm = L.BatchNormalization(name="norm") if norm is None else norm
    model = keras.Model(inputs, norm(layer(inputs)))
    for each in (layer, norm):
        each.set_weights([RNG.uniform(0.5, 2, size=weight.shape) for weight in each.get_weights()])
    return model


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Conv1D(4, 3), (9, 2)),
        (L.Conv2D(5, (2, 3)), (6, 7, 3)),
        (L.Conv2D(6, 2, groups=3, use_bias=False), (6, 7, 6)),
        (L.Conv3D(2, 2), (3, 4, 5, 2)),
        (L.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), (6, 7, 2)),
        (L.SeparableConv2D(4, 3), (6, 7, 2)),
    ],
    ids=lambda value: value.__class__.__name__ if isinstance(value, L.Layer) else "",
)
def test_folded_kernels_do_what_convolution_and_normalization_do(layer, shape):
    model = normalized(layer, shape)
    read = kernels(model, layer, fold_batch_norm=True)
    assert read.folded == "norm"
    assert not np.allclose(read.kernels, kernels(model, layer).kernels)
    x = RNG.normal(size=shape)
    np.testing.assert_allclose(convolved(read, x), model(x[None])[0], rtol=1e-5, atol=1e-5)


def test_folding_works_for_a_transposed_layer():
    layer = L.Conv2DTranspose(3, (2, 3), strides=2, padding="same")
    model = normalized(layer, (4, 5, 2))
    read = kernels(model, layer, fold_batch_norm=True)
    alone = L.Conv2DTranspose(3, (2, 3), strides=2, padding="same")
    alone.build((None, 4, 5, 2))
    alone.set_weights([np.moveaxis(read.kernels, 0, -2), read.biases])
    x = RNG.normal(size=(2, 4, 5, 2))
    np.testing.assert_allclose(alone(x), model(x), rtol=1e-5, atol=1e-5)


def test_folding_works_without_scale_and_center_and_inside_time_distributed():
    model = normalized(L.Conv2D(2, 2, name="conv"), (4, 4, 1), L.BatchNormalization(scale=False, center=False))
    x = RNG.normal(size=(4, 4, 1))
    read = kernels(model, "conv", fold_batch_norm=True)
    np.testing.assert_allclose(convolved(read, x), model(x[None])[0], rtol=1e-5, atol=1e-5)
    timed = normalized(L.TimeDistributed(L.Conv2D(2, 2), name="timed"), (3, 4, 4, 1))
    x = RNG.normal(size=(3, 4, 4, 1))
    read = kernels(timed, "timed", fold_batch_norm=True)
    np.testing.assert_allclose(convolved(read, x[1]), timed(x[None])[0, 1], rtol=1e-5, atol=1e-5)


def test_the_words_of_a_reading_hold_no_numbers():
    read = kernels(around(L.Conv2D(2, 3, name="conv"), 5, 5, 1), 1)
    assert isinstance(read, Kernels)
    assert repr(read) == ("Kernels(conv: Conv2D, filter × row × column × input channel (2, 3, 3, 1), biases (2,))")
