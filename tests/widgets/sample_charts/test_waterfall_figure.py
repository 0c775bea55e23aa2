import numpy as np
import pytest

from nbviz.widgets.sample_charts.waterfall_figure import COLUMN, HEAD, ROW, Heading, WaterfallFigure, apply
from nbviz.widgets.sample_charts.waterfall_steps import steps

# Two classes, three features: 1 + 2 - 0.5 + 0.25 = 2.75 and -1 - 1 + 3 + 0 = 1.
VALUES = np.array([[2.0, -1.0], [-0.5, 3.0], [0.25, 0.0]])
START, END = np.array([1.0, -1.0]), np.array([2.75, 1.0])


def drawn(values=VALUES, start=START, end=END, row=None, column=None):
    values, start, end = np.asarray(values), np.asarray(start), np.asarray(end)
    stack = steps(values, start, end)
    figure = WaterfallFigure(len(stack.low), len(start))
    headings = [Heading(f"c{index}", "") for index in range(len(start))]
    apply(figure.states(stack, headings, row, column))
    return figure


def texts(*marks):
    """What the labels say, by place, empty ones left out."""
    return [str(text) for mark in marks for text in mark.text if text]


def test_bars_on_screen_are_cumulative_sums():
    figure = drawn()
    x = figure._bars.x.reshape(5, 2, 2)  # row, class, end
    zero = figure._zeros.x[:, 0]
    per_unit = (x[0, 0, 1] - zero[0]) / 1.0  # the first bar of class 0 is 1 logit
    assert x[1, 0].tolist() == pytest.approx([zero[0] + per_unit, zero[0] + 0.5 * per_unit])
    assert x[-1, 0].tolist() == pytest.approx([zero[0], zero[0] + 2.75 * per_unit])
    assert x[-1, 1].tolist() == pytest.approx([zero[1], zero[1] + per_unit])
    assert figure._bars.y[0].tolist() == [HEAD + ROW / 2] * 2


def test_blue_raises_orange_lowers_and_sums_are_grey():
    colours = np.array(drawn()._bars.colors).reshape(5, 2)
    kind = [["total" if "total" in c else "up" if "positive" in c else "down" for c in row] for row in colours]
    # Nothing moves in the second class at the third feature.
    assert kind == [["total", "total"], ["down", "up"], ["up", "down"], ["up", "total"], ["total", "total"]]


def test_every_number_is_printed_once_with_a_real_minus():
    figure = drawn()
    printed = texts(figure._left, figure._right, figure._left_bold, figure._right_bold)
    assert sorted(printed) == sorted(
        ["+1.00", "−1.00", "−0.50", "+3.00", "+2.00", "−1.00", "+0.25", "0.00", "+2.75", "+1.00"]
    )


def test_a_bar_too_short_to_see_is_a_line():
    figure = drawn([[1e-6], [5.0]], [0.0], [5.0])
    widths = np.abs(np.diff(figure._bars.x, axis=1)).ravel()
    assert widths.min() == pytest.approx(1.5)


def test_a_row_is_tinted_in_the_column_that_is_brought_forward():
    assert drawn()._tint.visible is False
    figure = drawn(row=2, column=1)
    assert figure._tint.visible is True
    assert figure._tint.y.ravel().tolist() == [HEAD + 2.5 * ROW] * 2
    left, right = figure._tint.x.ravel()
    assert left < figure._zeros.x[1, 0] < right
    assert right - left < 2 * COLUMN
    assert texts(figure._title_bold) == ["c1"]
    assert texts(figure._titles) == ["c0"]


def test_captions_stand_under_the_names():
    figure = WaterfallFigure(5, 2)
    headings = [Heading("a", "p 0.83"), Heading("b", "p < 0.01")]
    apply(figure.states(steps(VALUES, START, END), headings, None, None))
    assert texts(figure._titles) == ["a", "b"]
    assert texts(figure._captions) == ["p 0.83", "p < 0.01"]


def test_huge_values_and_zeros_stay_in_the_picture():
    for scale in (0.0, 1e-30, 1e30):
        x = drawn(VALUES * scale, START * scale, END * scale)._bars.x
        assert np.isfinite(x).all()
        assert x.min() >= -1
        assert x.max() <= 2 * COLUMN + 1
