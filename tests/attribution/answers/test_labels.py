"""What the user gives as y: answers in any form."""

import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import importance
from nbviz.attribution.answers.labels import answers_of, number_answers, target_columns, targets
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


LABELS = Head("colours", "sigmoid", 3, False)


def test_categories_are_numbered_as_their_dtype_says_unobserved_ones_included():
    order = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    found = number_answers(pd.Series(["high", "low", "high"], dtype=order), 3, KIND)
    np.testing.assert_array_equal(found.values, [2, 0, 2])
    assert found.names == ["low", "mid", "high"]
    # Class names come first, then the dtype; an unused category of a model with fewer classes does not count.
    named = number_answers(pd.Categorical(["high", "low"], ["low", "high"]), 2, KIND, ["high", "mid", "low"])
    np.testing.assert_array_equal(named.values, [0, 2])
    four = pd.Categorical(["d", "a", "c"], ["d", "c", "b", "a"])
    np.testing.assert_array_equal(number_answers(four, 3, KIND).values, [0, 2, 1])
    np.testing.assert_array_equal(number_answers(pd.DataFrame({"y": four}), 3, KIND).values, [0, 2, 1])
    with pytest.raises(ValueError, match=r"Expected y with 3 classes.*Received 4 different: 'd', 'c', 'b', 'a'"):
        number_answers(pd.Categorical(["d", "a", "c", "b"], ["d", "c", "b", "a"]), 4, KIND)


@pytest.mark.parametrize(
    "y",
    [
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series([1, 0, 1], dtype="Int64"),
        pd.Series([1.0, 0.0, 1.0], dtype="Float64"),
        np.array([b"yes", b"no", b"yes"]),
        pd.Series(["yes", "no", "yes"], dtype="string"),
        [[0, 1], [1, 0], [0, 1]],
    ],
    ids=["boolean", "Int64", "Float64", "bytes", "string", "two columns"],
)
def test_answers_in_every_type_of_numpy_and_pandas_are_read(y):
    np.testing.assert_array_equal(number_answers(y, 3, Head("yes", "sigmoid", 1, False)).values, [1, 0, 1])


