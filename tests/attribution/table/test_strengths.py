"""Numbers of three features and two classes."""

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.strengths import Strengths
from tests.attribution.table.by_hand import CLASSES, FEATURES, STRENGTH


def strengths(strength=STRENGTH, features=FEATURES, classes=CLASSES, *, attrs=None, standard_error=None, **given):
    names = pd.Index(features), pd.Index(classes)
    return Strengths(np.array(strength), standard_error, *names, {"method": "gradient", **(attrs or {})}, **given)


def test_a_share_is_that_of_the_size_in_its_class():
    # Columns sum to 10 and 5.
    assert strengths().shares == pytest.approx(np.array([[0.6, 0.2], [0.3, 0], [0.1, 0.8]]))
    assert strengths([[-6.0, 1.0], [3.0, 0.0], [-1.0, 4.0]]).shares[:, 0] == pytest.approx([0.6, 0.3, 0.1])


def test_the_mean_share_is_over_the_classes_whose_share_is_known():
    assert strengths().mean_share == pytest.approx([0.4, 0.15, 0.45])
    assert strengths([[np.nan, 1.0], [3.0, 0.0], [1.0, 4.0]]).mean_share == pytest.approx([0.2, 0.375, 0.525])


def test_noise_reaches_up_to_its_floor():
    assert strengths().above_noise_floor is None
    above = strengths(noise_floor=[3.0, 0.5]).above_noise_floor
    assert above.tolist() == [[True, True], [False, False], [False, True]]  # 3.0 is the floor itself


def test_direction_is_unknown_without_sample_or_values_or_measure():
    sample = LocalSample(np.ones((2, 3, 2), "float32"))
    assert strengths(attrs={"direction": "spearman"}).direction is None
    assert strengths(attrs={"direction": "spearman"}, sample=sample).direction is None
    assert strengths(attrs={"direction": None}, sample=sample).direction is None


def test_direction_keeps_feature_and_class_apart():
    values = np.array([[0, 3], [1, 2], [2, 1], [3, 0]], float)
    x = np.arange(4)
    attributions = np.stack([np.stack([x, -x], -1), np.stack([x, 0 * x], -1)], 1)
    held = strengths(
        [[1.0, 1.0], [1.0, 1.0]],
        ["a", "b"],
        sample=LocalSample(attributions.astype("float32"), values),
        attrs={"direction": "spearman"},
    )
    assert held.direction == pytest.approx(np.array([[1, -1], [-1, 0]]))


def test_direction_is_worked_out_once():
    sample = LocalSample(np.ones((2, 3, 2), "float32"), np.ones((2, 3)))
    held = strengths(sample=sample, attrs={"direction": "spearman"})
    assert held.direction is held.direction


@pytest.mark.parametrize(
    ("floor", "words"),
    [
        ([1.0], r"shape \(2,\), one for each class. Received \(1,\)"),
        (0.5, r"Received \(\)"),
        ([1.0, np.nan], r"finite and not negative. Received \[1.0, nan\]"),
        ([1.0, -0.1], r"finite and not negative. Received \[1.0, -0.1\]"),
    ],
)
def test_a_noise_floor_that_does_not_fit_is_refused(floor, words):
    with pytest.raises(ValueError, match=words):
        strengths(noise_floor=floor)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"strength": [1.0, 2.0]}, r"Expected strength of shape \(features, classes\).* Received shape \(2,\)"),
        ({"strength": np.zeros((0, 2)), "features": []}, r"one of each at least. Received shape \(0, 2\)"),
        ({"features": ["hue"]}, r"Expected 3 features for strength of shape \(3, 2\). Received 1."),
        ({"classes": list("abc")}, r"Expected 2 classes for strength of shape \(3, 2\). Received 3."),
        ({"standard_error": np.zeros((2, 3))}, r"Expected standard_error of shape \(3, 2\). Received shape \(2, 3\)"),
        ({"sample": LocalSample(np.zeros((5, 2, 3)))}, r"attributions of shape \(rows, 3, 2\). Received \(5, 2, 3\)"),
        (
            {"sample": LocalSample(np.zeros((5, 3, 2)), np.zeros((4, 3)))},
            r"values of shape \(5, 3\). Received \(4, 3\)",
        ),
        (
            {"attrs": {"direction": "pearson"}},
            r"among 'spearman', 'gradient sign', 'weight sign', None. Received 'pearson'",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        strengths(**given)


def test_strength_is_held_in_double_precision():
    assert strengths(np.ones((3, 2), "float32")).strength.dtype == np.float64
