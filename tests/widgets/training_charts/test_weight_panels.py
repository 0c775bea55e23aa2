"""What the panels of the present weights say and draw."""

import re

import numpy as np
import pytest

from nbviz.network.named_array import NamedArray
from nbviz.widgets.training_charts.weight_panels import LayerWeights, panels_html


def drawn(values, *, name="kernel", layer="dense", kind="Dense"):
    array = np.asarray(values, dtype="float32")
    return panels_html([LayerWeights(layer, kind, [NamedArray(name, array, ("a",) * array.ndim)])], "ramp")


def points(markup):
    """The curve, as (across, up) in shares of the drawing."""
    (line,) = re.findall(r'class="nbviz-weight-density"[^>]* d="M0 39.5(.*?)L100 39.5"', markup)
    return np.array([[float(number) for number in pair.split()] for pair in line.split("L")[1:]])


def test_a_panel_names_layer_array_shape_and_spread():
    markup = drawn(np.arange(-30, 30).reshape(6, 10))
    assert ">dense</div>" in markup
    assert "Dense · 60 numbers" in markup
    assert "kernel <i>6 × 10</i>" in markup
    # sd of 60 whole numbers in a row: sqrt((60² − 1) / 12)
    assert "<span>sd 17.3</span>" in markup
    assert "60 numbers from −30.0 to +29.0, mean −0.50, sd 17.3" in markup


def test_the_curve_is_highest_where_most_numbers_are():
    random = np.random.default_rng(0)
    curve = points(drawn(np.concatenate([random.normal(-2, 0.1, 900), random.normal(2, 0.1, 100)])))
    assert curve.shape == (64, 2)
    top = curve[curve[:, 1].argmin()]
    assert top[0] < 30
    right = curve[(curve[:, 0] > 70) & (curve[:, 0] < 95)]
    height_left, height_right = 39.5 - top[1], 39.5 - right[:, 1].min()
    assert height_right / height_left == pytest.approx(1 / 9, rel=0.35)


def test_few_numbers_are_marks_where_they_are():
    markup = drawn([-1.0, 0.0, 0.5], name="bias")
    marks = re.findall(r'data-sign="(\w+)" d="M([\d.]+) ', markup)
    # The axis reaches 1.2 times as far as the largest.
    expected = [("negative", 50 - 50 / 1.2), ("zero", 50.0), ("positive", 50 + 25 / 1.2)]
    assert [sign for sign, _ in marks] == [sign for sign, _ in expected]
    assert [float(at) for _, at in marks] == pytest.approx([at for _, at in expected], abs=0.01)
    assert "nbviz-weight-density" not in markup


def test_numbers_that_are_never_negative_begin_at_zero():
    markup = drawn(np.linspace(0.5, 1.5, 200), name="gamma")
    assert "ramp-present-above" in markup
    assert "nbviz-weight-zero" not in markup
    assert '<div class="nbviz-weight-axis" aria-hidden="true"><span>0.00</span><span>+1.80</span>' in markup


def test_numbers_that_are_all_the_same_say_so():
    assert "<span>all 0.00</span>" in drawn(np.zeros(40))


def test_what_is_no_number_is_told_and_left_out():
    values = np.linspace(-1, 1, 100)
    values[[3, 50]] = [np.nan, np.inf]
    markup = drawn(values)
    assert "2 NaN or ∞" in markup
    assert "98 numbers from" in markup
    assert "nan" not in markup
    nothing = drawn([np.nan, np.nan])
    assert "no number" in nothing
    assert "<svg" not in nothing


def test_of_very_many_numbers_the_facts_are_exact():
    values = np.zeros(200_001, "float32")
    values[100_001] = 7.0
    markup = drawn(values)
    assert "200\u2009001 numbers from 0.00 to +7.00" in markup


def test_names_are_text():
    evil = "<img src=x onerror=alert(1)>"
    markup = drawn(np.zeros(40), name=evil, layer=evil, kind=evil)
    assert "<img" not in markup
    assert "&lt;img" in markup


def test_no_layers_give_no_panels():
    assert "<section" not in panels_html([], "ramp")
