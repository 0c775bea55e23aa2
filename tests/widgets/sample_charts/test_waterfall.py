import numpy as np
import pytest

from nbviz.widgets.sample_charts.waterfall import COLUMN, HEAD, ROW, Waterfall

# Two classes, three features: 1 + 2 - 0.5 + 0.25 = 2.75 and -1 - 1 + 3 + 0 = 1.
VALUES = np.array([[2.0, -1.0], [-0.5, 3.0], [0.25, 0.0]])
START, END = np.array([1.0, -1.0]), np.array([2.75, 1.0])


def filled(values=VALUES, start=START, end=END, **more):
    features, classes = np.shape(values)
    chart = Waterfall([f"f{i}" for i in range(features)], [f"c{i}" for i in range(classes)])
    chart.show(values, start, end, sample_name="sample 3", **more)
    return chart


def plain(states):
    """States without numpy, so that they can be compared."""
    return [
        (id(widget), {name: np.asarray(value).tolist() for name, value in traits.items()})
        for widget, traits in states.items()
    ]


def texts(*marks):
    """What the labels say, by place, empty ones left out."""
    return [str(text) for mark in marks for text in mark.text if text]


def test_bars_on_screen_are_cumulative_sums():
    chart = filled()
    x = chart._bars.x.reshape(5, 2, 2)  # row, class, end
    zero = chart._zeros.x[:, 0]
    per_unit = (x[0, 0, 1] - zero[0]) / 1.0  # the first bar of class 0 is 1 logit
    assert x[1, 0].tolist() == pytest.approx([zero[0] + per_unit, zero[0] + 0.5 * per_unit])
    assert x[-1, 0].tolist() == pytest.approx([zero[0], zero[0] + 2.75 * per_unit])
    assert x[-1, 1].tolist() == pytest.approx([zero[1], zero[1] + per_unit])
    assert chart._bars.y[0].tolist() == [HEAD + ROW / 2] * 2


def test_blue_raises_orange_lowers_and_sums_are_grey():
    colours = np.array(filled()._bars.colors).reshape(5, 2)
    kind = [["total" if "total" in c else "up" if "positive" in c else "down" for c in row] for row in colours]
    # Nothing moves in the second class at the third feature.
    assert kind == [["total", "total"], ["down", "up"], ["up", "down"], ["up", "total"], ["total", "total"]]


def test_every_number_is_printed_once_with_a_real_minus():
    chart = filled()
    printed = texts(chart._left, chart._right, chart._left_bold, chart._right_bold)
    assert sorted(printed) == sorted(
        ["+1.00", "−1.00", "−0.50", "+3.00", "+2.00", "−1.00", "+0.25", "0.00", "+2.75", "+1.00"]
    )


def test_a_bar_too_short_to_see_is_a_line():
    chart = filled(np.array([[1e-6], [5.0]]), np.array([0.0]), np.array([5.0]))
    widths = np.abs(np.diff(chart._bars.x, axis=1)).ravel()
    assert widths.min() == pytest.approx(1.5)


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
    chart.show([[1.0]], [0.0], [1.0], sample_name=name, feature_values=[name])
    assert "<img" not in chart._names.value + chart._head.value
    assert "&lt;img" in chart._names.value
    assert texts(chart._titles)[0].startswith("<img")  # SVG text, which bqplot sets as text


def test_states_change_nothing():
    chart = filled()
    x, words = chart._bars.x.copy(), chart._names.value
    states = chart.states(2 * VALUES, START, END, sample_name="sample 4")
    assert (chart._bars.x == x).all()
    assert chart._names.value == words
    assert "sample 4" in states[chart._names]["value"]


def test_states_name_the_same_traits_for_every_sample():
    chart = Waterfall([f"f{i}" for i in range(20)], list("abcdef"))
    numbers = np.random.default_rng(0)

    def shapes(seed_class):
        values = numbers.normal(size=(20, 6))
        states = chart.states(
            values, np.zeros(6), values.sum(0), sample_name="s", selected_class=seed_class, selected_feature=4
        )
        return [(id(w), {n: np.shape(v) for n, v in traits.items() if n != "colors"}) for w, traits in states.items()]

    assert shapes(None) == shapes(2) == shapes(5)


def test_selection_tints_the_row_in_the_column_of_the_class():
    chart = filled()
    assert chart._tint.visible is False
    chart.selected_class, chart.selected_feature = 1, 0
    assert chart._tint.visible is True
    assert chart._tint.y.ravel().tolist() == [HEAD + 2.5 * ROW] * 2  # f0 is the second feature row
    left, right = chart._tint.x.ravel()
    assert left < chart._zeros.x[1, 0] < right
    assert right - left < 2 * COLUMN
    assert texts(chart._title_bold) == ["c1"]
    assert texts(chart._titles) == ["c0"]
    assert "nbviz-fall-selected" in chart._names.value
    chart.selected_feature = None
    assert chart._tint.visible is False


def test_a_new_sample_keeps_the_selection():
    chart = filled()
    chart.selected_class = 1
    chart.show(VALUES, START, END, sample_name="sample 9")
    assert chart.selected_class == 1
    assert texts(chart._title_bold) == ["c1"]


def test_probabilities_stand_under_the_names():
    assert texts(filled(probability=[0.83, 0.001])._captions) == ["p 0.83", "p < 0.01"]
    assert texts(filled()._captions) == []


@pytest.mark.parametrize(("features", "classes"), [(1, 1), (1, 100), (500, 1), (500, 100)])
def test_any_number_of_features_and_classes(features, classes):
    values = np.random.default_rng(0).normal(size=(features, classes))
    chart = filled(values, np.zeros(classes), values.sum(axis=0))
    columns, rows = min(classes, 4), min(features, 8 if features <= 8 else 7) + (features > 8) + 2
    assert chart._bars.x.reshape(-1, 2).shape == (columns * rows, 2)
    assert np.isfinite(chart._bars.x).all()
    assert len(chart._figure.marks) == 11


def test_huge_values_and_zeros_stay_in_the_picture():
    for scale in (0.0, 1e-30, 1e30):
        x = filled(VALUES * scale, START * scale, END * scale)._bars.x
        assert np.isfinite(x).all()
        assert x.min() >= -1
        assert x.max() <= 2 * COLUMN + 1


def test_what_does_not_fit_is_named_and_changes_nothing():
    chart = filled()
    before = chart._names.value
    with pytest.raises(ValueError, match=r"values of shape \(3, 2\). Received \(2, 2\)"):
        chart.show(VALUES[:2], START, END, sample_name="bad")
    with pytest.raises(ValueError, match=r"end of shape \(2,\)"):
        chart.show(VALUES, START, [1.0], sample_name="bad")
    with pytest.raises(ValueError, match=r"Expected 3 feature_values\. Received 1"):
        chart.show(VALUES, START, END, sample_name="bad", feature_values=[1])
    with pytest.raises(ValueError, match="at least one feature and one class"):
        Waterfall([], ["a"])
    assert chart._names.value == before
