"""Labels that do not exclude each other have a table each."""

import numpy as np
import pytest
import traitlets

from nbviz.widgets.sample_charts.label_confusion import LabelConfusion

RNG = np.random.default_rng(0)
TRUTH, PREDICTED = RNG.integers(0, 2, (40, 3)), RNG.integers(0, 2, (40, 3))
NAMES = ["red", "green", "blue"]


def by_hand(truth, predicted):
    return [[int(((truth == a) & (predicted == b)).sum()) for b in (0, 1)] for a in (0, 1)]


def test_each_label_is_counted_by_itself_and_a_row_is_right_where_all_are():
    chart = LabelConfusion(TRUTH, PREDICTED, NAMES)
    assert chart.counts.tolist() == [by_hand(TRUTH[:, k], PREDICTED[:, k]) for k in range(3)]
    assert chart.right == int((TRUTH == PREDICTED).all(axis=1).sum())
    assert f"every label right in {chart.right} of 40 rows" in chart.children[0].value


def test_the_table_is_that_of_the_label_chosen_and_its_cells_are_let_go():
    chart = LabelConfusion(TRUTH, PREDICTED, NAMES)
    np.testing.assert_array_equal(chart.table.counts, chart.counts[0])
    chart.table.cells = [[0, 1]]
    chart.choice.value = 2
    assert chart.label == 2
    assert chart.table.cells is None
    np.testing.assert_array_equal(chart.table.counts, chart.counts[2])
    assert chart.table.table["title"] == "blue"
    chart.update(TRUTH, TRUTH)
    np.testing.assert_array_equal(chart.table.counts, by_hand(TRUTH[:, 2], TRUTH[:, 2]))
    assert chart.right == 40


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\(samples, labels\) with 3 labels. Received \(40,\) and \(40,\)"):
        LabelConfusion(TRUTH[:, 0], PREDICTED[:, 0], NAMES)
    chart = LabelConfusion(TRUTH, PREDICTED, NAMES)
    with pytest.raises(traitlets.TraitError, match=r"Expected label from 0 to 2. Received 3"):
        chart.label = 3
