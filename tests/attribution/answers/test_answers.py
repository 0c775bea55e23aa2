"""What users hand in as y, and what is made of it."""

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.answers.answers import Answers
from nbviz.attribution.sites import Head

Y = np.random.default_rng(1).integers(0, 3, 30)
Y[:3] = [0, 1, 2]
NAMES = ["low", "mid", "high"]
HEADS = {
    "classes": Head("y", "softmax", 3, False),
    "binary": Head("y", "sigmoid", 1, False),
    "number": Head("y", "linear", 1, False),
    "numbers": Head("y", "linear", 2, False),
}


def read(head, y=None, class_names=None):
    return Answers(y, 30, [HEADS[head]], 0, class_names)


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y.astype(float),
        Y.tolist(),
        Y[:, None],
        np.eye(3)[Y],
        np.eye(3, dtype=bool)[Y],
        pd.Series(Y, index=np.arange(30)[::-1] * 7),
        pd.DataFrame({"answer": Y}),
        pd.get_dummies(pd.Series(Y)),
        pd.Series(Y, dtype="Int64"),
    ],
    ids=["int", "float", "list", "column", "one-hot", "bool one-hot", "series", "frame", "dummies", "nullable"],
)
def test_class_indices_are_read_in_every_form(y):
    found = read("classes", y)
    np.testing.assert_array_equal(found.values, Y)
    assert found.class_names == ["class 0", "class 1", "class 2"]
    assert not found.is_regression


@pytest.mark.parametrize("form", [np.array, list, pd.Series, pd.Categorical, lambda names: np.array(names)[:, None]])
def test_class_names_as_answers_are_looked_up_among_the_class_names(form):
    found = read("classes", form([NAMES[c] for c in Y]), class_names=NAMES)
    np.testing.assert_array_equal(found.values, Y)
    assert found.class_names == NAMES


def test_a_class_without_a_row_is_no_matter_where_the_names_are_known():
    found = read("classes", [NAMES[min(c, 1)] for c in Y], class_names=NAMES)
    np.testing.assert_array_equal(found.values, np.minimum(Y, 1))


def test_other_labels_are_numbered_in_sorted_order_and_name_the_classes():
    found = read("classes", [NAMES[c] for c in Y])
    assert found.class_names == ["high", "low", "mid"]
    np.testing.assert_array_equal(found.values, np.array([1, 2, 0])[Y])
    # Numbers that are no indices are labels, too: nobody should read 7 as class 2.
    found = read("classes", np.array([1, 3, 7])[Y])
    assert found.class_names == ["1", "3", "7"]
    np.testing.assert_array_equal(found.values, Y)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y[:-1], "Expected y with 30 answers, one for each row of x. Received 29"),
        (2, "Received a single value"),
        (np.r_[Y[:-1], 3], "Expected y with 3 classes.*Received 4 different: 0, 1, 2, 3"),
        (np.r_[Y[:-1], -1], "Received 4 different: -1, 0, 1, 2"),
        (np.where(Y == 2, np.nan, Y), "Expected y without gaps. Received missing or infinite values in"),
        ([None, *Y[1:]], "Expected y without gaps"),
        (np.eye(4)[Y], r"Expected y of shape \(n,\) or \(n, 3\)"),
        ([["low"]] * 30, "Expected y with 3 classes.*Received 1 different: 'low'"),
        (np.array(["low", "mid"])[np.minimum(Y, 1)], "Received 2 different: 'low', 'mid'"),
        (np.where(Y == 0, Y, np.inf), "Expected y without gaps"),
        ({"x": Y}, r"of the output 'y'. Received a dict with the keys \['x'\]"),
    ],
)
def test_answers_that_do_not_fit_are_refused_in_words(y, words):
    with pytest.raises(ValueError, match=words):
        read("classes", y)


