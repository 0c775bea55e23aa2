import keras
import numpy as np
import pytest

from nbviz import activations
from nbviz.attribution.explain import attributions
from nbviz.attribution.methods.grad_cam import grad_cam
from nbviz.widgets.feature_maps.shown_maps import MEAN_NUMBERS, MEAN_ROWS, ShownMaps

L = keras.layers
RNG = np.random.default_rng(11)


@pytest.fixture
def x():
    return RNG.normal(size=(20, 8, 8, 1)).astype("float32")


@pytest.fixture
def model():
    inputs = keras.Input((8, 8, 1), name="image")
    hidden = L.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    return keras.Model(inputs, L.Dense(3, activation="softmax", name="head")(L.Flatten()(hidden)))


def shown_of(model, x):
    return ShownMaps(model, x, None, "grad_cam", "gradient")


def test_of_many_samples_evenly_spaced_ones_make_the_mean(model):
    many = RNG.normal(size=(1000, 8, 8, 1)).astype("float32")
    shown = shown_of(model, many)
    shown.read_maps("conv", None)
    found = shown.layer_maps(attributed=False)
    assert (found.rows.sample, found.rows.averaged, found.rows.samples) == (None, MEAN_ROWS, 1000)
    rows = np.linspace(0, 999, MEAN_ROWS).astype(int)
    np.testing.assert_allclose(found.maps.after, activations(model, many[rows], "conv")["conv"].mean(axis=0), atol=1e-5)


def test_of_large_inputs_fewer_rows_make_the_mean():
    inputs = keras.Input((256, 256, 1))
    model = keras.Model(inputs, L.Conv2D(1, 3, strides=8, name="conv")(inputs))
    shown = shown_of(model, np.zeros((40, 256, 256, 1), "float32"))
    shown.read_maps("conv", None)
    assert shown.layer_maps(attributed=False).rows.averaged == MEAN_NUMBERS // 256**2 == 32


def test_of_one_sample_there_is_no_mean(model, x):
    shown = shown_of(model, x)
    shown.read_maps("conv", 7)
    found = shown.layer_maps(attributed=False)
    assert (found.rows.sample, found.rows.averaged, found.rows.samples) == (7, 1, 20)
    np.testing.assert_allclose(found.maps.after, activations(model, x, "conv")["conv"][7], atol=1e-6)
    np.testing.assert_array_equal(found.picture.values, x[7])
    assert (found.picture.low, found.picture.high) == (x.min(), x.max())


def test_several_inputs_show_the_one_that_is_a_picture(x):
    first, second = keras.Input((3,), name="numbers"), keras.Input((8, 8, 1), name="image")
    hidden = L.Flatten()(L.Conv2D(2, 3, name="conv")(second))
    model = keras.Model([first, second], L.Dense(2, activation="softmax")(L.Concatenate()([first, hidden])))
    shown = shown_of(model, [np.zeros((20, 3)), x])
    shown.read_maps("conv", 1)
    shown.weigh_maps(None)
    found = shown.layer_maps(attributed=True)
    assert found.picture.name == "image"
    assert found.evidence.attribution.shape == (8, 8, 2)


def test_inputs_that_are_no_picture_have_no_attribution_over_them():
    inputs = keras.Input((4, 4, 4, 1), name="volume")
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling2D()(L.Reshape((8, 8, 1))(inputs))))
    shown = shown_of(model, np.zeros((3, 4, 4, 4, 1), "float32"))
    shown.read_maps(shown.reader.first, 0)
    shown.weigh_maps(None)
    found = shown.layer_maps(attributed=True)
    assert found.picture is None
    assert found.evidence.attribution is None
    assert found.evidence.attribution_error == "the model's inputs are no pictures and no sequences"


def test_what_maps_do_for_classes_is_worked_out_only_when_it_is_asked_for(model, x):
    shown = shown_of(model, x)
    shown.read_maps("conv", 2)
    assert shown.layer_maps(attributed=False).evidence.maps.importance is None
    shown.weigh_maps(None)
    evidence = shown.layer_maps(attributed=False).evidence
    expected = grad_cam(model, x[2:3], "conv")
    np.testing.assert_allclose(evidence.maps.importance, expected.importance[0], atol=1e-6)
    assert evidence.attribution is None
    found = shown.layer_maps(attributed=True).evidence.attribution
    expected = attributions(model, x[2:3], method="gradient")
    np.testing.assert_allclose(found, expected[0, :, :, 0], atol=1e-5)


def test_a_model_that_takes_something_else_now_is_not_looked_at_again(model, x):
    shown = shown_of(model, x)
    shown.model = keras.Sequential([keras.Input((5, 5, 1)), L.Conv2D(2, 3)])
    with pytest.raises(ValueError, match="Expected the model to take what it took before"):
        shown.read_model_again()
