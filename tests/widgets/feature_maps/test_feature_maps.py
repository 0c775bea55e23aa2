import threading

import keras
import numpy as np
import pytest
import traitlets

from nbviz import activations
from nbviz.attribution.explain import attributions
from nbviz.attribution.layer_importance import layer_importance
from nbviz.attribution.methods.grad_cam import grad_cam
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps

L = keras.layers
RNG = np.random.default_rng(11)


@pytest.fixture
def x():
    return RNG.normal(size=(20, 8, 8, 1)).astype("float32")


@pytest.fixture
def model():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(4, 3, activation="relu", name="first"),
            L.MaxPooling2D(name="pool"),
            L.Conv2D(6, 2, activation="tanh", name="second"),
            L.Flatten(),
            L.Dense(3, activation="softmax", name="head"),
        ]
    )
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def sent(widget, key):
    place = next(array for array in widget.maps["arrays"] if array["key"] == key)
    count = int(np.prod(place["shape"]))
    return np.frombuffer(widget.numbers, f"<{place['dtype']}", count, place["offset"]).reshape(place["shape"])


def test_the_first_convolution_and_the_first_sample_are_shown(model, x):
    maps = FeatureMaps(model, x)
    assert (maps.layer, maps.selected_sample, maps.layers) == ("first", 0, ["first", "pool", "second"])
    np.testing.assert_allclose(maps.values, activations(model, x, "first")["first"][0], atol=1e-6)
    np.testing.assert_allclose(sent(maps, "after")[2], maps.values[..., 2])
    assert repr(maps) == "FeatureMaps(first: 6 × 6 × 4, sample 0)"


def test_another_sample_layer_and_the_mean_are_shown_on_demand(model, x):
    maps = FeatureMaps(model, x, "second", sample=3)
    every = activations(model, x)
    np.testing.assert_allclose(maps.values, every["second"][3], atol=1e-6)
    maps.selected_sample = None
    np.testing.assert_allclose(maps.values, every["second"].mean(axis=0), atol=1e-6)
    assert (maps.maps["sample"], maps.maps["averaged"]) == (None, 20)
    maps.layer = "pool"
    np.testing.assert_allclose(maps.values, every["pool"].mean(axis=0), atol=1e-6)
    assert maps.values_before is None
    np.testing.assert_allclose(sent(maps, "input")[..., 0], x.mean(axis=0)[..., 0], atol=1e-6)


def test_grad_cam_and_its_importance_come_along_for_every_class(model, x):
    maps = FeatureMaps(model, x, "second", sample=5, class_names=["a", "b", "c"])
    found = grad_cam(model, x[5:6], "second")
    np.testing.assert_allclose(sent(maps, "grad_cam"), np.moveaxis(found.maps[0], -1, 0), atol=1e-6)
    np.testing.assert_allclose(sent(maps, "importance"), found.importance[0].T, atol=1e-6)
    assert maps.maps["class_names"] == ["a", "b", "c"]
    assert maps.maps["predicted"] == int(activations(model, x[5:6], "head")["head"].argmax())
    maps.selected_sample = None
    np.testing.assert_allclose(
        sent(maps, "grad_cam"), np.moveaxis(grad_cam(model, x, "second").maps.mean(axis=0), -1, 0), atol=1e-6
    )


def test_of_the_mean_gradient_times_input_is_what_layer_importance_says(model, x):
    maps = FeatureMaps(model, x, "first", sample=None, importance="gradient_x_input")
    table = layer_importance(model, x)["first"].strength
    np.testing.assert_allclose(sent(maps, "importance"), np.asarray(table).T, rtol=1e-4)
    maps.selected_sample = 4
    credit = attributions(model, x[4:5], method="gradient_x_input", layer="first", sum_axes=(0, 1))
    np.testing.assert_allclose(sent(maps, "importance"), credit[0].T, rtol=1e-4, atol=1e-6)
    assert "gradient × input of the map on the centred logit" in maps.maps["importance"]


def test_attributions_are_worked_out_when_they_are_asked_for(model, x):
    maps = FeatureMaps(model, x, sample=2, attribution="integrated_gradients")
    assert "attribution" not in [array["key"] for array in maps.maps["arrays"]]
    maps.overlay = "attribution"
    expected = attributions(model, x[2:3], method="integrated_gradients", background=x)
    np.testing.assert_allclose(sent(maps, "attribution"), np.moveaxis(expected[0, :, :, 0], -1, 0), atol=1e-5)


