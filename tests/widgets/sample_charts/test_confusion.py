import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from nbviz.widgets.sample_charts.confusion import Confusion, count_cells

NUMBERS = np.random.default_rng(0)


def test_rows_are_true_and_columns_predicted():
    counts = count_cells([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], 2)
    assert counts.tolist() == [[1, 1], [1, 2]]


def test_a_class_without_rows_counts_nothing():
    assert count_cells([0], [0], 3).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert count_cells([], [], 2).sum() == 0


@pytest.mark.parametrize(
    ("truth", "predicted", "words"),
    [
        ([0, 1], [0], r"Received \(2,\) and \(1,\)"),
        ([0, 2], [0, 1], "from 0 to 1. Received 0 to 2"),
        ([0, -1], [0, 1], "from 0 to 1. Received -1 to 1"),
        ([0.5, 1.0], [0, 1], "astype"),
        ([[1, 0]], [[1, 0]], "of the same shape"),
    ],
)
def test_what_does_not_fit_is_named(truth, predicted, words):
    with pytest.raises(ValueError, match=words):
        count_cells(truth, predicted, 2)


@pytest.mark.parametrize(("classes", "rows"), [(2, 5), (10, 400), (1000, 50)])
def test_the_cells_that_have_rows_are_those_of_scikit_learn(classes, rows):
    truth, predicted = NUMBERS.integers(0, classes, (2, rows))
    confusion = Confusion(truth, predicted, [f"class {index}" for index in range(classes)])
    expected = confusion_matrix(truth, predicted, labels=range(classes))
    np.testing.assert_array_equal(confusion.counts, expected)
    cells = np.frombuffer(confusion.numbers, "<i4").reshape(-1, 3)
    assert cells.tolist() == [[*map(int, cell), int(expected[tuple(cell)])] for cell in np.argwhere(expected)]


def test_a_thousand_classes_of_which_three_occur_are_three_cells():
    confusion = Confusion([7, 500, 999], [7, 500, 500], [f"class {index}" for index in range(1000)])
    assert np.frombuffer(confusion.numbers, "<i4").tolist() == [7, 7, 1, 500, 500, 1, 999, 500, 1]


def test_counting_anew_keeps_the_names_and_the_title():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"], title="test set")
    confusion.update([0, 0, 1], [0, 0, 1])
    assert confusion.counts.tolist() == [[2, 0], [0, 1]]
    assert np.frombuffer(confusion.numbers, "<i4").tolist() == [0, 0, 2, 1, 1, 1]
    assert confusion.table == {"title": "test set", "class_names": ["a", "b"], "most_cells": 20}
    confusion.update([0], [0], title="one row")
    assert confusion.table["title"] == "one row"


def test_a_bad_update_changes_nothing():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion.update([0, 5], [0, 0])
    assert confusion.counts.tolist() == [[1, 1], [0, 1]]
    with pytest.raises(ValueError, match="at least one class"):
        Confusion([], [], [])
