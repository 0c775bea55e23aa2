"""Two to six samples side by side."""

import threading

import numpy as np
import pytest
import traitlets

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.widgets.sample_charts.sample_comparison import (
    ComparedSample,
    ComparisonNames,
    SampleComparison,
    checked_samples,
)
from nbviz.widgets.sample_charts.waterfall import ExplainedSample

LONG = 60
NUMBERS = np.random.default_rng(0)
VALUES = NUMBERS.normal(size=(9, 4, 3))  # of every row, by feature and class
START = np.array([0.5, -0.5, 0.0])
NAMES = ComparisonNames(["f0", "f1", "f2", "f3"], ["a", "b", "c"], "average of 5 rows", "centred logit")


def row(sample):
    local = LocalExplanation(VALUES[sample], START, START + VALUES[sample].sum(axis=0))
    p = np.exp(local.end) / np.exp(local.end).sum()
    explained = ExplainedSample(local, f"sample {sample}", [sample, 1, 2, 3], p, int(p.argmax()), 0)
    return ComparedSample(explained, sample, "abc"[int(p.argmax())], "a", bool(p.argmax() != 0))


def sent(chart):
    """(columns, 4 + features, classes)."""
    table = chart.table
    shape = len(table["columns"]), 4 + len(table["features"]), len(table["classes"])
    return np.frombuffer(chart.numbers, "<f4").reshape(shape)


@pytest.fixture
def chart():
    made = SampleComparison(9, NAMES, row)
    yield made
    made.close()


def test_each_sample_is_a_column_whose_numbers_add_up(chart):
    chart.compared_samples = [7, 2, 4]
    assert chart.wait(LONG)
    assert [column["sample"] for column in chart.table["columns"]] == [7, 2, 4]
    assert [column["name"] for column in chart.table["columns"]] == ["sample 7", "sample 2", "sample 4"]
    numbers = sent(chart)
    np.testing.assert_allclose(numbers[:, 4:], VALUES[[7, 2, 4]], rtol=1e-6)
    np.testing.assert_allclose(numbers[:, 0] + numbers[:, 3:].sum(axis=1), numbers[:, 1], atol=1e-5)
    ends = START + VALUES[[7, 2, 4]].sum(axis=1)
    np.testing.assert_allclose(numbers[:, 2], np.exp(ends) / np.exp(ends).sum(axis=1, keepdims=True), rtol=1e-5)
    assert [column["likely"] for column in chart.table["columns"]] == ends.argmax(axis=1).tolist()
    assert chart.table["columns"][0]["feature_values"] == ["7.00", "1.00", "2.00", "3.00"]


def test_a_row_is_explained_once_and_again_when_the_model_is_another(chart):
    asked = []
    chart._explain = lambda sample: asked.append(sample) or row(sample)
    for samples in ([0, 1], [0, 1, 2], [0, 2]):
        chart.compared_samples = samples
        assert chart.wait(LONG)
    assert asked == [0, 1, 2]
    chart.update()
    assert chart.wait(LONG)
    assert asked == [0, 1, 2, 0, 2]
    assert [column.sample for column in chart.columns] == [0, 2]


def test_none_compared_is_nothing_shown(chart):
    chart.compared_samples = [0, 1]
    assert chart.wait(LONG)
    chart.compared_samples = []
    assert chart.wait(LONG)
    assert (chart.table, chart.numbers, chart.columns) == ({}, b"", [])


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([3], "2 to 6 compared_samples, or none. Received 1"),
        (list(range(7)), "2 to 6 compared_samples, or none. Received 7"),
        ([1, 1], "that differ. Received 1 more than once"),
        ([0, 9], "from 0 to 8. Received 9"),
        ([0, -1], "from 0 to 8. Received -1"),
        ([0, True], "from 0 to 8. Received True"),
        ([0, 1.5], "from 0 to 8. Received 1.5"),
        ("01", "as a list of rows"),
        (3, "as a list of rows"),
        (None, "as a list of rows"),
    ],
)
def test_what_cannot_be_compared_is_refused(samples, said):
    with pytest.raises(ValueError, match=r"Expected .*" + said):
        checked_samples(samples, 9)


def test_rows_may_come_as_any_list():
    assert checked_samples(np.array([4, 2]), 9) == checked_samples((4, 2), 9) == [4, 2]


def test_a_refused_comparison_changes_nothing(chart):
    chart.compared_samples = [0, 1]
    assert chart.wait(LONG)
    before = chart.get_state()
    with pytest.raises(traitlets.TraitError, match="from 0 to 8"):
        chart.compared_samples = [0, 99]
    assert chart.wait(LONG)
    assert chart.get_state() == before


def test_what_goes_wrong_is_said_and_the_next_comparison_is_tried(chart):
    def explain(sample):
        if sample == 5:
            raise ValueError("no slope")
        return row(sample)

    chart._explain = explain
    chart.compared_samples = [0, 5]
    assert chart.wait(LONG)
    assert chart.error == "These samples could not be compared: no slope"
    chart.compared_samples = [0, 1]
    assert chart.wait(LONG)
    assert chart.error is None


def test_a_model_that_changes_meanwhile_leaves_no_old_column(chart):
    begun, go_on, values = threading.Event(), threading.Event(), iter([1.0, 2.0, 2.0])

    def explain(sample):
        begun.set()
        assert go_on.wait(LONG)
        factor = next(values)
        local = LocalExplanation(factor * VALUES[sample], START, START + factor * VALUES[sample].sum(axis=0))
        return ComparedSample(ExplainedSample(local, "s"), sample)

    chart._explain = explain
    chart.compared_samples = [0, 1]
    assert begun.wait(LONG)
    chart.update()
    go_on.set()
    assert chart.wait(LONG)
    np.testing.assert_allclose(sent(chart)[:, 4:], 2 * VALUES[[0, 1]], rtol=1e-6)


def test_a_class_beyond_those_sent_comes_when_it_is_selected():
    names = ComparisonNames(["f"], [f"class {index}" for index in range(50)])

    def explain(sample):
        values = np.arange(50.0)[None] + sample
        return ComparedSample(ExplainedSample(LocalExplanation(values, np.zeros(50), values[0]), "s"), sample)

    chart = SampleComparison(3, names, explain)
    chart.compared_samples = [0, 2]
    assert chart.wait(LONG)
    assert chart.table["classes"] == [47, 48, 49]
    chart.selected_class = 5
    assert chart.table["classes"] == [5, 47, 48, 49]
    assert sent(chart)[:, 4, 0].tolist() == [5.0, 7.0]
    chart.close()