def test_of_many_classes_the_likely_ones_and_the_selected_one_are_sent(x):
    inputs = keras.Input((8, 8, 1))
    hidden = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, activation="relu", name="conv")(inputs))
    model = keras.Model(inputs, L.Dense(100, activation="softmax", name="head")(hidden))
    maps = FeatureMaps(model, x)
    answers = activations(model, x[:1], "head")["head"][0]
    likely = np.argsort(-answers, kind="stable")[:5].tolist()
    assert maps.maps["classes"] == likely
    other = int(answers.argmin())
    maps.selected_class = other
    assert maps.maps["classes"] == [*likely, other]
    np.testing.assert_allclose(
        sent(maps, "grad_cam")[5], grad_cam(model, x[:1], "conv", classes=[other]).maps[0, ..., 0], atol=1e-6
    )
    with pytest.raises(traitlets.TraitError, match="Expected selected_class from 0 to 99"):
        maps.selected_class = 100


def test_unit_and_channel_follow_each_other(model, x):
    maps = FeatureMaps(model, x, "second", first_unit=30)
    maps.selected_unit = 33
    assert (maps.selected_channel, maps.selected_map) == (3, 3)
    maps.selected_channel = 5
    assert maps.selected_unit == 35
    maps.selected_channel = None
    assert maps.selected_unit is None
    maps.selected_channel = 99
    assert (maps.selected_map, maps.selected_channel) == (None, None)


def test_ids_of_units_turn_to_their_layer(model, x):
    maps = FeatureMaps(model, x, first_unit={"first": 10, "second": 14})
    maps.selected_unit = 16
    assert (maps.layer, maps.selected_channel, maps.selected_unit) == ("second", 2, 16)
    maps.selected_unit = 11
    assert (maps.layer, maps.selected_channel, maps.selected_unit) == ("first", 1, 11)


def test_another_layer_drops_the_selection(model, x):
    maps = FeatureMaps(model, x)
    maps.selected_unit = 2
    maps.layer = "second"
    assert (maps.selected_unit, maps.selected_channel) == (None, None)


def test_update_looks_again(model, x):
    maps = FeatureMaps(model, x)
    before = maps.numbers
    model.get_layer("first").set_weights([np.ones((3, 3, 1, 4)), np.zeros(4)])
    assert maps.numbers == before
    maps.update()
    assert maps.numbers != before
    np.testing.assert_allclose(maps.values, activations(model, x, "first")["first"][0], atol=1e-6)


def test_maps_that_come_later_are_those_that_would_have_come_at_once(model, x):
    ids = {"first": 10, "second": 20}
    late = FeatureMaps(model, x, first_unit=ids, at_once=False)
    assert (late.maps, late.values, late.no_maps) == ({}, None, "The maps are being worked out.")
    late.selected_unit, late.selected_sample, late.selected_class = 23, 4, 1
    assert late.maps == {}
    late.update()
    now = FeatureMaps(model, x, "second", sample=4, first_unit=ids)
    now.selected_unit = 23
    assert (late.layer, late.selected_map, late.selected_channel, late.no_maps) == ("second", 3, 3, "")
    assert late.maps == now.maps
    assert late.numbers == now.numbers
    late.selected_sample = 5
    np.testing.assert_allclose(late.values, activations(model, x, "second")["second"][5], atol=1e-6)


def test_a_sample_chosen_while_a_thread_looks_again_is_the_one_that_is_shown(model, x, monkeypatch):
    maps = FeatureMaps(model, x, at_once=False)
    read, begun, go = maps._shown.read_maps, threading.Event(), threading.Event()

    def slow(layer, sample):
        begun.set()
        assert go.wait(30)
        read(layer, sample)

    monkeypatch.setattr(maps._shown, "read_maps", slow)
    looks = threading.Thread(target=maps.update)
    looks.start()
    assert begun.wait(30)
    chooses = threading.Thread(target=lambda: maps.set_trait("selected_sample", 6))
    chooses.start()
    go.set()
    looks.join(30)
    chooses.join(30)
    assert (maps.maps["sample"], maps.selected_sample) == (6, 6)
    np.testing.assert_allclose(maps.values, activations(model, x, "first")["first"][6], atol=1e-6)


