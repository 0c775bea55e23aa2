import numpy as np
import pytest
from sklearn import metrics

from nbviz.widgets.sample_charts.ranking import ranking, rates

RNG = np.random.default_rng(0)


def scored(rows, share, decimals):
    """Scores with ties, the fewer decimals the more."""
    truth = (RNG.random(rows) < share).astype(int)
    truth[:2] = 0, 1
    return truth, np.round(np.clip(0.3 * truth + 0.5 * RNG.random(rows), 0, 1), decimals)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_curves_and_areas_are_those_of_scikit_learn(share, decimals):
    truth, score = scored(200, share, decimals)
    found = ranking(truth, score)
    false_alarms, recall, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    np.testing.assert_allclose(found.false_alarms, false_alarms, atol=1e-12)
    np.testing.assert_allclose(found.found, recall, atol=1e-12)
    assert found.auc == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
    assert found.average_precision == pytest.approx(metrics.average_precision_score(truth, score), abs=1e-12)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    np.testing.assert_allclose(found.precision[1:], precision[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(found.found[1:], recall[:-1][::-1], atol=1e-12)


@pytest.mark.parametrize("threshold", [0.0, 0.31, 0.5, 0.79])
def test_rates_are_those_of_the_rows_above_the_threshold(threshold):
    truth, score = scored(100, 0.4, 2)
    read = (score > threshold).astype(int)
    found = rates(truth, score, threshold)
    assert found.found == pytest.approx(metrics.recall_score(truth, read))
    assert found.precision == pytest.approx(metrics.precision_score(truth, read, zero_division=1.0))
    assert found.false_alarms == pytest.approx(1 - metrics.recall_score(truth, read, pos_label=0))


def test_where_no_row_is_read_as_the_second_class_none_is_read_wrongly():
    assert rates([0, 1], [0.2, 0.6], 1.0) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("truth", [[0, 0], [1, 1], []])
def test_rows_of_one_class_have_no_curves(truth):
    assert ranking(truth, np.linspace(0, 1, len(truth))) is None


def test_rows_without_a_score_do_not_count():
    found = ranking([0, 1, 1, 0], [0.1, 0.9, np.nan, 0.2])
    assert (found.auc, found.average_precision) == (1.0, 1.0)
