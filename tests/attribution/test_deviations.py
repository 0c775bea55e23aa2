"""What slopes are multiplied by: the deviations of the features, where they are known."""

import keras
import numpy as np
import pytest

from nbviz.attribution.explain import attributions, importance
from nbviz.attribution.table.table_words import notes
from tests.attribution.reference import random_net, random_rows, to_keras


def close(found, expected):
    """Within 1e-5 of the largest number expected."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.fixture(scope="module")
def model():
    """4-6-3."""
    return to_keras(random_net(4, 6, 3))


@pytest.mark.parametrize("method", ["gradient", "smoothgrad"])
def test_slopes_of_one_row_are_measured_in_deviations_of_the_background(model, method):
    x, background = random_rows(1, 4), random_rows(9, 4) * np.array([1, 10, 0.1, 3], "float32")
    given = {"method": method, "background": background}
    made, local = importance(model, x, **given), attributions(model, x, **given)
    close(made.strength, np.abs(local[0]) * background.astype(float).std(axis=0)[:, None])
    with pytest.raises(ValueError, match="Expected a background of several rows"):
        importance(model, x, method=method, background=background[:1])


def test_slopes_of_one_row_alone_are_plain_and_said_to_be():
    """Those of a linear model are its kernel, centred over the classes."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    with pytest.warns(UserWarning, match="per unit of each feature.*Pass background="):
        made = importance(model, random_rows(1, 4), method="gradient")
    kernel = model.get_weights()[0]
    close(made.strength, np.abs(kernel - kernel.mean(axis=1, keepdims=True)))
    assert made.attrs["slopes"] == "plain"
    assert notes(made)[0].startswith("Slopes are per unit of each feature")
    with pytest.raises(ValueError, match="Expected background= for a single row"):
        importance(model, random_rows(1, 4), method="smoothgrad")  # its noise is as wide as they are spread


def test_rows_all_alike_have_plain_slopes_as_one_of_them_has():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.warns(UserWarning, match="rows all alike"):
        made = importance(model, np.ones((3, 4), "float32"), method="gradient")
    close(made.strength, np.abs(model.get_weights()[0]))
    background = np.array([[1, 0, 0, 3], [1, 4, 2, 5]], "float32")  # deviations 0, 2, 1, 1
    by_background = importance(model, np.ones((3, 4), "float32"), method="gradient", background=background)
    close(by_background.strength, np.abs(model.get_weights()[0]) * [[0], [2], [1], [1]])


def test_a_feature_that_is_the_same_in_all_rows_has_no_strength_beside_others():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    x = np.array([[1, 0], [1, 4]], "float32")  # a deviation of 2 of the second
    close(importance(model, x, method="gradient").strength, np.abs(model.get_weights()[0]) * [[0], [2]])


def test_units_that_are_dead_in_rows_that_differ_have_no_strength():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="h"), keras.layers.Dense(2)])
    model.layers[0].kernel.assign(np.zeros((2, 3)))
    made = importance(model, np.array([[1, 0], [1, 4]], "float32"), method="gradient", layer="h")
    assert (made.strength == 0).all()
    assert "slopes" not in made.attrs