@pytest.mark.parametrize(
    ("y", "names", "words"),
    [
        (["low", "mid", "huge"], NAMES, "Expected labels of y among the class_names.*Received 'huge' too"),
        (["a", "b", "a"], ["a", "a", "b"], "Expected class_names that differ.*Received 'a' twice"),
        (["low", "mid", "high"], ["low", "high"], "Expected 3 class_names for 'y'. Received 2: "),
    ],
)
def test_labels_that_are_partly_class_names_are_never_guessed(y, names, words):
    with pytest.raises(ValueError, match=words):
        read("classes", [y[c] for c in Y], class_names=names)


def test_labels_that_are_no_class_names_at_all_are_numbered_in_sorted_order():
    codes = np.array(["a", "b", "c"])[Y]
    found = read("classes", codes, class_names=NAMES)
    np.testing.assert_array_equal(found.values, Y)
    assert found.class_names == NAMES


def test_equal_class_names_are_allowed_with_class_indices():
    found = read("classes", Y, class_names=["a", "a", "b"])
    assert found.class_names == ["a", "a", "b"]


@pytest.mark.parametrize(
    "y",
    [
        Y > 0,
        (Y > 0).astype(int),
        (Y > 0).astype(float)[:, None],
        np.eye(2)[(Y > 0).astype(int)],
        np.where(Y > 0, "yes", "no"),
        np.where(Y > 0, 5, -5),
    ],
    ids=["bool", "int", "column", "one-hot", "text", "signs"],
)
def test_two_classes_of_a_single_sigmoid_are_read_in_every_form(y):
    found = read("binary", y)
    np.testing.assert_array_equal(found.values, Y > 0)
    assert found.is_binary
    assert len(found.class_names) == 2
    assert len(found.output_names) == 1
    assert found.output_names == found.class_names[1:]


def test_a_single_name_is_that_of_the_second_of_two_classes():
    found = read("binary", np.where(Y > 0, "attack", "zzz"), class_names=["attack"])
    np.testing.assert_array_equal(found.values, Y > 0)
    assert found.class_names == ["not attack", "attack"]
    assert found.output_names == ["attack"]


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y, "Expected y with 2 classes.*Received 3 different"),
        (np.where(Y > 0, 1, np.nan), "Expected y without gaps"),
        (np.c_[np.full(30, np.nan), Y], "Expected y without gaps"),
    ],
)
def test_answers_that_are_no_two_classes_are_refused(y, words):
    with pytest.raises(ValueError, match=words):
        read("binary", y)


def test_numbers_of_a_regression_stay_numbers():
    y = np.linspace(-1, 1, 30)
    for form in (y, y[:, None], pd.Series(y), y.tolist()):
        found = read("number", form)
        assert found.is_regression
        np.testing.assert_allclose(found.values, y)
    assert found.class_names == ["y"]
    pairs = np.random.default_rng(0).normal(size=(30, 2))
    several = read("numbers", pairs)
    np.testing.assert_allclose(several.values, pairs)
    assert several.class_names == ["output 0", "output 1"]


@pytest.mark.parametrize(
    ("name", "y", "words"),
    [
        ("number", [NAMES[c] for c in Y], "Expected numbers in y: the output 'y' is a regression. Received text"),
        ("number", np.where(Y > 0, 1.0, np.nan), "Expected y without gaps"),
        ("numbers", Y.astype(float), r"Expected y of shape \(n, 2\) for a regression"),
    ],
)
def test_answers_that_do_not_fit_a_regression_are_refused(name, y, words):
    with pytest.raises(ValueError, match=words):
        read(name, y)


def test_without_y_classes_have_names_all_the_same():
    found = read("classes")
    assert found.values is None
    assert found.class_names == ["class 0", "class 1", "class 2"]
    assert read("classes", class_names={"y": NAMES}).class_names == NAMES
    with pytest.raises(ValueError, match=r"Expected 3 class_names for 'y'\. Received 2"):
        read("classes", class_names=["a", "b"])


