"""Whether labels are numbered as the model learned them."""

import numpy as np
import pandas as pd
import pytest
from keras import Input, Sequential, layers

from nbviz import importance
from nbviz.attribution.numbering import numbering_doubt, other_numbering

TRUE = np.random.default_rng(0).integers(0, 3, 120)


def test_another_order_of_the_labels_is_found_where_it_agrees_far_better():
    swapped = np.array([2, 0, 1])
    np.testing.assert_array_equal(other_numbering(TRUE, swapped[TRUE], 3), swapped)
    noisy = np.where(np.arange(120) % 5 == 0, 0, swapped[TRUE])
    np.testing.assert_array_equal(other_numbering(TRUE, noisy, 3), swapped)
    assert other_numbering(TRUE, TRUE, 3) is None
    assert other_numbering(TRUE, np.random.default_rng(1).integers(0, 3, 120), 3) is None
    assert other_numbering(TRUE[:10], swapped[TRUE[:10]], 3) is None  # too few to tell
    # Classes that no row has keep a number of their own.
    np.testing.assert_array_equal(np.sort(other_numbering(TRUE, swapped[TRUE], 5)), np.arange(5))


def test_the_doubt_says_how_far_each_order_agrees_and_which_it_would_be():
    found = numbering_doubt({"high": 0, "low": 1, "mid": 2}, TRUE, np.array([2, 0, 1])[TRUE], 3)
    assert "numbered high, low, mid, and agree with the model in 0 %" in found
    assert "in the order low, mid, high it would be 100 %" in found
    assert numbering_doubt({}, TRUE, np.array([2, 0, 1])[TRUE], 3) is None


def perfect():
    """A model of three columns, of which the largest is the class."""
    model = Sequential([Input((3,)), layers.Dense(3, activation="softmax", use_bias=False)])
    model.set_weights([9 * np.eye(3, dtype="float32")])
    return model


def test_permutation_warns_of_labels_in_alphabetical_order_and_is_right_with_categories():
    x = np.eye(3, dtype="float32")[TRUE]
    names = np.array(["low", "mid", "high"])
    y = pd.Categorical(names[TRUE], ["low", "mid", "high"])
    right = importance(perfect(), x, TRUE, method="permutation", groups=[["x0"], ["x1"], ["x2"]])
    found = importance(perfect(), x, y, method="permutation", groups=[["x0"], ["x1"], ["x2"]])
    np.testing.assert_array_equal(found.strength, right.strength)
    with pytest.warns(UserWarning, match="in the order low, mid, high it would be 100 %"):
        importance(perfect(), x, names[TRUE], method="permutation", groups=[["x0"], ["x1"], ["x2"]])
