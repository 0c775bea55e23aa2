import keras
import numpy as np
import pytest

from nbviz import activations
from nbviz.keras_model.activations.feature_maps import NO_MAPS, MapReader

L = keras.layers
RNG = np.random.default_rng(3)


@pytest.fixture
def x():
    return RNG.normal(size=(5, 8, 8, 2)).astype("float32")


@pytest.fixture
def model():
    inner = keras.Sequential([keras.Input((6, 6, 3)), L.Conv2D(4, 3, activation="relu", name="conv")], name="inner")
    inputs = keras.Input((8, 8, 2))
    hidden = L.Conv2D(3, 3, activation="tanh", name="first")(inputs)
    hidden = inner(hidden)
    hidden = L.MaxPooling2D(name="pool")(hidden)
    hidden = L.ReLU(name="relu")(hidden)
    sequence = L.Reshape((4, 4), name="steps")(hidden)
    return keras.Model(inputs, L.Dense(2, name="head")(L.Flatten(name="flat")(sequence)))


def test_layers_with_positions_are_found_also_inside_other_models(model):
    reader = MapReader(model)
    assert {name: layer.shape for name, layer in reader.layers.items()} == {
        "first": (6, 6, 3),
        "inner/conv": (4, 4, 4),
        "pool": (2, 2, 4),
        "relu": (2, 2, 4),
        "steps": (4, 4),
    }
    assert reader.first == "first"


def test_a_layer_is_found_by_name_index_and_itself(model):
    reader = MapReader(model)
    assert reader.find(model, "inner/conv") == reader.find(model, model.get_layer("inner")) == "inner/conv"
    assert reader.find(model, 3) == reader.find(model, model.get_layer("pool")) == "pool"
    with pytest.raises(ValueError, match=r"Expected a layer with feature maps: 'first'.*Received 'head', a Dense"):
        reader.find(model, "head")
    with pytest.raises(ValueError, match="Expected a layer among"):
        reader.find(model, "nothing")
    with pytest.raises(IndexError):
        reader.find(model, 99)


def test_maps_are_what_the_layer_returns(model, x):
    found, before, _ = MapReader(model).mean_maps(model, "pool", [x[2:3]])
    np.testing.assert_allclose(found, activations(model, x[2:3], "pool")["pool"][0], atol=1e-6)
    assert before is None


def test_the_mean_is_taken_over_all_batches(model):
    many = RNG.normal(size=(150, 8, 8, 2)).astype("float32")
    found, *_ = MapReader(model).mean_maps(model, "first", [many])
    np.testing.assert_allclose(found, activations(model, many, "first")["first"].mean(axis=0), atol=1e-6)


