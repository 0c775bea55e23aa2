import numpy as np
import pytest

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall

# Two classes, three features: 1 + 2 - 0.5 + 0.25 = 2.75 and -1 - 1 + 3 + 0 = 1.
VALUES = np.array([[2.0, -1.0], [-0.5, 3.0], [0.25, 0.0]])
START, END = np.array([1.0, -1.0]), np.array([2.75, 1.0])


def sample(values=VALUES, start=START, end=END, name="sample 3", **more):
    return ExplainedSample(LocalExplanation(values, start, end), name, **more)


def filled(values=VALUES, start=START, end=END, **more):
    features, classes = np.shape(values)
    chart = Waterfall([f"f{i}" for i in range(features)], [f"c{i}" for i in range(classes)])
    chart.show(sample(values, start, end, **more))
    return chart


def sent(chart):
    """Start, end, rest and features, by class."""
    return np.frombuffer(chart.numbers, "<f4").reshape(-1, len(chart.shown["classes"])).tolist()


def test_the_numbers_of_every_feature_and_class_are_sent():
    chart = filled()
    assert sent(chart) == [[1, -1], [2.75, 1], [0, 0], [2, -1], [-0.5, 3], [0.25, 0]]
    assert chart.shown["features"] == ["f0", "f1", "f2"]
    assert chart.shown["class_names"] == ["c0", "c1"]


def test_the_gap_is_said():
    assert filled().shown["adds_up"] == "adds up exactly"
    assert filled(end=END + 1e-9).shown["adds_up"] == "adds up exactly"  # rounding
    assert filled(end=END + np.array([0.5, 0])).shown["adds_up"] == "adds up to within 0.50"
    assert filled(np.array([[np.nan, 0.0]]), START, END).shown["adds_up"].startswith("does not add up")


def test_values_read_as_deviations_where_some_are_below_zero():
    assert filled(feature_values=[0.84, -1.15, 0]).shown["feature_values"] == ["+0.84", "−1.15", "0.00"]
    assert filled(feature_values=[13.2, 5, "red"]).shown["feature_values"] == ["13.2", "5.00", "red"]
    assert filled().shown["feature_values"] == ["", "", ""]


def test_the_state_of_another_sample_changes_nothing():
    chart = filled()
    before = chart.sample, chart.shown, chart.numbers
    state = chart.state(sample(2 * VALUES, name="sample 4"))
    assert (chart.sample, chart.shown, chart.numbers) == before
    assert state["shown"]["sample"] == "sample 4"
    assert state.keys() == {"shown", "numbers"}


def test_a_new_sample_keeps_the_selection():
    chart = filled()
    chart.selected_class = 1
    chart.show(sample(name="sample 9"))
    assert chart.selected_class == 1
    assert chart.shown["sample"] == "sample 9"


def test_probabilities_and_what_classes_are_to_the_sample_are_sent():
    shown = filled(probability=[0.83, 0.17], predicted=0, truth=1).shown
    assert (shown["p"], shown["predicted"], shown["truth"]) == ([0.83, 0.17], 0, 1)
    assert filled().shown["p"] is None


def test_a_class_that_the_browser_lacks_is_sent_when_it_is_selected():
    values = np.random.default_rng(0).normal(size=(4, 200))
    p = np.linspace(1, 0, 200)
    chart = filled(values, np.zeros(200), values.sum(axis=0), probability=p / p.sum(), predicted=0)
    assert 150 not in chart.shown["classes"]
    assert chart.shown["others"] == 200 - len(chart.shown["classes"])
    np.testing.assert_allclose(chart.shown["others_p"], 1 - sum(chart.shown["p"]), atol=1e-9)
    chart.selected_class = 150
    at = chart.shown["classes"].index(150)
    np.testing.assert_allclose(np.array(sent(chart))[3:, at], values[:, 150], rtol=1e-6)
    chart.selected_class = 10**6  # of another output
    chart.selected_class = None


def test_a_feature_that_the_browser_lacks_is_sent_when_it_is_selected():
    values = np.ones((300, 2))
    values[7] = 0.001
    chart = filled(values, np.zeros(2), values.sum(axis=0))
    chart.set_units([None, *range(10, 309)])
    assert "f7" not in chart.shown["features"]
    chart.selected_unit = 16
    at = chart.shown["features"].index("f7")
    assert chart.shown["units"][at] == 16
    np.testing.assert_allclose(sent(chart)[3 + at], 0.001)


def test_other_numbers_of_the_units_are_sent():
    chart = filled()
    chart.set_units([5, None, 7])
    assert chart.shown["units"] == [5, None, 7]


def test_what_does_not_fit_is_named_and_changes_nothing():
    chart = filled()
    before = chart.shown
    with pytest.raises(ValueError, match=r"values of shape \(3, 2\). Received \(2, 2\)"):
        chart.show(sample(VALUES[:2], name="bad"))
    with pytest.raises(ValueError, match=r"end of shape \(2,\)"):
        chart.show(sample(end=[1.0], name="bad"))
    with pytest.raises(ValueError, match=r"Expected 3 feature_values\. Received 1"):
        chart.show(sample(name="bad", feature_values=[1]))
    with pytest.raises(ValueError, match=r"Expected truth from 0 to 1\. Received 2"):
        chart.show(sample(name="bad", truth=2))
    with pytest.raises(ValueError, match="at least one feature and one class"):
        Waterfall([], ["a"])
    assert chart.shown == before