def test_rows_have_any_labels_or_none_and_are_no_classes():
    wanted = [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    for y in (wanted, np.array(wanted, bool), pd.DataFrame(wanted, columns=["red", "green", "blue"])):
        np.testing.assert_array_equal(number_answers(y, 3, LABELS).values, wanted)
    lists = [["red", "blue"], [], ["green"]]
    np.testing.assert_array_equal(number_answers(lists, 3, LABELS, ["red", "green", "blue"]).values, wanted)
    np.testing.assert_array_equal(number_answers([2, 0, 1], 3, LABELS).values, np.eye(3)[[2, 0, 1]])
    with pytest.raises(ValueError, match=r"Expected one class in each row of y.*Received 2 in row 0, and 2 such rows"):
        number_answers(wanted, 3, KIND)


def test_answers_of_several_outputs_come_as_a_list_or_by_name():
    heads, names = [KIND, Head("yes", "sigmoid", 1, False), SIZE], {}
    kind, yes, size = ["b", "a", "c"], [True, False, True], [0.5, -1, 2]
    by_hand = np.concatenate([np.eye(3)[[1, 0, 2]], np.c_[[1, 0, 1], size]], axis=1)
    np.testing.assert_array_equal(target_columns([kind, yes, size], 3, heads, names), by_hand)
    by_name = {"size": size, "kind": kind, "yes": yes}
    np.testing.assert_array_equal(target_columns(by_name, 3, heads, names), by_hand)
    with pytest.raises(ValueError, match=r"as a list of answers for the outputs \['kind', 'yes', 'size'\], or a dict"):
        target_columns(kind, 3, heads, names)
    with pytest.raises(ValueError, match=r"answers of the output 'yes'. Received a dict with the keys \['kind'\]"):
        answers_of({"kind": kind}, heads, 1)


def test_permutation_of_several_outputs_is_that_of_each_alone():
    x = Input((4,))
    kind, size = layers.Dense(3, activation="softmax", name="kind")(x), layers.Dense(1, name="size")(x)
    y = {"kind": np.array(["b", "a", "c"] * 4), "size": X[:, 0]}
    found = importance(Model(x, [kind, size]), X, y, method="permutation")
    alone = importance(Model(x, kind), X, y["kind"], method="permutation")
    np.testing.assert_allclose(found.strength[:, :3], alone.strength, rtol=1e-5)
    alone = importance(Model(x, size), X, y["size"], method="permutation")
    np.testing.assert_allclose(found.strength[:, 3:], alone.strength, rtol=1e-5)


@pytest.mark.parametrize("y", [np.repeat([0, 1, 2], 4), ["a", "b", "c"] * 4])
def test_class_indices_for_numbers_that_nothing_calls_probabilities_are_refused_with_the_way_out(y):
    model = Sequential([Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match=r'output_kind="softmax".*output_kind="logits".*from_logits=True'):
        importance(model, X, y, method="permutation")
    found = importance(model, X, y, method="permutation", output_kind="logits")
    assert found.attrs["head"] == "softmax"


def test_what_is_said_to_be_probabilities_is_looked_at():
    model = Sequential([Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match=r'Expected probabilities of the output.*say output_kind="logits"'):
        importance(model, X, output_kind="softmax")


NAMES = ["low", "mid", "high"]
CODES = {
    "whole numbers of other values": (pd.Categorical([3, 1, 2], [1, 2, 3, 4]), 4, None, [2, 0, 1]),
    "whole numbers in another order": (pd.Categorical([2, 0, 1], [2, 0, 1]), 3, None, [0, 1, 2]),
    "truth first": (pd.Categorical([True, False, False], [True, False]), 2, None, [0, 1, 1]),
    "fewer categories than classes": (pd.Categorical([2, 0, 2], [0, 2]), 3, None, [2, 0, 2]),
    "numbers that are names": (np.array([8, 5, 3]), 3, ["8", "3", "5"], [0, 2, 1]),
    "floats that are names": (np.array([8.0, 5.0, 3.0]), 3, ["8", "3", "5"], [0, 2, 1]),
    "truth by name": (np.array([True, False, True]), 2, ["True", "False"], [0, 1, 0]),
    "indices beside names": (np.array([2, 0, 1]), 3, ["8", "3", "5"], [2, 0, 1]),
    "categories that are names": (pd.Categorical([2, 0, 1], [2, 0, 1]), 3, ["0", "1", "2"], [2, 0, 1]),
}


@pytest.mark.parametrize("name", CODES)
def test_whole_numbers_are_numbered_by_names_categories_or_as_they_are(name):
    y, classes, names, wanted = CODES[name]
    head = Head("k", "softmax", classes, False)
    np.testing.assert_array_equal(number_answers(y, 3, head, names).values, wanted)


def test_columns_of_a_table_go_by_the_names_of_the_classes():
    for head, rows in ((KIND, np.eye(3)[[2, 0, 1]]), (LABELS, np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]]))):
        table = pd.DataFrame(rows, columns=NAMES)[["mid", "high", "low"]]
        found = number_answers(table, 3, head, NAMES)
        np.testing.assert_array_equal(found.values, number_answers(rows, 3, head).values)
        np.testing.assert_array_equal(target_columns(table, 3, [head], {head.name: NAMES}), rows)
        assert number_answers(table, 3, head).names == ["mid", "high", "low"]
        with pytest.raises(ValueError, match=r"named 'low', 'mid', 'top'. Received none of 'top', and 'high' too"):
            number_answers(table, 3, head, ["low", "mid", "top"])
        # Without a common name, or with numbers for names, columns are in their places.
        np.testing.assert_array_equal(
            number_answers(table, 3, head, ["x", "y", "z"]).values, number_answers(table.to_numpy(), 3, head).values
        )
        numbered = pd.DataFrame(rows)[[2, 0, 1]]
        np.testing.assert_array_equal(number_answers(numbered, 3, head).values, number_answers(rows, 3, head).values)
    yes = pd.DataFrame({"yes": [1, 0], "no": [0, 1]})
    for names in (["no", "yes"], ["yes"]):
        np.testing.assert_array_equal(number_answers(yes, 2, Head("y", "sigmoid", 1, False), names).values, [1, 0])