def test_a_model_without_maps_is_no_error():
    model = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    maps = FeatureMaps(model, np.zeros((2, 3)))
    assert (maps.layer, maps.layers, maps.maps, maps.values) == ("", [], {}, None)
    assert "No feature maps: this model has no layer with rows and columns, or steps." in repr(maps)
    maps.update()
    with pytest.raises(traitlets.TraitError, match="No feature maps"):
        maps.layer = "conv"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"layer": "head"}, "Expected a layer with feature maps: 'first', 'pool', 'second'. Received 'head'"),
        ({"sample": 20}, "Expected sample from 0 to 19 or None. Received 20"),
        ({"importance": "magic"}, "Expected importance among .*'grad_cam'.*Received 'magic'"),
        ({"importance": "permutation"}, "Expected importance among"),
        ({"overlay": "all"}, "Expected overlay among"),
        ({"class_names": ["a"]}, "Expected 3 class_names"),
        ({"height": 0}, "Expected height"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(model, x, given, words):
    with pytest.raises(ValueError, match=words):
        FeatureMaps(model, x, **given)


def test_an_image_of_another_size_is_refused(model):
    with pytest.raises(ValueError, match=r"Expected x of shape \(n, 8, 8, 1\)\. Received \(n, 28, 28, 1\)"):
        FeatureMaps(model, np.zeros((2, 28, 28, 1)))
    with pytest.raises(ValueError, match="For one row, pass it inside a list"):
        FeatureMaps(model, np.zeros((8, 8, 1)))


def test_what_is_set_wrongly_leaves_everything_as_it_was(model, x):
    maps = FeatureMaps(model, x)
    state = maps.get_state(["maps", "layer", "selected_sample"])
    for name, value in (("layer", "head"), ("selected_sample", 20), ("selected_class", 3), ("overlay", "x")):
        with pytest.raises(traitlets.TraitError):
            setattr(maps, name, value)
    assert maps.get_state(["maps", "layer", "selected_sample"]) == state


def test_an_autoencoder_has_maps_and_says_why_it_has_no_grad_cam(x):
    inputs = keras.Input((8, 8, 1))
    hidden = L.Conv2D(2, 3, padding="same", activation="relu", name="code")(inputs)
    maps = FeatureMaps(keras.Model(inputs, L.Conv2D(1, 3, padding="same")(hidden)), x, overlay="attribution")
    assert maps.values.shape == (8, 8, 2)
    assert maps.maps["classes"] == []
    assert "answers at every position" in maps.maps["grad_cam_error"]


def test_another_backend_has_maps_and_says_why_it_has_no_grad_cam(model, x, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    maps = FeatureMaps(model, x)
    assert maps.values.shape == (6, 6, 4)
    assert "Expected Keras on TensorFlow" in maps.maps["grad_cam_error"]


def test_numbers_that_are_none_reach_the_page_as_such(model, x):
    kernel, bias = model.get_layer("second").get_weights()
    kernel[0, 0, 0, 3] = np.nan
    model.get_layer("second").set_weights([kernel, bias])
    maps = FeatureMaps(model, x, "second")
    assert np.isnan(sent(maps, "after")[3]).all()
    assert np.isfinite(sent(maps, "after")[2]).all()
    assert np.isfinite(maps.maps["scale"])


def test_the_model_is_left_as_it_was(model, x):
    weights, config = model.get_weights(), model.to_json()
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    maps = FeatureMaps(model, x, overlay="attribution")
    maps.layer, maps.selected_sample = "second", None
    assert (config, nodes) == (model.to_json(), [len(layer._inbound_nodes) for layer in model.layers])
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_notebook_without_a_kernel_has_a_picture(model, x):
    bundle = FeatureMaps(model, x)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "<img" in data["text/html"]
    assert "sample 0" in data["text/plain"]


def test_the_predicted_class_is_one_of_the_first_output(x):
    inputs = keras.Input((8, 8, 1))
    hidden = L.GlobalAveragePooling2D()(L.Conv2D(2, 3, name="conv")(inputs))
    first, second = L.Dense(2, activation="softmax", name="first"), L.Dense(3, activation="softmax", name="second")
    model = keras.Model(inputs, [first(hidden), second(hidden)])
    first.set_weights([np.zeros((2, 2)), np.array([-5.0, -4.0])])
    maps = FeatureMaps(model, x)
    assert maps.maps["predicted"] == 1
    assert maps.maps["class_names"] == ["first: 0", "first: 1", "second: 0", "second: 1", "second: 2"]


def test_a_regression_predicts_no_class(x):
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, L.Dense(2)(L.Flatten()(L.Conv2D(2, 3)(inputs))))
    maps = FeatureMaps(model, x)
    assert (maps.maps["predicted"], maps.maps["classes"]) == (None, [0, 1])
