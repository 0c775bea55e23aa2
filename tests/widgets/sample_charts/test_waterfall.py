import numpy as np
import pytest

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_charts.waterfall_figure import HEAD, ROW

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


def texts(*marks):
    """What the labels say, by place, empty ones left out."""
    return [str(text) for mark in marks for text in mark.text if text]


def test_the_gap_is_said():
    assert "adds up exactly" in filled()._head.value
    assert "adds up exactly" in filled(end=END + 1e-9)._head.value  # rounding
    assert "adds up to within 0.50" in filled(end=END + np.array([0.5, 0]))._head.value
    assert "does not add up" in filled(np.array([[np.nan, 0.0]]), START, END)._head.value


def test_names_values_and_sum_are_the_rows():
    rows = filled(feature_values=[0.84, -1.15, 0])._names.value
    assert "sample 3" in rows
    assert rows.index(">f1<") < rows.index(">f0<") < rows.index(">f2<")
    assert "+0.84" in rows
    assert "−1.15" in rows
    assert "smaller, summed" not in rows
    assert "13.2" in filled(feature_values=[13.2, 5, 1])._names.value
    assert "+13.2" not in filled(feature_values=[13.2, 5, 1])._names.value
    assert "3 smaller, summed" in filled(np.ones((10, 1)), [0], [10])._names.value


def test_names_are_text_wherever_they_go():
    name = "<img src=x onerror=alert(1)>"
    chart = Waterfall([name], [name], start_name=name, end_name=name)
    chart.show(sample([[1.0]], [0.0], [1.0], name, feature_values=[name]))
    assert "<img" not in chart._names.value + chart._head.value
    assert "&lt;img" in chart._names.value
    assert texts(chart._bars._titles)[0].startswith("<img")  # SVG text, which bqplot sets as text


def test_states_change_nothing():
    chart = filled()
    shown, x, words = chart.sample, chart._bars._bars.x.copy(), chart._names.value
    states = chart.states(sample(2 * VALUES, name="sample 4"))
    assert chart.sample is shown
    assert (chart._bars._bars.x == x).all()
    assert chart._names.value == words
    assert "sample 4" in states[chart._names]["value"]


def test_states_name_the_same_traits_for_every_sample():
    chart = Waterfall([f"f{i}" for i in range(20)], list("abcdef"))
    numbers = np.random.default_rng(0)

    def shapes(seed_class):
        values = numbers.normal(size=(20, 6))
        explained = sample(values, np.zeros(6), values.sum(0))
        states = chart.states(explained, selected_class=seed_class, selected_feature=4)
        return [(id(w), {n: np.shape(v) for n, v in traits.items() if n != "colors"}) for w, traits in states.items()]

    assert shapes(None) == shapes(2) == shapes(5)


def test_a_selected_class_and_feature_are_brought_forward():
    chart = filled()
    chart.selected_class, chart.selected_feature = 1, 0
    tint = chart._bars._tint
    assert tint.visible is True
    assert tint.y.ravel().tolist() == [HEAD + 2.5 * ROW] * 2  # f0 is the second feature row
    assert texts(chart._bars._title_bold) == ["c1"]
    assert "nbviz-fall-selected" in chart._names.value
    chart.selected_feature = None
    assert tint.visible is False


def test_a_new_sample_keeps_the_selection():
    chart = filled()
    chart.selected_class = 1
    chart.show(sample(name="sample 9"))
    assert chart.selected_class == 1
    assert texts(chart._bars._title_bold) == ["c1"]
    assert "sample 9" in chart._names.value


def test_probabilities_stand_under_the_names():
    assert texts(filled(probability=[0.83, 0.001])._bars._captions) == ["p 0.83", "p < 0.01"]
    assert texts(filled()._bars._captions) == []


@pytest.mark.parametrize(("features", "classes"), [(1, 1), (1, 100), (500, 1), (500, 100)])
def test_any_number_of_features_and_classes(features, classes):
    values = np.random.default_rng(0).normal(size=(features, classes))
    chart = filled(values, np.zeros(classes), values.sum(axis=0))
    columns, rows = min(classes, 4), min(features, 8 if features <= 8 else 7) + (features > 8) + 2
    x = chart._bars._bars.x
    assert x.reshape(-1, 2).shape == (columns * rows, 2)
    assert np.isfinite(x).all()
    assert len(chart._bars.figure.marks) == 11


def test_what_does_not_fit_is_named_and_changes_nothing():
    chart = filled()
    before = chart._names.value
    with pytest.raises(ValueError, match=r"values of shape \(3, 2\). Received \(2, 2\)"):
        chart.show(sample(VALUES[:2], name="bad"))
    with pytest.raises(ValueError, match=r"end of shape \(2,\)"):
        chart.show(sample(end=[1.0], name="bad"))
    with pytest.raises(ValueError, match=r"Expected 3 feature_values\. Received 1"):
        chart.show(sample(name="bad", feature_values=[1]))
    with pytest.raises(ValueError, match="at least one feature and one class"):
        Waterfall([], ["a"])
    assert chart._names.value == before