LAYERS = {
    "Conv2D": lambda **given: L.Conv2D(3, 3, **given),
    "Conv2DTranspose": lambda **given: L.Conv2DTranspose(3, 3, **given),
    "DepthwiseConv2D": lambda **given: L.DepthwiseConv2D(3, **given),
    "SeparableConv2D": lambda **given: L.SeparableConv2D(3, 3, **given),
    "Dense": lambda **given: L.Dense(3, **given),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_before_the_activation_is_what_the_same_layer_without_one_returns(kind, x):
    def around(activation):
        inputs = keras.Input((8, 8, 2))
        return keras.Model(inputs, LAYERS[kind](activation=activation, name="it")(inputs))

    model, linear = around("tanh"), around(None)
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    linear.set_weights(model.get_weights())
    after, before, _ = MapReader(model).mean_maps(model, "it", [x[:1]])
    np.testing.assert_allclose(before, linear(x[:1])[0], atol=1e-5)
    np.testing.assert_allclose(after, np.tanh(before), atol=1e-5)
    assert MapReader(linear).layers["it"].activation is None


def test_before_an_activation_layer_is_what_enters_it(model, x):
    reader = MapReader(model)
    after, before, _ = reader.mean_maps(model, "relu", [x[:1]])
    pooled, *_ = reader.mean_maps(model, "pool", [x[:1]])
    np.testing.assert_array_equal(before, pooled)
    np.testing.assert_array_equal(after, np.maximum(pooled, 0))


def test_channels_first_come_out_channels_last(x):
    def around(data_format):
        shape = (2, 8, 8) if data_format == "channels_first" else (8, 8, 2)
        inputs = keras.Input(shape)
        hidden = L.Rescaling(2.0, name="scaled")(inputs)
        hidden = L.Conv2D(3, 3, data_format=data_format, activation="tanh", name="conv")(hidden)
        return keras.Model(inputs, L.ReLU(name="relu")(hidden))

    first, last = around("channels_first"), around("channels_last")
    first.set_weights(last.get_weights())
    moved = np.moveaxis(x, -1, 1)
    readers = MapReader(first), MapReader(last)
    assert readers[0].inputs_first == [True]
    for name in ("scaled", "conv", "relu"):
        assert readers[0].layers[name].shape == readers[1].layers[name].shape
        pairs = zip(readers[0].mean_maps(first, name, [moved]), readers[1].mean_maps(last, name, [x]), strict=True)
        for a, b in pairs:
            np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), atol=1e-5)


def test_a_machine_that_cannot_run_channels_first_says_so_clearly(x, monkeypatch):
    inputs = keras.Input((2, 8, 8))
    model = keras.Model(inputs, L.Conv2D(3, 3, data_format="channels_first", name="conv")(inputs))
    reader = MapReader(model)

    def refuse(*_):
        raise ValueError("The Conv2D op currently only supports the NHWC tensor format on the CPU.")

    monkeypatch.setattr("nbviz.keras_model.activations.feature_maps.compiled_if_possible", lambda *_: refuse)
    with pytest.raises(RuntimeError, match=r"TensorFlow on a CPU cannot run .* channels first\. Received 'conv'"):
        reader.mean_maps(model, "conv", [np.moveaxis(x, -1, 1)])


def test_a_shared_layer_has_a_name_for_each_call(x):
    conv = L.Conv2D(2, 3, padding="same", name="conv")
    inputs = keras.Input((8, 8, 2))
    model = keras.Model(inputs, conv(conv(inputs)))
    reader = MapReader(model)
    assert list(reader.layers) == ["conv", "conv:1"]
    once, *_ = reader.mean_maps(model, "conv", [x[:1]])
    twice, *_ = reader.mean_maps(model, "conv:1", [x[:1]])
    np.testing.assert_allclose(twice, conv(once[None])[0], atol=1e-5)


def test_a_convolution_with_a_call_of_its_own_is_not_split(x):
    class Own(L.Conv2D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    inputs = keras.Input((8, 8, 2))
    model = keras.Model(inputs, Own(2, 3, activation="relu", name="own")(inputs))
    reader = MapReader(model)
    assert reader.layers["own"].activation is None
    assert reader.mean_maps(model, "own", [x])[1] is None


def test_models_without_maps_say_why():
    dense = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    assert MapReader(dense).expected == NO_MAPS

    class Code(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = L.Conv2D(2, 3)

        def call(self, inputs):
            return self.conv(inputs)

    model = Code()
    model(np.zeros((1, 8, 8, 2)))
    assert "subclassed model are code" in MapReader(model).expected


def test_looking_leaves_no_trace(model, x):
    def traces():
        layers = [*model.layers, *model.get_layer("inner").layers]
        return [len(layer._inbound_nodes) for layer in layers], [len(layer._outbound_nodes) for layer in layers]

    config, before, weights = model.to_json(), traces(), model.get_weights()
    reader = MapReader(model)
    for name in reader.layers:
        reader.mean_maps(model, name, [x])
    assert (model.to_json(), traces()) == (config, before)
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert model.get_layer("first").activation is keras.activations.tanh
