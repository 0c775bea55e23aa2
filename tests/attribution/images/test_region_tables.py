import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.region_tables import image_tables
from nbviz.attribution.images.regions import grid_regions

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.normal(size=(40, 4, 5, 2)).astype("float32")
BACKGROUND = RANDOM.normal(size=(30, 4, 5, 2)).astype("float32")
FORM = ImageForm(4, 5, 2)
ASKED = {"background": BACKGROUND, "evaluations": 30}


@pytest.fixture(scope="module")
def linear():
    model = Sequential([Input((4, 5, 2)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.layers[-1].kernel.assign(RANDOM.normal(size=(40, 3)).astype("float32"))
    return model


@pytest.fixture(scope="module")
def convnet():
    keras.utils.set_random_seed(0)
    return Sequential(
        [
            Input((4, 5, 2)),
            layers.Conv2D(3, 2, activation="tanh"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def test_a_region_is_the_size_of_the_sum_of_its_pixels_averaged_over_rows(linear):
    regions = grid_regions(FORM, (2, 2))
    found = image_tables(linear, PICTURES, None, FORM, regions, **ASKED)
    kernel = linear.layers[-1].kernel.numpy().astype(float)
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    # Of a linear model the credit of a number is its weight times its distance from the mean of the background.
    credit = (PICTURES - BACKGROUND.mean(axis=0)).reshape(40, 40)[..., None] * kernel
    by_pixel = credit.reshape(40, 4, 5, 2, 3).sum(axis=3)
    np.testing.assert_allclose(found.squares.strength, np.abs(by_pixel).mean(axis=0), rtol=1e-4)
    for name, part in {
        "rows 0-1, left": by_pixel[:, :2, :3],
        "rows 0-1, right": by_pixel[:, :2, 3:],
        "rows 2-3, left": by_pixel[:, 2:, :3],
        "rows 2-3, right": by_pixel[:, 2:, 3:],
    }.items():
        wanted = np.abs(part.sum(axis=(1, 2))).mean(axis=0)
        np.testing.assert_allclose(found.regions.to_frame(normalize=None).loc[name], wanted, rtol=1e-4)
    np.testing.assert_allclose(found.regions.to_frame().sum(), 1)
    assert found.regions.attrs["completeness_gap"] < 1e-4
    assert found.regions.attrs["regions"] == "2 x 2 grid"


def test_the_direction_goes_with_brightness(linear):
    weights = np.zeros((40, 3), "float32")
    weights[FORM.numbers()[0, 0], 0] = 1  # both channels of the pixel at the upper left speak for class 0
    weights[FORM.numbers()[3, 4], 0] = -1
    model = keras.models.clone_model(linear)
    model.layers[-1].kernel.assign(weights)
    found = image_tables(model, PICTURES, None, FORM, grid_regions(FORM, (4, 5)), **ASKED)
    np.testing.assert_allclose(found.squares.direction[0, 0], [1, -1, -1], atol=1e-6)
    np.testing.assert_allclose(found.squares.direction[3, 4], [-1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(found.regions.direction, found.squares.direction.reshape(20, 3), atol=1e-6)


@pytest.mark.parametrize("method", ["expected_gradients", "integrated_gradients", "deeplift", "ablation", "shapley"])
def test_regions_and_squares_of_one_pass_are_those_of_their_own(convnet, method):
    regions = grid_regions(FORM, (2, 2))
    found = image_tables(convnet, PICTURES[:6], None, FORM, regions, method=method, **ASKED)
    groups = nbviz.image_regions((4, 5, 2), grid=(2, 2))
    alone = nbviz.importance(convnet, PICTURES[:6], method=method, groups=groups, **ASKED)
    assert list(found.regions.features) == list(alone.features)
    np.testing.assert_allclose(found.regions.strength, alone.strength, rtol=1e-4, atol=1e-6)
    assert (found.regions.standard_error is None) == (alone.standard_error is None)
    if alone.standard_error is not None:
        np.testing.assert_allclose(found.regions.standard_error, alone.standard_error, rtol=1e-3, atol=1e-6)
    if method in ("ablation", "shapley"):
        return  # both channels of a pixel go at once
    local = nbviz.attributions(convnet, PICTURES[:6], method=method, sum_axes=(2,), **ASKED)
    np.testing.assert_allclose(found.squares.strength, np.abs(local).mean(axis=0), rtol=1e-4, atol=1e-6)


def test_a_large_picture_is_summed_up_in_squares():
    model = Sequential([Input((130, 70, 1)), layers.AveragePooling2D(10), layers.Flatten(), layers.Dense(2)])
    pictures = RANDOM.normal(size=(5, 130, 70, 1)).astype("float32")
    form = ImageForm(130, 70)
    found = image_tables(model, pictures, None, form, grid_regions(form), background=pictures, output_kind="logits")
    assert found.squares.strength.shape == (44, 24, 2)
    assert found.squares.attrs["block"] == 3
