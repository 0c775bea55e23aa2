import numpy as np
import pytest
from sklearn import metrics

from nbviz.widgets.predicted_values.value_errors import value_errors

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("noise", [0.1, 1.0, 5.0])
def test_errors_are_those_of_scikit_learn(noise):
    truth = 40 + 3 * RNG.normal(size=80)
    predicted = truth + noise * RNG.normal(size=80)
    found = value_errors(truth, predicted)
    assert found.r2 == pytest.approx(metrics.r2_score(truth, predicted), rel=1e-12)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(truth, predicted), rel=1e-12)
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(truth, predicted), rel=1e-12)
    assert (found.rows, found.left_out) == (80, 0)


def test_of_true_values_that_are_all_the_same_there_is_nothing_to_explain():
    found = value_errors(np.full(3, 7.0), np.array([6.0, 7.0, 9.0]))
    assert (found.r2, found.mae) == (None, 1.0)
    assert found.words() == "no R²: y is the same in every row · MAE 1.00 · RMSE 1.29 · 3 rows"


def test_rows_without_a_finite_prediction_are_left_out_and_said():
    found = value_errors(np.arange(4.0), np.array([0.0, np.nan, 2.0, np.inf]))
    assert (found.rows, found.left_out, found.mae) == (2, 2, 0.0)
    assert found.words().endswith("2 rows, 2 without a finite prediction left out")
    assert value_errors(np.ones(2), np.full(2, np.nan)).words() == "no row has a finite prediction"


def test_words_name_the_units_of_y_and_the_rows():
    assert value_errors(np.array([0.0, 100.0]), np.array([10.0, 90.0])).words() == (
        "R² 0.96 · MAE 10.0 · RMSE 10.0 · 2 rows"
    )
