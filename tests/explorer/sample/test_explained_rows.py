import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import explore
from nbviz.explorer.comparisons.mean_of_rows import RowGroup
from tests.explorer.small_classifier import BACKGROUND, LONG, X, Y

ROWS = X.to_numpy()


@pytest.fixture(scope="module")
def linear():
    """A model of one sigmoid whose logit is a sum, with its explorer."""
    model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.layers[0].set_weights([np.array([[1.0], [-2.0], [0.5], [0.0]]), np.array([0.25])])
    made = explore(model, X, Y > 0, background=BACKGROUND)
    assert made.wait(LONG)
    yield made, np.array([1.0, -2.0, 0.5, 0.0])
    made.close()


def test_credits_of_a_sum_are_its_weights_times_the_way_from_the_average(linear):
    made, weights = linear
    rows = made._panels.samples.explained
    average = made._data.explainer.background[0].mean(axis=0)
    by_hand = (ROWS - average) * weights
    for sample in (0, 7):
        np.testing.assert_allclose(
            rows.credits(sample, (0, 1)), np.stack([0 * by_hand[sample], by_hand[sample]], 1), atol=1e-5
        )
        np.testing.assert_allclose(rows.credits(sample, (1, 0))[:, 0], by_hand[sample], atol=1e-5)
        column = rows.compared(sample)
        np.testing.assert_allclose(column.explained.local.values[:, 0], by_hand[sample], atol=1e-5)
        p = 1 / (1 + np.exp(-(ROWS[sample] @ weights + 0.25)))
        np.testing.assert_allclose(column.explained.probability, [p], rtol=1e-5)
    told = []
    mean = rows.mean_of(RowGroup(np.array([0, 7, 9]), "mean of 3 rows", ""), told.append)
    np.testing.assert_allclose(mean.local.values[:, 0], by_hand[[0, 7, 9]].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(mean.feature_values, ROWS[[0, 7, 9]].mean(axis=0), rtol=1e-5)
    assert mean.name == "mean of 3 rows"


def test_what_an_answer_is_read_as_follows_the_threshold(linear):
    made, _ = linear
    rows = made._panels.samples.explained
    for threshold, read in ((0.5, 1), (0.7, 0)):
        made.threshold_curves.threshold = threshold
        assert rows.read_as(np.array([0.4, 0.6])) == read
    made.threshold_curves.threshold = 0.5