@pytest.mark.parametrize("head", [KIND, SIZE, LABELS])
def test_masked_answers_are_refused(head):
    y = np.ma.array(np.eye(3)[Y] if head is LABELS else Y, mask=False)
    number_answers(y, 4, head)
    y[1] = np.ma.masked
    with pytest.raises(ValueError, match=r"Expected a value in each cell of y\. Received an array with [13] masked"):
        number_answers(y, 4, head)


def test_answers_that_a_method_does_not_need_are_taken_in_any_form():
    x = Input((4,))
    kind = layers.Dense(3, activation="softmax", name="kind")(x)
    model = Model(x, [kind, layers.Dense(1, name="size")(x)])
    y = np.repeat([0, 1, 2], 4)
    right = importance(model, X, method="gradient").strength
    for answers in ({"kind": y, "size": X[:, 0]}, [y, X[:, 0]], (y, X[:, :1])):
        np.testing.assert_array_equal(importance(model, X, answers, method="gradient").strength, right)
    alone = Model(x, kind)
    for answers in ({"kind": y}, [["red"], [], ["red", "blue"], *[[]] * 9], y.astype(str)):
        np.testing.assert_array_equal(importance(alone, X, answers, method="gradient").strength, right[:, :3])
    with pytest.raises(ValueError, match=r"Expected y with 12 entries, one per row of x. Received 3"):
        importance(alone, X, y[:3], method="gradient")
    with pytest.raises(TypeError, match=r"Expected y as a list or array of answers.*Received the single value 3"):
        importance(alone, X, 3, method="gradient")


TWO = np.isin(np.arange(12), (3, 8))  # the rows without an answer
TEXT = np.array(["ant", "cat", "dog"])[np.arange(12) % 3].astype(object)
YES = Head("yes", "sigmoid", 1, False)
GAPS = {
    "class indices": (np.where(TWO, np.nan, np.arange(12) % 3), KIND),
    "infinite indices": (np.where(TWO, -np.inf, np.arange(12) % 3), KIND),
    "Int64": (pd.array(np.where(TWO, None, np.arange(12) % 3), dtype="Int64"), KIND),
    "boolean": (pd.Series(np.where(TWO, None, np.arange(12) % 2 > 0), dtype="boolean"), YES),
    "text with None": (np.where(TWO, None, TEXT), KIND),
    "a list of text with NaN": (np.where(TWO, np.nan, TEXT).tolist(), KIND),
    "text of pandas": (pd.Series(np.where(TWO, None, TEXT), dtype="string"), KIND),
    "a column of text": (pd.DataFrame({"y": np.where(TWO, np.nan, TEXT)}), KIND),
    "a Categorical": (pd.Categorical(np.where(TWO, None, TEXT)), KIND),
    "one-hot rows": (np.where(TWO[:, None], np.nan, np.eye(3)[np.arange(12) % 3]), KIND),
    "one place of a one-hot row": (np.where(TWO[:, None] & (np.arange(3) == 1), np.nan, np.eye(3)[[0] * 12]), KIND),
    "a matrix of labels": (np.where(TWO[:, None] & (np.arange(3) == 2), np.nan, np.ones((12, 3))), LABELS),
    "lists of labels": ([["red", None] if gap else ["red", "green", "blue"] for gap in TWO], LABELS),
    "no list of labels": ([None if gap else ["red", "green", "blue"] for gap in TWO], LABELS),
    "numbers": (np.where(TWO, np.nan, np.arange(12.0)), SIZE),
    "infinite numbers": (pd.Series(np.where(TWO, np.inf, np.arange(12.0))), SIZE),
    "Float64": (pd.Series(np.where(TWO, None, np.arange(12.0)), dtype="Float64"), SIZE),
}


@pytest.mark.parametrize("name", GAPS)
def test_answers_with_gaps_of_any_kind_are_refused_with_the_rows_that_have_them(name):
    y, head = GAPS[name]
    words = "Expected y without gaps. Received missing or infinite values in 2 of 12 rows, the first in row 3; fill"
    with pytest.raises(ValueError, match=words):
        number_answers(y, 12, head)
    if isinstance(y, list):
        number_answers([each for each, gap in zip(y, TWO, strict=True) if not gap], 10, head)
    else:
        number_answers(y[~TWO], 10, head)


def test_a_label_that_is_called_nan_is_one():
    found = number_answers(["nan", "a", "b"], 3, KIND)
    assert found.numbers == {"a": 0, "b": 1, "nan": 2}
