"""The rows of a cell of the confusion matrix, and what pushed each of them."""

import threading

import numpy as np
import pytest

from nbviz.widgets.sample_charts.cell_rows import MOST_ROWS, CellNames, CellRows
from nbviz.widgets.sample_charts.cell_rows_wire import pair_of, pushes

LONG = 60
# Rows 0, 2 and 3 are of class 0; 2 and 3 are read as class 2.
TRUTH = np.array([0, 1, 0, 0, 2])
P = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.1, 0.6], [0.1, 0.2, 0.7], [0.0, 0.4, 0.6]])
NUMBERS = np.random.default_rng(0)
VALUES = NUMBERS.normal(size=(5, 4, 3))  # of every row, by feature and class


def rows(explain=lambda row, pair: VALUES[row][:, list(pair)], **more):
    names = CellNames(["a", "b", "c"], ["f0", "f1", "f2", "f3"], **more)
    return CellRows(TRUTH, P.argmax(axis=1), P, names, explain)


def test_a_row_is_compared_with_its_own_class_and_one_that_is_right_with_the_next_likely():
    assert pair_of(np.array([0.3, 0.1, 0.6]), 2, 0) == (2, 0)
    assert pair_of(np.array([0.3, 0.1, 0.6]), 2, 2) == (2, 0)
    assert pair_of(np.array([0.7, 0.3]), 1, 1) == (1, 0)  # beyond a threshold


def test_a_push_is_the_difference_of_two_contributions_the_largest_first():
    credits = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, -1.0], [0.1, 0.1]])
    assert pushes(credits, ["f0", "f1", "f2", "f3"]) == [
        {"name": "f1", "change": -3.0},
        {"name": "f2", "change": 1.0},
        {"name": "f0", "change": 0.5},
    ]


def test_the_rows_of_a_cell_come_with_the_surest_first():
    chart = rows()
    chart.cell = [0, 2]
    assert chart.wait(LONG)
    found = chart.found["0 2"]
    assert found["total"] == 2
    assert [(row["sample"], row["p"], row["other_p"], row["other"]) for row in found["rows"]] == [
        (3, 0.7, 0.1, 0),
        (2, 0.6, 0.3, 0),
    ]
    change = VALUES[3][:, 2] - VALUES[3][:, 0]
    order = np.argsort(-np.abs(change))[:3]
    assert [push["name"] for push in found["rows"][0]["pushes"]] == [f"f{feature}" for feature in order]
    assert [push["change"] for push in found["rows"][0]["pushes"]] == pytest.approx(change[order].tolist())
    chart.close()


def test_many_rows_are_counted_and_the_first_ones_explained():
    asked = []

    def explain(row, pair):
        asked.append(row)
        return np.zeros((1, 2))

    p = np.column_stack([np.linspace(0.6, 0.9, 20), 1 - np.linspace(0.6, 0.9, 20)])
    chart = CellRows(np.zeros(20, int), np.zeros(20, int), p, CellNames(["a", "b"], ["f"]), explain)
    chart.cell = [0, 0]
    assert chart.wait(LONG)
    assert (chart.found["0 0"]["total"], len(chart.found["0 0"]["rows"])) == (20, MOST_ROWS)
    assert asked == list(range(19, 19 - MOST_ROWS, -1))
    chart.close()


def test_a_cell_is_worked_out_once_and_again_when_the_model_says_something_else():
    asked = []

    def explain(row, pair):
        asked.append(row)
        return np.ones((4, 2))

    chart = rows(explain)
    for cell in ([0, 2], [1, 1], [0, 2]):
        chart.cell = cell
        assert chart.wait(LONG)
    assert asked == [3, 2, 1]
    p = P.copy()
    p[3] = [0.5, 0.2, 0.3]
    chart.update(p.argmax(axis=1), p)
    assert chart.wait(LONG)
    assert chart.rows["predicted"] == [0, 1, 2, 0, 2]
    assert chart.found.keys() == {"0 2"}
    assert [row["sample"] for row in chart.found["0 2"]["rows"]] == [2]
    chart.close()


def test_what_goes_wrong_is_said_and_the_next_cell_is_tried():
    def explain(row, pair):
        if row == 1:
            raise ValueError("no slope")
        return np.ones((4, 2))

    chart = rows(explain)
    chart.cell = [1, 1]
    assert chart.wait(LONG)
    assert chart.error == "These rows could not be explained: no slope"
    chart.cell = [2, 2]
    assert chart.wait(LONG)
    assert chart.error is None
    chart.close()


@pytest.mark.parametrize("cell", [[0, 3], [-1, 0], [0], [], None])
def test_a_cell_that_is_none_is_not_looked_at(cell):
    chart = rows()
    chart.cell = cell
    assert chart.wait(LONG)
    assert chart.found == {}
    chart.close()


def test_closing_ends_what_is_under_way():
    begun, go_on = threading.Event(), threading.Event()

    def explain(row, pair):
        begun.set()
        go_on.wait(LONG)
        return np.ones((4, 2))

    others = threading.enumerate()
    chart = rows(explain)
    chart.cell = [0, 2]
    assert begun.wait(LONG)
    own = [each for each in threading.enumerate() if each not in others and each.name.startswith("nbviz worker")]
    assert own
    threading.Timer(0.1, go_on.set).start()
    chart.close()
    assert not [each for each in own if each.is_alive()]


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"probability of shape \(samples, 3\)"):
        CellRows(TRUTH, TRUTH, P[:, :2], CellNames(["a", "b", "c"], ["f"]), lambda row, pair: np.ones((1, 2)))