def test_labels_of_other_rows_mean_what_they_mean_in_y():
    # Alone, "mid" and "high" would be numbered 1 and 0.
    found = read("classes", [NAMES[c] for c in Y], class_names=["A", "B", "C"])
    np.testing.assert_array_equal(found.values, np.array([1, 2, 0])[Y])  # high, low, mid
    others = ["mid", "high", "mid", "low", "high"]
    np.testing.assert_array_equal(found.read_like_y(others, 5), [2, 0, 2, 1, 0])
    found = read("classes", np.array([1, 3, 7])[Y])
    np.testing.assert_array_equal(found.read_like_y(np.array([7, 1, 3]), 3), [2, 0, 1])
    with pytest.raises(ValueError, match=r"Expected labels among those of y\. Received '9' too"):
        found.read_like_y(np.array([9, 1, 3]), 3)


def test_a_loss_of_ones_own_may_want_labels_and_those_of_keras_class_indices_or_one_hot_rows():
    found = read("classes", np.array([1, 3, 7])[Y])
    labels, indices, one_hot = found.forms(found.given, found.values, as_given=True)
    np.testing.assert_array_equal(labels, np.array([1, 3, 7])[Y])
    np.testing.assert_array_equal(indices, Y)
    np.testing.assert_array_equal(one_hot, np.eye(3)[Y])
    indices, one_hot = found.forms(found.given, found.values, as_given=False)
    np.testing.assert_array_equal(indices, Y)
    text = read("classes", [NAMES[c] for c in Y])
    assert [form.shape for form in text.forms(text.given, text.values, as_given=True)] == [(30,), (30, 3)]
    number = read("number", np.linspace(-1, 1, 30))
    assert len(number.forms(number.given, number.values, as_given=False)) == 1
    by_output = {"y": Y}
    assert found.forms(by_output, Y, as_given=False) == [by_output]


def test_what_is_trained_on_is_numbered_as_it_is_read():
    """Of four classes 1, 2 and 3 would pass for indices, and a table's columns for the classes in their order."""
    four = Answers(pd.Categorical(Y + 1, [1, 2, 3, 4]), 30, [Head("y", "softmax", 4, False)], 0, None)
    np.testing.assert_array_equal(four.values, Y)
    first, one_hot = four.forms(four.given, four.values, as_given=False)
    np.testing.assert_array_equal(first, Y)
    np.testing.assert_array_equal(one_hot, np.eye(4)[Y])
    table = pd.DataFrame(np.eye(3)[Y], columns=NAMES)
    found = read("classes", table[["mid", "high", "low"]], class_names=NAMES)
    np.testing.assert_array_equal(found.forms(found.given, found.values, as_given=False)[0], np.eye(3)[Y])
    signs = read("binary", np.where(Y > 0, 1, -1))
    np.testing.assert_array_equal(signs.forms(signs.given, signs.values, as_given=False)[0], Y > 0)
    told = read("classes", table)
    np.testing.assert_array_equal(told.read_like_y(table[["mid", "high", "low"]], 30), Y)
    heads = [Head("y", "softmax", 4, False), HEADS["number"], Head("z", "softmax", 3, False)]
    several = [four.given, Y.astype(float), pd.Categorical(Y + 5, [7, 6, 5])]
    found = Answers(several, 30, heads, 0, None)
    [(y, number, z)] = found.forms(several, found.values, as_given=False)
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(number, Y)
    np.testing.assert_array_equal(z, 2 - Y)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"nope": NAMES}, r"class_names by output among \['y'\]. Received \['nope'\]"),
        ({0: "a", 1: "b", 2: "c"}, r"class_names by output among \['y'\]"),
        ({"a": 1}, r"class_names by output among \['y'\]"),
        ({"y": 1}, "Expected class_names as a list of names. Received 1"),
        ({"low", "mid", "high"}, "Expected class_names as a list of names. Received a set"),
        ("abc", "Expected class_names as a list of names. Received 'abc'"),
    ],
)
def test_class_names_that_name_no_classes_are_refused(names, words):
    with pytest.raises(ValueError, match=words):
        read("classes", Y, class_names=names)
