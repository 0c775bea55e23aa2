import numpy as np
import pytest

from nbviz.widgets.sample_charts.response_curve import POINTS, ResponseCurve, grid


def test_the_grid_of_whole_numbers_has_no_others():
    assert np.unique(grid(0, 3, whole=True)).tolist() == [0, 1, 2, 3]
    assert len(grid(0, 3, whole=True)) == POINTS
    assert grid(0, 1, whole=False)[[0, -1]].tolist() == [0, 1]


def test_a_curve_takes_any_range():
    curve = ResponseCurve(["a", "b"])
    for low, high in ((0, 1e-9), (-1e12, 1e12), (5, 5.000001)):
        values = np.linspace(low, high, POINTS)
        curve.show(values, np.full((POINTS, 2), 0.5), low, np.array([0.5, 0.5]))
        assert curve._x.min == low


def test_a_hundred_classes_have_eight_colours_and_the_rest_is_grey():
    curve = ResponseCurve([f"c{i}" for i in range(100)])
    p = np.arange(100) / np.arange(100).sum()
    curve.show(np.linspace(0, 1, POINTS), np.tile(p, (POINTS, 1)), 0.5, p)
    assert curve._curves.y.shape == (8, POINTS)
    assert curve._others.y.shape == (92, POINTS)
    assert curve._ends.text.tolist() == [f"c{i}" for i in range(92, 100)]


def test_probabilities_go_from_0_to_1_and_other_numbers_as_far_as_they_go():
    values, answers = np.linspace(0, 1, POINTS), np.linspace(0, 1000, POINTS)[:, None]
    curve = ResponseCurve(None, output="value")
    curve.show(values, answers, 0.25, np.array([250.0]))
    assert (curve._y.min, curve._y.max) == (pytest.approx(-50), pytest.approx(1050))
    curve = ResponseCurve(["a", "b"])
    curve.show(values, np.full((POINTS, 2), 0.5), 0.25, np.full(2, 0.5))
    assert (curve._y.min, curve._y.max) == (0, 1)


def test_answers_that_are_no_numbers_leave_the_last_picture():
    curve = ResponseCurve(["a", "b"])
    before = curve._curves.y.copy()
    with pytest.raises(ValueError, match="Expected finite answers"):
        curve.show(np.linspace(0, 1, POINTS), np.full((POINTS, 2), np.nan), 0.5, np.zeros(2))
    np.testing.assert_array_equal(curve._curves.y, before)
