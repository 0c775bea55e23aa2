"""Which parts of the tab *Sample* there are, and what they are told at first."""

import numpy as np
import pytest
from keras import Input, Sequential, layers
from sklearn import metrics

from nbviz import explore
from nbviz.style.numbers import short
from tests.explorer.small_classifier import LONG, NUMBERS, X, bars, mlp

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def test_rows_that_were_trained_on_are_told_apart():
    model = mlp(1, None)
    other = NUMBERS.normal(size=(30, 4)).astype("float32")
    made = explore(model, X, 100 + 20 * X.to_numpy()[:, 0], training_data=(other, np.arange(30.0)))
    chart = made.predicted_values.chart
    assert (chart["count"], chart["other_count"]) == (40, 30)
    own = model.predict(other, verbose=0)[:, 0]
    np.testing.assert_allclose(np.frombuffer(made.predicted_values.numbers, "<f4")[80:110], own, rtol=1e-5)
    mae = metrics.mean_absolute_error(np.arange(30.0), own)
    assert chart["outputs"][0]["captions"][1].startswith("hollow, rows trained on: R² −")
    assert f"MAE {short(mae)}" in chart["outputs"][0]["captions"][1]


def test_three_classes_have_no_threshold_and_classes_no_predicted_values(explored):
    assert (explored.threshold_curves, explored.predicted_values) == (None, None)


def test_a_regression_whose_y_is_constant_says_so_and_the_rest_works():
    made = explore(mlp(1, None), X, np.full(40, 3.0))
    assert made.wait(LONG)
    assert made.error is None
    assert "no R²: y is the same in every row" in made.predicted_values.chart["outputs"][0]["captions"][0]
    assert bars(made).any()


def test_numbers_that_make_a_picture_are_explored_and_rows_sorted_by_its_mean():
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(16),
            layers.Reshape((4, 4, 1)),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    x = NUMBERS.normal(size=(20, 6)).astype("float32")
    made = explore(model, x)
    for _ in range(2):
        assert made.wait(LONG)
        assert made.error is None
        mean = model.predict(x, verbose=0).mean(axis=(1, 2, 3))
        shown = np.frombuffer(made.sample_picker.numbers, "<f4")
        np.testing.assert_allclose(shown[: len(x)], mean, rtol=1e-5)
        model.layers[-1].bias.assign([3.0])
        made.update()
