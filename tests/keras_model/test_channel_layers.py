import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import describe, kernels
from nbviz.keras_model import ModelReader

CONVOLUTIONS = {
    "1d": ((9, 4), lambda: layers.Conv1D(6, 3)),
    "2d": ((9, 8, 4), lambda: layers.Conv2D(6, (3, 2))),
    "3d": ((5, 5, 5, 4), lambda: layers.Conv3D(6, 2)),
    "grouped": ((9, 8, 4), lambda: layers.Conv2D(6, 3, groups=2)),
    "transposed": ((9, 8, 4), lambda: layers.Conv2DTranspose(6, 3, strides=2)),
    "depthwise": ((9, 8, 4), lambda: layers.DepthwiseConv2D(3, depth_multiplier=2)),
    "separable": ((9, 8, 4), lambda: layers.SeparableConv2D(6, 3, depth_multiplier=2)),
}


@pytest.fixture(scope="module", params=CONVOLUTIONS)
def convolution(request):
    shape, make = CONVOLUTIONS[request.param]
    rank = len(shape) - 1
    stem = (layers.Conv1D, layers.Conv2D, layers.Conv3D)[rank - 1](4, 1, name="stem")
    keras.utils.set_random_seed(0)
    model = Sequential([Input(shape, name="x"), stem, layers.ReLU(), make()])
    model.layers[-1].name = "conv"
    return model


def test_edges_between_channels_are_the_norms_of_the_kernels_between_them(convolution):
    reader = ModelReader(convolution)
    found = reader.channel_weights().slices["conv"]
    told = kernels(convolution, "conv")
    norms, sums = np.zeros_like(found.norms), np.zeros_like(found.sums)
    for filter_, kernel in enumerate(told.kernels):
        for place, channel in enumerate(told.inputs[filter_]):
            norms[channel, filter_] = np.sqrt((kernel[..., place] ** 2).sum())
            sums[channel, filter_] = kernel[..., place].sum()
    np.testing.assert_allclose(found.norms, norms, rtol=1e-5)
    np.testing.assert_allclose(found.sums, sums, rtol=1e-4, atol=1e-6)
    connection = reader.architecture.into("conv")[0]
    assert connection.sparse == bool((norms == 0).any())


def test_small_kernels_travel_whole_filter_by_filter(convolution):
    found = ModelReader(convolution).channel_weights().kernels.get("conv")
    told = kernels(convolution, "conv")
    connection = describe(convolution).into("conv")[0]
    if connection.sparse or told.kernels.ndim == 5:
        assert found is None
        return
    expected = np.moveaxis(told.kernels, -1, 1)
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-5)


def test_a_network_of_any_convolutions_flows_channel_by_channel(convolution):
    reader = ModelReader(convolution)
    x = np.random.default_rng(0).normal(size=(5, *reader.specs[0].shape)).astype("float32")
    answer = convolution.predict(x, verbose=0)
    flow, maps = reader.forward([x]), reader.mean_maps([x]).maps
    positions = tuple(range(1, answer.ndim - 1))
    np.testing.assert_allclose(flow["a", "conv"], answer.mean(axis=positions), rtol=1e-4, atol=1e-6)
    mean = answer.mean(axis=0)
    plane = mean[None] if mean.ndim == 2 else mean.mean(axis=0) if mean.ndim == 4 else mean
    np.testing.assert_allclose(maps["conv"], plane, rtol=1e-4, atol=1e-6)


