"""Whether labels are numbered as the model learned them."""

import warnings

import numpy as np
import pandas as pd
import pytest
from keras import Input, Sequential, layers

from nbviz import importance
from nbviz.attribution.answers.label_numbers import NumberedAnswers, number_labels
from nbviz.attribution.answers.numbering import numbering_doubt, other_numbering

TRUE = np.random.default_rng(0).integers(0, 3, 120)


def test_another_order_of_the_labels_is_found_where_it_agrees_far_better():
    swapped = np.array([2, 0, 1])
    np.testing.assert_array_equal(other_numbering(TRUE, swapped[TRUE], 3), swapped)
    noisy = np.where(np.arange(120) % 5 == 0, 0, swapped[TRUE])
    np.testing.assert_array_equal(other_numbering(TRUE, noisy, 3), swapped)
    assert other_numbering(TRUE, TRUE, 3) is None
    assert other_numbering(TRUE, np.random.default_rng(1).integers(0, 3, 120), 3) is None
    assert other_numbering(TRUE[:9], swapped[TRUE[:9]], 3) is None  # too few to tell
    twelve = np.tile([0, 1, 2], 4)
    np.testing.assert_array_equal(other_numbering(twelve, swapped[twelve], 3), swapped)
    # Classes that no row has keep a number of their own.
    np.testing.assert_array_equal(np.sort(other_numbering(TRUE, swapped[TRUE], 5)), np.arange(5))


def test_many_classes_with_few_rows_each_fit_no_order_by_chance():
    rng = np.random.default_rng(3)
    true, predicted = rng.integers(0, 150, 600), rng.integers(0, 150, 600)
    assert other_numbering(true, predicted, 150) is None
    order = rng.permutation(150)
    np.testing.assert_array_equal(order[true], other_numbering(true, order[true], 150)[true])


def test_the_doubt_says_how_far_each_order_agrees_and_which_it_would_be():
    labels = NumberedAnswers(TRUE, {"high": 0, "low": 1, "mid": 2}, any_order=True)
    found = numbering_doubt(labels, np.arange(120), np.array([2, 0, 1])[TRUE], 3)
    assert "labels of y are numbered high, low, mid, and agree with the model in 0 %" in found
    assert "in the order low, mid, high it would be 100 %" in found
    columns = NumberedAnswers(TRUE, any_order=True)
    found = numbering_doubt(columns, np.arange(120), np.array([2, 0, 1])[TRUE], 3)
    assert "in the order column 1, column 2, column 0 it would be 100 %" in found


@pytest.mark.parametrize(
    ("shown", "then", "pairs"),
    [([1, 2, 3], [0, 1, 2], "1 as 0, 2 as 1, 3 as 2"), ([0, 2, 3], [0, 1, 2], "0 as 0, 2 as 1, 3 as 2")],
)
def test_numbers_that_happen_to_be_class_indices_are_doubted_where_their_own_order_agrees(shown, then, pairs):
    """Some of the rows of labels from one, or with a gap, look like indices of a model of four classes."""
    y = np.array(shown)[TRUE]
    numbered = number_labels(y, 4, None, None)
    np.testing.assert_array_equal(numbered.values, y)
    found = numbering_doubt(numbered, np.arange(120), np.array(then)[TRUE], 4)
    assert f"agree with the model in {100 * np.mean(y == np.array(then)[TRUE]):.0f} %" in found
    assert f"with {pairs} it would be 100 %" in found
    assert numbering_doubt(numbered, np.arange(120), y, 4) is None
    # Any other order of indices is the model's fault.
    assert numbering_doubt(number_labels(TRUE, 3, None, None), np.arange(120), (TRUE + 1) % 3, 3) is None


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


def shifted():
    """A model of four columns, of which the largest is the class, and rows of the first three classes."""
    model = Sequential([Input((4,)), layers.Dense(4, activation="softmax", use_bias=False)])
    model.set_weights([9 * np.eye(4, dtype="float32")])
    return model, np.eye(4, dtype="float32")[TRUE]


def test_permutation_takes_whole_number_categories_by_their_order_and_columns_by_their_names():
    model, x = shifted()
    options = {"method": "permutation", "groups": [["x0"], ["x1"], ["x2"], ["x3"]]}
    right = importance(model, x, TRUE, **options).strength
    categories = pd.Categorical(TRUE + 1, [1, 2, 3, 4])
    np.testing.assert_array_equal(importance(model, x, categories, **options).strength, right)
    with pytest.warns(UserWarning, match="with 1 as 0, 2 as 1, 3 as 2 it would be 100 %"):
        importance(model, x, TRUE + 1, **options)
    names = ["z", "q", "b", "a"]
    columns = pd.DataFrame(np.eye(4)[TRUE], columns=names)
    found = importance(model, x, columns[sorted(names)], class_names=names, **options)
    np.testing.assert_array_equal(found.strength, right)
    with pytest.warns(UserWarning, match="in the order .*it would be 100 %"):
        importance(model, x, columns[sorted(names)], **options)


def test_whole_numbers_that_class_names_tell_are_told_apart_in_a_data_set_too():
    tf = pytest.importorskip("tensorflow")
    model, x = shifted()
    codes, options = np.array([8, 3, 5, 1])[TRUE], {"method": "permutation", "class_names": ["8", "3", "5", "1"]}
    right = importance(model, x, TRUE, **options).strength
    np.testing.assert_array_equal(importance(model, x, codes, **options).strength, right)
    stream = tf.data.Dataset.from_tensor_slices((x, codes)).batch(40)
    np.testing.assert_allclose(importance(model, stream, **options).strength, right)


@pytest.mark.parametrize("form", ["text", "from one", "columns"])
def test_labels_of_a_data_set_are_numbered_and_doubted_as_those_of_an_array_are(form):
    tf = pytest.importorskip("tensorflow")
    model, x = shifted()
    y = {
        "text": np.array(["low", "mid", "high", "top"])[TRUE],
        "from one": TRUE + 1,
        "columns": np.eye(4)[TRUE][:, [3, 0, 2, 1]],
    }[form]
    if form == "text":  # as many labels as classes
        x, y = np.r_[x, np.eye(4, dtype="float32")[[3, 3]]], np.r_[y, ["top", "top"]]
    options = {"method": "permutation", "groups": [["x0"], ["x1"], ["x2"], ["x3"]]}
    with pytest.warns(UserWarning, match="it would be 100 %") as of_array:
        whole = importance(model, x, y, **options)
    with pytest.warns(UserWarning, match="it would be 100 %") as of_stream:
        found = importance(model, tf.data.Dataset.from_tensor_slices((x, y)).batch(7), **options)
    np.testing.assert_allclose(found.strength, whole.strength, rtol=1e-5)
    assert [str(each.message) for each in of_stream] == [str(each.message) for each in of_array]
    assert of_stream[0].filename == __file__


def test_labels_of_a_data_set_in_the_model_s_order_are_not_doubted():
    tf = pytest.importorskip("tensorflow")
    model, x = shifted()
    options = {"method": "permutation", "class_names": ["low", "mid", "high", "top"]}
    stream = tf.data.Dataset.from_tensor_slices((x, np.array(["low", "mid", "high"])[TRUE])).batch(7)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = importance(model, stream, **options)
    right = importance(model, x, TRUE, method="permutation")
    np.testing.assert_allclose(found.strength, right.strength, rtol=1e-5)
