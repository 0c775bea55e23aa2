"""What users hand in as x, y and names, and what is made of it."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.explorer.explored_data import Subject

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 30)
Y[:3] = [0, 1, 2]
NAMES = ["low", "mid", "high"]


def mlp(units, activation=None, inputs=4):
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="relu", name="h")
    return Sequential([Input((inputs,), name="x"), hidden, layers.Dense(units, activation=activation, name="y")])


@pytest.fixture(scope="module")
def models():
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="relu", name="h")(x)
    heads = {
        "kind": layers.Dense(3, activation="softmax", name="k")(h),
        "age": layers.Dense(1, name="age")(h),
    }
    return {
        "classes": mlp(3, "softmax"),
        "binary": mlp(1, "sigmoid"),
        "number": mlp(1),
        "numbers": mlp(2),
        "heads": Model(x, heads, name="heads"),
        "list": Model(x, [heads["kind"], heads["age"]], name="list"),
    }


def subject(model, y=None, x=X, **options):
    given = {"feature_names": None, "class_names": None, "background": None, "seed": 0} | options
    return Subject(model, x, y, **given)


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
def test_class_indices_are_read_in_every_form(models, y):
    found = subject(models["classes"], y)
    np.testing.assert_array_equal(found.truth, Y)
    assert found.class_names == ["class 0", "class 1", "class 2"]
    assert not found.is_regression


@pytest.mark.parametrize("form", [np.array, list, pd.Series, pd.Categorical, lambda names: np.array(names)[:, None]])
def test_class_names_as_answers_are_looked_up_among_the_class_names(models, form):
    found = subject(models["classes"], form([NAMES[c] for c in Y]), class_names=NAMES)
    np.testing.assert_array_equal(found.truth, Y)
    assert found.class_names == NAMES


def test_a_class_without_a_row_is_no_matter_where_the_names_are_known(models):
    found = subject(models["classes"], [NAMES[min(c, 1)] for c in Y], class_names=NAMES)
    np.testing.assert_array_equal(found.truth, np.minimum(Y, 1))


def test_other_labels_are_numbered_in_sorted_order_and_name_the_classes(models):
    found = subject(models["classes"], [NAMES[c] for c in Y])
    assert found.class_names == ["high", "low", "mid"]
    np.testing.assert_array_equal(found.truth, np.array([1, 2, 0])[Y])
    # Numbers that are no indices are labels, too: nobody should read 7 as class 2.
    found = subject(models["classes"], np.array([1, 3, 7])[Y])
    assert found.class_names == ["1", "3", "7"]
    np.testing.assert_array_equal(found.truth, Y)


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
        ({"x": Y}, r"first output, 'y'. Received a dict with the keys \['x'\]"),
    ],
)
def test_answers_that_do_not_fit_are_refused_in_words(models, y, words):
    with pytest.raises(ValueError, match=words):
        subject(models["classes"], y)


@pytest.mark.parametrize(
    ("y", "names", "words"),
    [
        (["low", "mid", "huge"], NAMES, "Expected labels of y among the class_names.*Received 'huge' too"),
        (["a", "b", "a"], ["a", "a", "b"], "Expected class_names that differ.*Received 'a' twice"),
        (["low", "mid", "high"], ["low", "high"], "Received 'mid' too"),
    ],
)
def test_labels_that_are_partly_class_names_are_never_guessed(models, y, names, words):
    with pytest.raises(ValueError, match=words):
        subject(models["classes"], [y[c] for c in Y], class_names=names)


def test_labels_that_are_no_class_names_at_all_are_numbered_in_sorted_order(models):
    codes = np.array(["a", "b", "c"])[Y]
    found = subject(models["classes"], codes, class_names=NAMES)
    np.testing.assert_array_equal(found.truth, Y)
    assert found.class_names == NAMES


def test_equal_class_names_are_allowed_with_class_indices(models):
    found = subject(models["classes"], Y, class_names=["a", "a", "b"])
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
def test_two_classes_of_a_single_sigmoid_are_read_in_every_form(models, y):
    found = subject(models["binary"], y)
    np.testing.assert_array_equal(found.truth, Y > 0)
    assert found.is_binary
    assert len(found.class_names) == 2
    assert len(found.output_names) == 1
    assert found.output_names == found.class_names[1:]


def test_a_single_name_is_that_of_the_second_of_two_classes(models):
    found = subject(models["binary"], np.where(Y > 0, "attack", "zzz"), class_names=["attack"])
    np.testing.assert_array_equal(found.truth, Y > 0)
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
def test_answers_that_are_no_two_classes_are_refused(models, y, words):
    with pytest.raises(ValueError, match=words):
        subject(models["binary"], y)


def test_predictions_of_a_single_sigmoid_are_two_probabilities(models):
    found = subject(models["binary"], Y > 0)
    p = np.asarray(models["binary"](X))
    np.testing.assert_allclose(found.predictions(), np.c_[1 - p, p], atol=1e-6)
    np.testing.assert_allclose(found.predict_flat(X[:2]), np.c_[1 - p, p][:2], atol=1e-6)


def test_numbers_of_a_regression_stay_numbers(models):
    y = np.linspace(-1, 1, 30)
    for form in (y, y[:, None], pd.Series(y), y.tolist()):
        found = subject(models["number"], form)
        assert found.is_regression
        np.testing.assert_allclose(found.truth, y)
    assert found.class_names == ["y"]
    np.testing.assert_allclose(found.predictions(), np.asarray(models["number"](X)), atol=1e-6)
    several = subject(models["numbers"], X[:, :2])
    np.testing.assert_allclose(several.truth, X[:, 0])
    assert several.class_names == ["output 0", "output 1"]


@pytest.mark.parametrize(
    ("name", "y", "words"),
    [
        ("number", [NAMES[c] for c in Y], "Expected numbers in y: the output 'y' is a regression. Received text"),
        ("number", np.where(Y > 0, 1.0, np.nan), "Expected y without gaps"),
        ("numbers", Y.astype(float), r"Expected y of shape \(n, 2\) for a regression"),
    ],
)
def test_answers_that_do_not_fit_a_regression_are_refused(models, name, y, words):
    with pytest.raises(ValueError, match=words):
        subject(models[name], y)


def test_of_several_outputs_the_first_is_explored(models):
    found = subject(models["heads"], Y.astype(float))
    assert found.is_regression  # a dict of outputs is in the order of its keys: "age" is the first
    assert found.class_names == ["age"]
    np.testing.assert_array_equal(subject(models["heads"], {"age": Y, "kind": Y}).truth, Y)
    found = subject(models["list"], Y)
    np.testing.assert_array_equal(found.truth, Y)
    np.testing.assert_allclose(found.predictions(), np.asarray(models["list"](X)[0]), atol=1e-6)
    assert "permutation" not in found.methods


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"class_names": ["a", "b"]}, "Expected 3 class_names for 'y'. Received 2"),
        ({"background": X[:, :2]}, r"Expected x of shape \(n, 4\)"),
        ({"x": X[:, :2]}, r"Expected x of shape \(n, 4\)"),
        ({"x": X[:0]}, "at least one row"),
        ({"x": X * np.nan}, "Expected finite numbers"),
    ],
)
def test_rows_and_names_that_do_not_fit_are_refused(models, options, words):
    with pytest.raises(ValueError, match=words):
        subject(models["classes"], **options)


def test_a_frame_names_its_features_and_given_names_go_first(models):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    assert subject(models["classes"], x=frame).feature_names == ["a", "b", "c", "d"]
    assert subject(models["classes"], x=frame, feature_names=list("efgh")).feature_names == list("efgh")
    assert subject(models["classes"]).feature_names == ["x0", "x1", "x2", "x3"]
    features, classes = subject(models["classes"], x=frame, class_names=NAMES).names_by_layer
    assert features == {"x": ["a", "b", "c", "d"]}
    assert classes == {"y": NAMES}


def test_of_many_rows_a_thousand_are_drawn_once_and_y_goes_with_them(models):
    x = np.random.default_rng(5).normal(size=(5000, 4)).astype("float32")
    y = np.random.default_rng(6).integers(0, 3, 5000)
    found = subject(models["classes"], y, x=x)
    assert (found.given_rows, len(found.rows), len(np.unique(found.rows))) == (5000, 1000, 1000)
    np.testing.assert_array_equal(found.x[0], x[found.rows])
    np.testing.assert_array_equal(found.truth, y[found.rows])
    np.testing.assert_array_equal(found.flat, x[found.rows])
    np.testing.assert_array_equal(found.rows, subject(models["classes"], x=x).rows)
    assert not np.array_equal(found.rows, subject(models["classes"], x=x, seed=1).rows)
    assert len(found.explainer.background[0]) == 100


def test_labels_of_rows_that_were_not_drawn_count_too(models):
    x = np.zeros((5000, 4), "float32")
    y = np.array(["b"] * 4998 + ["a", "c"])
    found = subject(models["classes"], y, x=x)
    assert found.class_names == ["a", "b", "c"]
    drawn = {"a": 0, "b": 1, "c": 2}
    np.testing.assert_array_equal(found.truth, [drawn[label] for label in y[found.rows]])


def test_importance_is_that_of_the_rows_that_are_looked_at(models):
    from nbviz import importance

    found = subject(models["classes"], Y, class_names=NAMES)
    expected = importance(models["classes"], X, class_names=NAMES)
    np.testing.assert_array_equal(found.importance("expected_gradients").strength, expected.strength)
    assert list(found.importance("permutation").classes) == NAMES
    assert list(found.importance("gradient", "h").features) == list(
        importance(models["classes"], X, layer="h").features
    )
    with pytest.raises(ValueError, match="Expected method among"):
        found.importance("magic", "h")


def test_methods_offered_are_those_that_work(models):
    with_y = subject(models["classes"], Y)
    assert "permutation" in with_y.methods
    without = subject(models["classes"])
    assert "permutation" not in without.methods
    for method in without.methods:
        assert np.isfinite(without.importance(method).strength).all(), method


def test_rows_of_several_inputs_are_one_table_in_the_order_of_the_model():
    a, b = Input((3,), name="b"), Input((2,), name="a")
    model = Model([a, b], layers.Dense(2, activation="softmax", name="y")(layers.Concatenate()([a, b])))
    one, two = X[:, :3], X[:, 2:]
    found = subject(model, x={"a": two, "b": pd.DataFrame(one, columns=list("pqr"))})
    np.testing.assert_array_equal(found.flat, np.c_[one, two])
    assert found.feature_names == ["p", "q", "r", "x0", "x1"]
    given = found.inputs_of(found.flat[4])
    np.testing.assert_array_equal(given[0], one[4:5])
    np.testing.assert_array_equal(given[1], two[4:5])
    np.testing.assert_allclose(found.predict_flat(found.flat), np.asarray(model([one, two])), atol=1e-6)
    with pytest.raises(ValueError, match=r"Expected feature_names as a dict by input among \['b', 'a'\]"):
        subject(model, x=[one, two], feature_names=list("pqrst"))


@pytest.mark.parametrize("shape", [(6, 6, 1), (5, 2)])
def test_what_is_no_flat_row_has_no_table(shape):
    model = Sequential([Input(shape, name="x"), layers.Flatten(), layers.Dense(3, activation="softmax", name="y")])
    x = np.random.default_rng(0).normal(size=(10, *shape)).astype("float32")
    found = subject(model, Y[:10], x=x)
    assert found.flat is None
    assert len(found.feature_names) == np.prod(shape)
    assert "flat rows of numbers" in found.explainer.refusal
    np.testing.assert_allclose(found.predictions(), np.asarray(model(x)), atol=1e-6)