def test_maps_are_means_over_rows_whatever_the_batches():
    model = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 3, name="c"), layers.GlobalMaxPooling2D()])
    x = np.random.default_rng(0).normal(size=(7, 6, 6, 1)).astype("float32")
    reader = ModelReader(model)
    whole = reader.mean_maps([x]).maps["c"]
    part = Model(model.inputs, model.get_layer("c").output).predict(x, verbose=0).mean(axis=0)
    np.testing.assert_allclose(whole, part, rtol=1e-5, atol=1e-6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbviz.keras_model.reader.ROOM", 3 * reader.numbers_per_row)
        np.testing.assert_allclose(reader.mean_maps([x]).maps["c"], whole, rtol=1e-5, atol=1e-6)


def pairs(model):
    return [(edge.source, edge.target, edge.kind, edge.offset) for edge in describe(model).connections]


def test_channels_that_are_joined_keep_their_places():
    image = Input((8, 8, 3), name="image")
    a, b = layers.Conv2D(4, 1, name="a")(image), layers.Conv2D(2, 1, name="b")(image)
    joined = layers.Concatenate(name="join")([a, b])
    model = Model(image, layers.Conv2D(5, 1, name="c")(joined))
    architecture = describe(model)
    assert (architecture["join"].kind, architecture["join"].units) == ("maps", 6)
    assert pairs(model) == [
        ("image", "a", "norm", 0),
        ("image", "b", "norm", 0),
        ("a", "join", "link", 0),
        ("b", "join", "link", 4),
        ("join", "c", "norm", 0),
    ]
    assert ModelReader(model).channel_weights().slices["c"].norms.shape == (6, 5)


def test_a_residual_block_adds_channel_to_channel():
    image = Input((8, 8, 3), name="image")
    a = layers.Conv2D(4, 1, name="a")(image)
    b = layers.Conv2D(4, 3, padding="same", name="b")(a)
    for added in (layers.Add(name="sum")([a, b]), a + b):
        architecture = describe(Model(image, added))
        last = architecture.layers[-1]
        assert (last.kind, last.units) == ("maps", 4)
        assert {edge.kind for edge in architecture.into(last.name)} == {"link"}


def test_a_join_along_rows_is_a_block():
    image = Input((8, 8, 3), name="image")
    a, b = layers.Conv2D(4, 1, name="a")(image), layers.Conv2D(4, 1, name="b")(image)
    model = Model(image, layers.Concatenate(axis=1, name="join")([a, b]))
    assert describe(model)["join"].kind == "block"


def test_the_mean_over_positions_has_units_with_weights_of_their_own():
    model = Sequential([Input((8, 8, 3)), layers.Conv2D(4, 3, name="c"), layers.GlobalAveragePooling2D(name="mean"),
                        layers.Dense(2, name="y")])  # fmt: skip
    architecture = describe(model)
    assert (architecture["mean"].kind, architecture["mean"].units, architecture["mean"].has_maps) == ("maps", 4, False)
    assert pairs(model)[1:] == [("c", "mean", "link", 0), ("mean", "y", "kernel", 0)]


def test_a_reshape_that_breaks_channels_up_is_a_block():
    model = Sequential([Input((4, 4, 2)), layers.Conv2D(4, 1, name="c"), layers.Reshape((8, 8), name="cut"),
                        layers.Conv1D(3, 1, name="d"), layers.Reshape((24,)), layers.Dense(2, name="y")])  # fmt: skip
    architecture = describe(model)
    assert architecture["cut"].kind == "block"
    assert [edge.kind for edge in architecture.into("d")] == ["norm"]
    slices = ModelReader(model).channel_weights().slices
    assert slices["y"].norms.shape == (3, 2)  # a Reshape to one row is a Flatten


def test_flattened_channels_first_are_grouped_as_they_lie():
    def build(data_format, shape):
        keras.utils.set_random_seed(1)
        return Sequential([Input(shape), layers.Conv2D(3, 1, data_format=data_format, name="c"),
                           layers.Reshape((27,)), layers.Dense(2, name="y")])  # fmt: skip

    first = build("channels_first", (2, 3, 3))
    kernel = np.asarray(first.get_layer("y").kernel).reshape(3, 9, 2)  # channel by channel
    found = ModelReader(first).channel_weights().slices["y"]
    np.testing.assert_allclose(found.norms, np.linalg.norm(kernel, axis=1), rtol=1e-5)
    last = build("channels_last", (3, 3, 2))
    kernel = np.asarray(last.get_layer("y").kernel).reshape(9, 3, 2)
    found = ModelReader(last).channel_weights().slices["y"]
    np.testing.assert_allclose(found.norms, np.linalg.norm(kernel, axis=0), rtol=1e-5)


def test_a_convolution_of_the_users_own_is_a_block():
    class Scaled(layers.Conv2D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    model = Sequential([Input((8, 8, 3)), Scaled(4, 3, name="own")])
    assert describe(model)["own"].kind == "block"


def test_deep_networks_are_drawn_without_channels():
    steps = [layers.Conv2D(2, 1) for _ in range(20)]
    reader = ModelReader(Sequential([Input((4, 4, 2)), *steps]))
    assert {layer.kind for layer in reader.whole.layers} == {"input", "conv"}
    assert {layer.kind for layer in reader.architecture.layers} == {"input", "block"}
