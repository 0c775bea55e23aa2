"""What the user gives as y: answers in any form."""

import numpy as np
import pandas as pd
import pytest
from keras import Input, Sequential, layers

from nbviz import importance
from nbviz.attribution.labels import targets
from nbviz.attribution.sites import Head

X = np.random.default_rng(1).normal(size=(12, 4)).astype("float32")
KIND, SIZE = Head("kind", "softmax", 3, False), Head("size", "linear", 1, False)
Y = np.array([2, 0, 1, 1])
ONE_HOT = np.eye(3)[Y]
ANSWERS = {
    "indices": Y,
    "one column": Y[:, None],
    "floats": Y.astype(float),
    "one-hot": ONE_HOT,
    "booleans": ONE_HOT.astype(bool),
    "from one": Y + 1,
    "text": np.array(["dog", "ant", "cat", "cat"]),
    "objects": np.array(["dog", "ant", "cat", "cat"], object),
    "a series": pd.Series(["dog", "ant", "cat", "cat"]),
    "categories": pd.Series(["dog", "ant", "cat", "cat"], dtype="category"),
    "negative": np.array([5, -1, 0, 0]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_in_any_form_are_one_column_a_class(name):
    np.testing.assert_array_equal(targets(ANSWERS[name], KIND), ONE_HOT)


def test_answers_of_a_single_output_are_one_column():
    yes = Head("yes", "sigmoid", 1, False)
    np.testing.assert_array_equal(targets(np.array(["no", "yes", "no"]), yes), [[0], [1], [0]])
    np.testing.assert_array_equal(targets(np.array([True, False]), yes), [[1], [0]])
    np.testing.assert_array_equal(targets([1.5, -2], SIZE), [[1.5], [-2]])


@pytest.mark.parametrize("labels", [np.array([1, 2, 3]), np.array(["a", "b", "c"]), np.array([10, 0, -1])])
def test_labels_mean_the_same_in_every_batch(labels):
    """Sorted by class: no batch of four knows all the labels."""
    model = Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="kind")])
    y = np.repeat([0, 1, 2], 4)
    sorted_labels = np.sort(labels)
    whole = importance(model, X, y, method="permutation", batch_size=4)
    found = importance(model, X, sorted_labels[y], method="permutation", batch_size=4)
    np.testing.assert_array_equal(found.strength, whole.strength)


def test_answers_of_two_labels_mean_the_same_in_every_batch():
    model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
    y = np.repeat([0, 1], 6)
    whole = importance(model, X, y, method="permutation", batch_size=4)
    found = importance(model, X, np.array(["no", "yes"])[y], method="permutation", batch_size=4)
    np.testing.assert_array_equal(found.strength, whole.strength)
