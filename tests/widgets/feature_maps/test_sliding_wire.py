"""What travels is enough to work out every number of a map, in the way the browser does it."""

import keras
import numpy as np
import pytest

from nbviz.keras_model.activations.feature_maps import MapReader
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps
from nbviz.widgets.feature_maps.sliding_wire import MOST_BYTES

L = keras.layers
RNG = np.random.default_rng(8)


def arrays_of(widget):
    found = {}
    for array in widget.maps["arrays"]:
        count = int(np.prod(array["shape"]))
        values = np.frombuffer(widget.numbers, f"<{array['dtype']}", count, array["offset"])
        found[array["key"]] = values.reshape(array["shape"])
    return found


def by_hand(wire, arrays, channel, row, column):
    """Bias plus products, number by number; what lies outside the input is 0."""
    total = float(arrays["bias"][channel]) if "bias" in arrays else 0.0
    first = int(arrays["first_input"][channel]) if "first_input" in arrays else 0
    for source in range(wire["channels"]):
        for down in range(wire["rows"]):
            for across in range(wire["columns"]):
                y = row * wire["strides"][0] - wire["padded"][0] + down * wire["dilation"][0]
                x = column * wire["strides"][1] - wire["padded"][1] + across * wire["dilation"][1]
                if 0 <= y < wire["input_rows"] and 0 <= x < wire["input_columns"]:
                    value = float(arrays["entering"][first + source, y, x])
                    total += value * float(arrays["kernels"][channel, source, down, across])
    return total


IMAGE = (9, 8, 4)
SEQUENCE = (11, 4)
CASES = {
    "valid": (L.Conv2D(3, 3, activation="relu"), IMAGE),
    "same": (L.Conv2D(3, (3, 2), padding="same", activation="tanh"), IMAGE),
    "strides": (L.Conv2D(3, 3, strides=2, padding="same", activation="relu"), IMAGE),
    "uneven strides": (L.Conv2D(3, (2, 5), strides=(3, 2), padding="same", use_bias=False, activation="relu"), IMAGE),
    "dilation": (L.Conv2D(3, 3, dilation_rate=2, padding="same", activation="relu"), IMAGE),
    "groups": (L.Conv2D(4, 3, groups=2, activation="relu"), IMAGE),
    "no activation": (L.Conv2D(3, 3), IMAGE),
    "depthwise": (L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu"), IMAGE),
    "separable": (L.SeparableConv2D(3, 3, depth_multiplier=2, padding="same", activation="relu"), IMAGE),
    "sequence": (L.Conv1D(3, 4, strides=2, padding="same", activation="relu"), SEQUENCE),
    "causal": (L.Conv1D(3, 3, dilation_rate=2, padding="causal", activation="relu"), SEQUENCE),
    "depthwise sequence": (L.DepthwiseConv1D(3, padding="same", activation="relu"), SEQUENCE),
    "separable sequence": (L.SeparableConv1D(3, 3, strides=2, padding="same", activation="relu"), SEQUENCE),
}


@pytest.mark.parametrize("sample", [1, None])
@pytest.mark.parametrize("case", CASES)
def test_every_number_of_every_map_can_be_worked_out(case, sample):
    layer, shape = CASES[case]
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    maps = FeatureMaps(model, RNG.normal(size=(3, *shape)).astype("float32"), sample=sample)
    wire, arrays = maps.maps["sliding"], arrays_of(maps)
    shown = arrays.get("before", arrays["after"])
    places = np.ndindex(shown.shape)
    found = np.reshape([by_hand(wire, arrays, *place) for place in places], shown.shape)
    np.testing.assert_allclose(found, shown, atol=1e-4)


def test_channels_first_makes_no_difference():
    """TensorFlow cannot run it on a CPU; the way of the kernels over the input is known all the same."""
    inputs = keras.Input((4, 9, 8))
    model = keras.Model(inputs, L.Conv2D(3, 3, data_format="channels_first", name="conv")(inputs))
    sliding = MapReader(model).layers["conv"].sliding
    assert (sliding.entering, sliding.channels_first) == ((9, 8, 4), True)


def small(**given):
    inputs = keras.Input((6, 6, 1), name="picture")
    return keras.Model(inputs, L.Conv2D(2, 3, activation="relu", name="conv", **given)(inputs))


def test_the_patch_lies_on_the_picture_only_where_that_is_what_enters():
    x = np.zeros((1, 6, 6, 1), "float32")
    assert FeatureMaps(small(), x).maps["sliding"]["on_picture"]
    inputs = keras.Input((6, 6, 1))
    scaled = keras.Model(inputs, L.Conv2D(2, 3, name="conv")(L.Rescaling(2.0)(inputs)))
    assert not FeatureMaps(scaled, x, "conv").maps["sliding"]["on_picture"]


def test_layers_without_kernels_have_nothing_to_slide():
    inputs = keras.Input((6, 6, 1))
    model = keras.Model(inputs, L.MaxPooling2D(name="pool")(inputs))
    maps = FeatureMaps(model, np.zeros((1, 6, 6, 1), "float32"))
    assert (maps.maps["sliding"], maps.maps["sliding_error"]) == (None, None)


@pytest.mark.parametrize("size", [(300, 300), (None, None)])
def test_what_is_too_large_to_travel_says_so(size):
    inputs = keras.Input((*size, 1))
    model = keras.Model(inputs, L.Conv2D(2, 3, name="conv")(inputs))
    maps = FeatureMaps(model, np.zeros((1, 300, 300, 1), "float32"))
    assert maps.maps["sliding"] is None
    assert maps.maps["sliding_error"] == (
        "Too large to show how a number is made: an input of 300 × 300 × 1 and 20 numbers of kernels take 360 kB; "
        "at most 200 kB travel with the maps."
    )
    assert "kernels" not in arrays_of(maps)


def test_the_largest_that_travels_is_bounded():
    inputs = keras.Input((220, 220, 1))
    model = keras.Model(inputs, L.Conv2D(2, 3, name="conv")(inputs))
    maps = FeatureMaps(model, np.zeros((1, 220, 220, 1), "float32"))
    arrays = arrays_of(maps)
    sizes = [arrays[key].nbytes for key in ("entering", "kernels", "bias")]
    assert maps.maps["sliding"] is not None
    assert 0.9 * MOST_BYTES < sum(sizes) <= MOST_BYTES


def test_weights_are_those_of_the_last_update():
    model = small()
    maps = FeatureMaps(model, np.ones((1, 6, 6, 1), "float32"))
    model.get_layer("conv").set_weights([np.full((3, 3, 1, 2), 0.5), np.array([1.0, 2.0])])
    maps.update()
    arrays = arrays_of(maps)
    np.testing.assert_array_equal(arrays["kernels"], np.full((2, 1, 3, 3), 0.5))
    np.testing.assert_array_equal(arrays["bias"], [1, 2])
